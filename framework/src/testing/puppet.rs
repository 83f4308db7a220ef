//! A supervised child that is no agent, and does at its starts, its stops and in between what others say.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::clock::Clock;
use crate::engine::{self, Alive, Behaviour, Launch, Myself, Process, Turn, Waker};
use crate::exit::Exit;
use crate::supervisor::{ChildId, ChildSpec, Start, Starting, Under};

/// The future of something that a [`Puppet`] does.
pub type Playing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a [`Puppet`] does when its supervisor wants something of it.
pub trait Play: Send + Sync + 'static {
    /// One start, for which the supervisor waits; `false` says that it is not needed. It fails by an error or a
    /// panic, and is dropped when the supervisor does not wait any longer.
    fn start<'a>(&'a self, clock: &'a Clock) -> Playing<'a, Result<bool, Exit>>;

    /// The supervisor asks it to stop for `reason`. It ends with what this returns; with `None` it goes on, and
    /// waits for an [act](Puppet::perform) that ends it, or to be killed.
    fn stop<'a>(&'a self, reason: Exit, clock: &'a Clock) -> Playing<'a, Option<Exit>>;

    /// An incarnation that ran has ended, whichever way. Its supervisor has not heard of it yet.
    fn ended(&self, exit: Exit);
}

/// A child for tests of supervisors whose every move is a future of the test's own. [`Scripted`](super::Scripted)
/// is one with ready-made moves. Clones are the same.
#[derive(Clone)]
pub struct Puppet(Arc<Inner>);

struct Inner {
    id: ChildId,
    play: Arc<dyn Play>,
    strings: Mutex<Strings>,
}

/// What the present incarnation is held by.
#[derive(Default)]
struct Strings {
    acts: VecDeque<Act>,
    process: Option<Process>,
    waker: Option<Waker>,
    alive: Weak<Alive>,
    /// What keeps a part of an incarnation from being gone.
    lingering: Vec<Arc<Alive>>,
}

type Act = Playing<'static, Option<Exit>>;

impl Puppet {
    /// A child of this id.
    #[must_use]
    pub fn new(id: impl Into<ChildId>, play: impl Play) -> Self {
        Self::shared(id.into(), Arc::new(play))
    }

    pub(super) fn shared(id: ChildId, play: Arc<dyn Play>) -> Self {
        Self(Arc::new(Inner { id, play, strings: Mutex::default() }))
    }

    /// The permanent child to supervise, with the defaults of [`ChildSpec::worker`].
    #[must_use]
    pub fn child(&self) -> ChildSpec {
        ChildSpec::worker(self.0.id.clone(), self.clone())
    }

    /// Does this in its next turn, and ends if it returns an exit, or panics. One that does not run does it when
    /// it runs again.
    pub fn perform(&self, act: impl Future<Output = Option<Exit>> + Send + 'static) {
        let waker = {
            let mut strings = self.strings();
            strings.acts.push_back(Box::pin(act));
            strings.waker.clone()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Is killed, as by somebody outside the tree. Nothing happens if it does not run.
    pub fn kill(&self) {
        let process = self.strings().process.clone();
        if let Some(process) = process {
            process.kill();
        }
    }

    /// From now on something of the present incarnation, or of one that starts, stays behind when it ends, and cannot be killed, until it is
    /// [let go](Self::let_go): to its supervisor it is as one that does not yield, and no thread is kept busy.
    pub fn linger(&self) {
        let mut strings = self.strings();
        if let Some(alive) = strings.alive.upgrade() {
            strings.lingering.push(alive);
        }
    }

    /// Lets go what [stays behind](Self::linger).
    pub fn let_go(&self) {
        let lingering = std::mem::take(&mut self.strings().lingering);
        drop(lingering);
    }

    fn strings(&self) -> MutexGuard<'_, Strings> {
        self.0.strings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Puppet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Puppet({})", self.0.id)
    }
}

impl Start for Puppet {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(async {
            let asked = Arc::new(Asked::default());
            let seed = (self.clone(), under.clock.clone(), Arc::clone(&asked));
            let stop: engine::Stopper = Arc::new(move |reason| asked.stop(reason));
            let launch = engine::start::<Player>(&under.parent, seed, Some(stop)).await?;
            if let Launch::Running(process) = &launch {
                self.strings().process = Some(process.clone());
            }
            Ok(launch.into())
        })
    }
}

/// A request to stop one incarnation, on its way.
#[derive(Default)]
struct Asked(Mutex<(Option<Exit>, Option<Waker>)>);

impl Asked {
    fn stop(&self, reason: Exit) {
        let waker = {
            let mut asked = self.lock();
            asked.0 = Some(reason);
            asked.1.clone()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, (Option<Exit>, Option<Waker>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One incarnation.
struct Player {
    puppet: Puppet,
    clock: Clock,
    asked: Arc<Asked>,
    end: End,
}

/// Tells the end of an incarnation, whichever way it comes.
struct End {
    play: Arc<dyn Play>,
    myself: Myself,
    /// How it ends if nothing is known of that.
    otherwise: Exit,
}

impl Drop for End {
    fn drop(&mut self) {
        self.play.ended(self.myself.exit().unwrap_or_else(|| self.otherwise.clone()));
    }
}

impl Behaviour for Player {
    type Args = (Puppet, Clock, Arc<Asked>);

    async fn init((puppet, clock, asked): Self::Args, myself: Myself) -> Result<Option<Self>, Exit> {
        let play = Arc::clone(&puppet.0.play);
        // From here on, because something may stay behind of a start that fails, too.
        puppet.strings().alive = Arc::downgrade(&myself.alive());
        if !play.start(&clock).await? {
            return Ok(None);
        }
        asked.lock().1 = Some(myself.waker());
        puppet.strings().waker = Some(myself.waker());
        let end = End { play, myself, otherwise: Exit::Killed };
        Ok(Some(Self { puppet, clock, asked, end }))
    }

    async fn turn(&mut self) -> Turn {
        let asked = self.asked.lock().0.take();
        let exit = if let Some(reason) = asked {
            self.puppet.0.play.stop(reason, &self.clock).await
        } else {
            let act = self.puppet.strings().acts.pop_front();
            let Some(act) = act else { return Turn::Wait };
            act.await
        };
        exit.map_or(Turn::Again, Turn::End)
    }

    async fn terminate(&mut self, exit: &Exit) -> anyhow::Result<()> {
        self.end.otherwise = exit.clone();
        Ok(())
    }
}
