//! The two ends of a process: what others hold of it, and what it holds of itself.

use std::fmt;
use std::sync::Arc;

use ractor::{ActorCell, ActorRef};

use super::lifeline::{Alive, Fate, Remains};
use crate::exit::Exit;

/// The one message our processes get from ractor. It says nothing: what is to be done lies in the process' own
/// queues. Being empty, it is boxed without an allocation.
#[derive(Debug)]
pub(super) struct Wake;

impl ractor::Message for Wake {}

/// One incarnation of one process; never given out twice in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ProcessId(pub(super) u64);

impl ProcessId {
    pub(super) fn of(cell: &ActorCell) -> Self {
        Self(cell.get_id().pid())
    }
}

/// How a process is asked to stop, when not by its actor's stop port.
pub(crate) type Stopper = Arc<dyn Fn(Exit) + Send + Sync>;

/// A running process, as its supervisor holds it.
#[derive(Clone)]
pub(crate) struct Process {
    pub(super) cell: ActorCell,
    pub(super) fate: Arc<Fate>,
    /// Boxed, because only supervisors have one.
    pub(super) stopper: Option<Box<Stopper>>,
}

impl Process {
    /// Which incarnation this is.
    pub(crate) fn id(&self) -> ProcessId {
        ProcessId::of(&self.cell)
    }

    /// Asks it to stop after the message in hand, with `shutdown` as its reason. Returns at once.
    pub(crate) fn ask_stop(&self) {
        self.ask_stop_with(Exit::Shutdown);
    }

    /// As [`Process::ask_stop`]; a supervisor then ends with `reason`.
    pub(crate) fn ask_stop_with(&self, reason: Exit) {
        self.fate.ask_stop();
        match &self.stopper {
            Some(stopper) => stopper(reason),
            None => self.cell.stop(Some("shutdown".to_owned())),
        }
    }

    /// Kills it and everything below it. Returns at once; code that does not await runs on until it does, or until
    /// it looks whether it is [to stop](Myself::is_stopping).
    pub(crate) fn kill(&self) {
        self.fate.ask_stop();
        // Its state would travel with ractor's event to its supervisor's actor, and not be dropped before that looks
        // at it: not as long as it is in the middle of its own start, or of its last clean-up. What there is to know
        // of a kill, the lifeline tells.
        if let Some(supervisor) = self.cell.try_get_supervisor() {
            self.cell.unlink(supervisor);
        }
        self.cell.kill();
    }

    /// Kills it when this is dropped, unless it is gone by then: for who is being stopped by somebody who may be
    /// killed meanwhile.
    pub(crate) fn doom(&self) -> Doomed<'_> {
        Doomed(self)
    }

    /// What may be left of it, once it has ended.
    pub(crate) fn remains(&self) -> Remains {
        Remains(Arc::clone(&self.fate))
    }

    /// Waits until it, its tasks and everything below it are gone. Cancel safe.
    pub(crate) async fn gone(&self) {
        self.fate.gone().await;
    }

    /// Waits until it has ended itself, whatever is left below it. Cancel safe.
    pub(crate) async fn ended(&self) {
        self.fate.ended().await;
    }

    /// Whether it and everything below it are gone.
    pub(crate) fn is_gone(&self) -> bool {
        self.fate.is_gone()
    }

    /// How it ended; `Killed` for one that is gone without a word.
    pub(crate) fn exit(&self) -> Option<Exit> {
        let said = self.fate.exit().cloned();
        said.or_else(|| self.is_gone().then_some(Exit::Killed))
    }
}

/// A process that does not outlive this.
pub(crate) struct Doomed<'a>(&'a Process);

impl Drop for Doomed<'_> {
    fn drop(&mut self) {
        if !self.0.is_gone() {
            self.0.kill();
        }
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Process({})", self.cell.get_id())
    }
}

/// What a process holds of itself.
#[derive(Clone)]
pub(crate) struct Myself {
    pub(super) cell: ActorCell,
    pub(super) fate: Arc<Fate>,
    pub(super) alive: Arc<Alive>,
}

impl Myself {
    /// The token that everything belonging to this process holds.
    pub(crate) fn alive(&self) -> Arc<Alive> {
        Arc::clone(&self.alive)
    }

    /// What others hold of it; it is asked to stop by `stopper`.
    pub(crate) fn process(&self, stopper: Stopper) -> Process {
        let (cell, fate) = (self.cell.clone(), Arc::clone(&self.fate));
        Process { cell, fate, stopper: Some(Box::new(stopper)) }
    }

    /// Says how a start has failed: who asks the process something meanwhile hears it.
    pub(crate) fn has_failed(&self, exit: &Exit) {
        self.fate.end(exit.clone());
    }

    /// What wakes this process.
    pub(crate) fn waker(&self) -> Waker {
        Waker(self.cell.clone().into())
    }

    /// Whether it was asked to stop: looked at between two messages.
    pub(crate) fn is_stopping(&self) -> bool {
        self.fate.is_stopping()
    }

    /// Whether it was killed, did not yield, and counts no more.
    pub(crate) fn is_fenced(&self) -> bool {
        self.fate.is_fenced()
    }

    /// What tells whether anything that this process does still counts.
    pub(crate) fn fence(&self) -> Fence {
        Fence(Some(Arc::clone(&self.fate)))
    }

    /// How it ended, once it knows; a process that was killed never does.
    pub(crate) fn exit(&self) -> Option<Exit> {
        self.fate.exit().cloned()
    }
}

impl fmt::Debug for Myself {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Myself({})", self.cell.get_id())
    }
}

/// Whether one incarnation of a process was killed, did not yield, and counts no more: what it answers or sends
/// then goes nowhere. By default, there is none. It knows how the incarnation ended, too, and keeps nothing alive.
#[derive(Clone, Default)]
pub(crate) struct Fence(Option<Arc<Fate>>);

impl Fence {
    /// Whether it stands.
    pub(crate) fn stands(&self) -> bool {
        self.0.as_ref().is_some_and(|fate| fate.is_fenced())
    }

    /// How the incarnation ended, once it is known.
    pub(crate) fn exit(&self) -> Option<Exit> {
        self.0.as_ref()?.exit().cloned()
    }
}

impl fmt::Debug for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fence({})", self.stands())
    }
}

/// Wakes one incarnation of a process. It does not keep the process alive.
#[derive(Clone)]
pub(crate) struct Waker(pub(super) ActorRef<Wake>);

impl Waker {
    /// Lets the process take one more turn; nothing happens when it has ended.
    pub(crate) fn wake(&self) {
        let _ = self.0.cast(Wake);
    }
}

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Waker({})", self.0.get_id())
    }
}
