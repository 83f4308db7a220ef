//! A supervised child that is no agent: it starts, ends and is stopped by script, and traces what it does.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::puppet::{Play, Playing, Puppet};
use super::{OnStart, OnStop, Trace};
use crate::clock::Clock;
use crate::exit::Exit;
use crate::supervisor::{ChildId, ChildSpec, Start, Starting, Under};

/// A child for tests of supervisors, and the handle by which the test tells it what to do. Clones are the same.
///
/// ```
/// use mistersmith::clock::Clock;
/// use mistersmith::exit::Exit;
/// use mistersmith::supervisor::{Flags, History, Strategy, Supervisor, SupervisorSpec};
/// use mistersmith::testing::{Scripted, Trace, settled};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let trace = Trace::new();
/// let [a, b] = ["a", "b"].map(|id| Scripted::worker(id, &trace));
/// let flags = Flags::new(Strategy::OneForAll, 1, 5);
/// let spec = SupervisorSpec::new("root", flags).child(a.child()).child(b.child());
/// let root = Supervisor::start(spec, &Clock::machine(), &History::default()).await.expect("it comes up");
/// assert_eq!(trace.take(), "+a +b");
///
/// a.crash("boom");
/// settled(&Clock::machine()).await;
/// assert_eq!(trace.take(), "a!boom -b +a +b");
/// root.stop(Exit::Shutdown).await;
/// assert_eq!(trace.take(), "-b -a");
/// # }
/// ```
#[derive(Clone)]
pub struct Scripted {
    role: Arc<Role>,
    puppet: Puppet,
}

/// The script, and where it is.
struct Role {
    id: ChildId,
    trace: Trace,
    script: Mutex<Script>,
    released: AtomicBool,
}

#[derive(Default)]
struct Script {
    starts: VecDeque<OnStart>,
    on_stop: OnStop,
    /// Whether the present incarnation has written its last word already.
    has_spoken: bool,
}

impl Scripted {
    /// A worker of this id, which writes to `trace`. It starts whenever it is asked to, and stops at once.
    #[must_use]
    pub fn worker(id: impl Into<ChildId>, trace: &Trace) -> Self {
        let (id, script, released) = (id.into(), Mutex::default(), AtomicBool::new(false));
        let role = Arc::new(Role { id: id.clone(), trace: trace.clone(), script, released });
        let puppet = Puppet::shared(id, Arc::clone(&role) as Arc<dyn Play>);
        Self { role, puppet }
    }

    /// Does this at its next starts, one each, and runs at those that follow.
    #[must_use]
    pub fn starts(self, starts: impl IntoIterator<Item = OnStart>) -> Self {
        self.role.script(|script| script.starts = starts.into_iter().collect());
        self
    }

    /// Does this whenever it is stopped.
    #[must_use]
    pub fn stops(self, on_stop: OnStop) -> Self {
        self.role.script(|script| script.on_stop = on_stop);
        self
    }

    /// The permanent child to supervise, with the defaults of [`ChildSpec::worker`].
    #[must_use]
    pub fn child(&self) -> ChildSpec {
        self.puppet.child()
    }

    /// Does this at its next starts, after what it has been told for them before.
    pub fn next_starts(&self, starts: impl IntoIterator<Item = OnStart>) {
        self.role.script(|script| script.starts.extend(starts));
    }

    /// Ends with this error.
    pub fn crash(&self, error: &str) {
        self.end_saying(Exit::error(anyhow::Error::msg(error.to_owned())), error.to_owned());
    }

    /// Ends like this.
    pub fn end(&self, exit: Exit) {
        let word = exit.to_string();
        self.end_saying(exit, word);
    }

    fn end_saying(&self, exit: Exit, word: String) {
        let role = Arc::clone(&self.role);
        self.puppet.perform(async move {
            role.say(&word);
            Some(exit)
        });
    }

    /// Panics with this message.
    pub fn panic(&self, message: &str) {
        let (role, message) = (Arc::clone(&self.role), message.to_owned());
        self.puppet.perform(async move {
            role.say(&message);
            fall(&message)
        });
    }

    /// Neither returns nor awaits until [released](Self::release): nothing can stop it, not even a kill. It keeps
    /// a thread busy, so the test needs a runtime of several threads.
    pub fn block(&self) {
        let role = Arc::clone(&self.role);
        self.puppet.perform(async move {
            role.note("", " blocks");
            while !role.released.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            None
        });
    }

    /// From now on something of the present incarnation stays behind when it ends, whichever way, until it is
    /// [released](Self::release): to its supervisor it is as one that does not yield, and no thread is kept busy.
    pub fn linger(&self) {
        self.puppet.linger();
    }

    /// Lets it end its [blocking](Self::block), and go what [stayed behind](Self::linger).
    pub fn release(&self) {
        self.role.released.store(true, Ordering::Release);
        self.puppet.let_go();
    }

    /// Is killed, as by somebody outside the tree.
    pub fn kill(&self) {
        self.puppet.kill();
    }
}

fn fall(message: &str) -> Option<Exit> {
    panic!("{message}")
}

/// As what a template of a dynamic supervisor makes.
impl Start for Scripted {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        self.puppet.start(under)
    }
}

impl Role {
    fn script<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        change(&mut self.script.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, before: &str, after: &str) {
        self.trace.note(format!("{before}{}{after}", self.id));
    }

    /// Writes that it ends by itself, and how.
    fn say(&self, word: &str) {
        self.script(|script| script.has_spoken = true);
        self.note("", &format!("!{word}"));
    }
}

/// Notes a start that failed, in whichever way.
struct Failing<'a>(Option<&'a Role>);

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        if let Some(role) = self.0 {
            role.note("×", "");
        }
    }
}

impl Play for Role {
    fn start<'a>(&'a self, clock: &'a Clock) -> Playing<'a, Result<bool, Exit>> {
        Box::pin(async {
            let on_start = self.script(|script| {
                script.has_spoken = false;
                script.starts.pop_front().unwrap_or_default()
            });
            let mut failing = Failing(Some(self));
            let runs = on_start.play(clock).await.map_err(Exit::error)?;
            failing.0 = None;
            if runs {
                self.note("+", "")
            } else {
                self.note("(", ")")
            }
            Ok(runs)
        })
    }

    fn stop<'a>(&'a self, reason: Exit, clock: &'a Clock) -> Playing<'a, Option<Exit>> {
        Box::pin(async {
            let on_stop = self.script(|script| script.on_stop.clone());
            Some(on_stop.play(clock).await.map_or_else(Exit::error, |()| reason))
        })
    }

    fn ended(&self, exit: Exit) {
        if self.script(|script| script.has_spoken) {
            return;
        }
        self.note(
            "-",
            match exit {
                Exit::Killed => "(killed)",
                Exit::Error(_) => "(error)",
                Exit::Panic(_) => "(panic)",
                _ => "",
            },
        );
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scripted({})", self.role.id)
    }
}
