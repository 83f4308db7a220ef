//! A supervised child that is no agent: it starts, ends and is stopped by script, and traces what it does.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{OnStart, OnStop, Trace};
use crate::clock::Clock;
use crate::engine::{self, Behaviour, Launch, Myself, Process, Turn};
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
pub struct Scripted(Arc<Inner>);

struct Inner {
    id: ChildId,
    trace: Trace,
    state: Mutex<State>,
    released: AtomicBool,
}

#[derive(Default)]
struct State {
    starts: VecDeque<OnStart>,
    on_stop: OnStop,
    orders: VecDeque<Order>,
    process: Option<Process>,
    waker: Option<engine::Waker>,
}

/// What a running child is told to do.
enum Order {
    End(Exit, String),
    Panic(String),
    /// Neither returns nor awaits until it is released.
    Block,
}

impl Scripted {
    /// A worker of this id, which writes to `trace`. It starts whenever it is asked to, and stops at once.
    #[must_use]
    pub fn worker(id: impl Into<ChildId>, trace: &Trace) -> Self {
        let (state, released) = (Mutex::default(), AtomicBool::new(false));
        Self(Arc::new(Inner { id: id.into(), trace: trace.clone(), state, released }))
    }

    /// Does this at its next starts, one each, and runs at those that follow.
    #[must_use]
    pub fn starts(self, starts: impl IntoIterator<Item = OnStart>) -> Self {
        self.state(|state| state.starts = starts.into_iter().collect());
        self
    }

    /// Does this whenever it is stopped.
    #[must_use]
    pub fn stops(self, on_stop: OnStop) -> Self {
        self.state(|state| state.on_stop = on_stop);
        self
    }

    /// The permanent child to supervise, with the defaults of [`ChildSpec::worker`].
    #[must_use]
    pub fn child(&self) -> ChildSpec {
        ChildSpec::worker(self.0.id.clone(), self.clone())
    }

    /// Does this at its next starts, after what it has been told for them before.
    pub fn next_starts(&self, starts: impl IntoIterator<Item = OnStart>) {
        self.state(|state| state.starts.extend(starts));
    }

    /// Ends with this error.
    pub fn crash(&self, error: &str) {
        self.order(Order::End(Exit::error(anyhow::Error::msg(error.to_owned())), error.to_owned()));
    }

    /// Ends like this.
    pub fn end(&self, exit: Exit) {
        let word = exit.to_string();
        self.order(Order::End(exit, word));
    }

    /// Panics with this message.
    pub fn panic(&self, message: &str) {
        self.order(Order::Panic(message.to_owned()));
    }

    /// Neither returns nor awaits until [released](Self::release): nothing can stop it, not even a kill. It keeps
    /// a thread busy, so the test needs a runtime of several threads.
    pub fn block(&self) {
        self.order(Order::Block);
    }

    /// Lets it end its [blocking](Self::block).
    pub fn release(&self) {
        self.0.released.store(true, Ordering::Release);
    }

    /// Is killed, as by somebody outside the tree.
    pub fn kill(&self) {
        if let Some(process) = self.state(|state| state.process.clone()) {
            process.kill();
        }
    }

    fn order(&self, order: Order) {
        let waker = self.state(|state| {
            state.orders.push_back(order);
            state.waker.clone()
        });
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn word(&self, before: &str, after: &str) -> String {
        format!("{before}{}{after}", self.0.id)
    }
}

impl Start for Scripted {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(async {
            let args = (self.clone(), under.clock.clone());
            let launch = engine::start::<Player>(&under.parent, args, None).await?;
            if let Launch::Running(process) = &launch {
                self.state(|state| state.process = Some(process.clone()));
            }
            Ok(launch.into())
        })
    }
}

/// One incarnation.
struct Player {
    scripted: Scripted,
    clock: Clock,
    end: End,
}

/// Writes the last word of an incarnation, whichever way it ends.
struct End {
    scripted: Scripted,
    /// What is written if nothing else has been: for one that was killed, none of whose code runs any more.
    last_word: Option<String>,
}

impl Drop for End {
    fn drop(&mut self) {
        if let Some(word) = self.last_word.take() {
            self.scripted.0.trace.note(word);
        }
    }
}

impl Behaviour for Player {
    type Args = (Scripted, Clock);

    async fn init((scripted, clock): Self::Args, myself: Myself) -> Result<Option<Self>, Exit> {
        let play = scripted.state(|state| state.starts.pop_front()).unwrap_or_default();
        let mut end = End { last_word: Some(scripted.word("×", "")), scripted: scripted.clone() };
        let runs = play.play(&clock).await.map_err(Exit::error)?;
        if !runs {
            end.last_word = Some(scripted.word("(", ")"));
            return Ok(None);
        }
        scripted.0.trace.note(scripted.word("+", ""));
        end.last_word = Some(scripted.word("-", "(killed)"));
        scripted.state(|state| state.waker = Some(myself.waker()));
        Ok(Some(Self { scripted, clock, end }))
    }

    async fn turn(&mut self) -> Turn {
        match self.scripted.state(|state| state.orders.pop_front()) {
            None => Turn::Wait,
            Some(Order::End(exit, word)) => {
                self.end.last_word = None;
                self.scripted.0.trace.note(self.scripted.word("", &format!("!{word}")));
                Turn::End(exit)
            }
            Some(Order::Panic(message)) => {
                self.end.last_word = None;
                self.scripted.0.trace.note(self.scripted.word("", &format!("!{message}")));
                panic!("{message}")
            }
            Some(Order::Block) => {
                self.scripted.0.trace.note(self.scripted.word("", " blocks"));
                while !self.scripted.0.released.load(Ordering::Acquire) {
                    std::thread::yield_now();
                }
                Turn::Again
            }
        }
    }

    async fn terminate(&mut self, _: &Exit) -> anyhow::Result<()> {
        if self.end.last_word.is_none() {
            return Ok(());
        }
        let play = self.scripted.state(|state| state.on_stop.clone());
        self.end.last_word = Some(match &play {
            OnStop::Panic(_) => self.scripted.word("-", "(panic)"),
            _ => self.scripted.word("-", "(killed)"),
        });
        let played = play.play(&self.clock).await;
        self.end.last_word = Some(self.scripted.word("-", if played.is_err() { "(error)" } else { "" }));
        played
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scripted({})", self.0.id)
    }
}
