//! A process is a state and a mailbox: started with a result, woken, stopped, killed, and awaited to its very end.
//!
//! This is the only room that names `ractor`. Each process is one ractor actor, linked to its supervisor's, so
//! that killing a supervisor kills everything below it. What ractor does not give is added here:
//!
//! * **Exits are typed.** A process says itself how it ended, in the moment its state has been dropped. Only what
//!   it cannot know (somebody stopped or killed its actor from outside) is taken from ractor's own event.
//! * **The end is the end of the whole subtree.** [`Process::gone`] returns when the state of the process and of
//!   everything it started has been dropped; ractor's notification comes earlier.
//! * **Stop is seen between two messages**, not after the messages that happen to be queued.
//! * **A panic is a value**, with its message and place.

mod actor;
mod adopt;
mod group;
mod lifeline;
mod process;
mod task;

use std::future::Future;

use crate::exit::Exit;

pub(crate) use actor::{start, start_root};
pub use adopt::{Adopted, RactorChild};
pub(crate) use group::{Joins, leave};
pub(crate) use lifeline::{Alive, Begun, Remains};
pub(crate) use process::{Fence, Myself, Process, ProcessId, Stopper, Waker};
pub(crate) use task::{Task, spawn};

/// What a kind of process does: the engine calls it, one call at a time.
pub(crate) trait Behaviour: Sized + Send + 'static {
    /// What it starts from.
    type Args: Send + 'static;

    /// Builds the state; `None` says that there is nothing to do and no process is needed.
    fn init(args: Self::Args, myself: Myself) -> impl Future<Output = Result<Option<Self>, Exit>> + Send;

    /// Does what is waiting. Called once after the start, and once for each wake-up.
    fn turn(&mut self) -> impl Future<Output = Turn> + Send;

    /// Cleans up, after everything but a panic and a kill. Its error, if any, becomes the exit.
    fn terminate(&mut self, exit: &Exit) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Hears that a linked process ended in a way that the process could not tell itself.
    fn linked_exit(&mut self, _id: ProcessId, _exit: Exit) {}
}

/// How a turn ended.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Nothing more to do until the next wake-up.
    Wait,
    /// There is more; let stop, kill and others have a look first.
    Again,
    /// The process ends.
    End(Exit),
}

/// Who takes note of the exits of a supervisor's children, in order of arrival.
pub(crate) trait Exits: Send + Sync + 'static {
    /// Appends this exit. Called from the ending process; must not block.
    fn ended(&self, id: ProcessId, exit: Exit);
}

/// What a child is started under.
#[derive(Clone)]
pub(crate) struct Parent {
    pub(crate) process: Myself,
    pub(crate) exits: std::sync::Arc<dyn Exits>,
    /// Where the start notes what it begins.
    pub(crate) begun: Begun,
    /// Where the start notes which groups it is to be a member of.
    pub(crate) joins: Joins,
}

/// What starting a process came to.
pub(crate) enum Launch {
    /// It runs.
    Running(Process),
    /// It said that it is not needed.
    Ignored,
}
