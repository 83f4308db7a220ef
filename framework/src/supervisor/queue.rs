//! What waits for a supervisor: one queue in order of arrival, as in Erlang.
//!
//! Exits, calls, further attempts and the parent's stop are appended by whoever causes them, in the moment they
//! happen, and served one after the other. It has no limit, because nothing in it may be refused; what can be in
//! it is bounded by the children (one exit each) and by the callers (one call each).

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::call::{ChildStatus, Counts, Instance, Started};
use super::call_error::{
    DeleteChildError, RestartChildError, StartChildError, StartInstanceError, TerminateChildError,
    UpgradeError,
};
use super::children::Key;
use super::template::Arguments;
use super::{ChildId, ChildSpec, SupervisorSpec};
use crate::engine::{Exits, ProcessId};
use crate::exit::Exit;

/// One thing to serve.
#[derive(Debug)]
pub(super) enum Item {
    /// A process of ours ended.
    Exit(ProcessId, Exit),
    /// A restart of this child failed, as this event says; try again.
    Retry(Key, u64),
    /// The time has come for a restart of this child that was put off by this event.
    Due(Key, u64),
    /// An earlier incarnation of this child, which was killed and did not yield, is gone.
    Gone(Key),
    /// Stop all children and end with this reason.
    Stop(Exit),
    /// Somebody asks.
    Call(Call),
}

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<T>;

/// The management calls.
#[derive(Debug)]
pub(super) enum Call {
    StartChild(Arc<ChildSpec>, Reply<Result<Started, StartChildError>>),
    TerminateChild(ChildId, Reply<Result<(), TerminateChildError>>),
    RestartChild(ChildId, Reply<Result<Started, RestartChildError>>),
    DeleteChild(ChildId, Reply<Result<(), DeleteChildError>>),
    GetChildSpec(ChildId, Reply<Option<Arc<ChildSpec>>>),
    WhichChildren(Reply<Vec<ChildStatus>>),
    CountChildren(Reply<Counts>),
    StartInstance(Arguments, Reply<Result<Option<Instance>, StartInstanceError>>),
    TerminateInstance(Instance, Reply<Result<(), TerminateChildError>>),
    GetInstanceSpec(Instance, Reply<Option<Arc<ChildSpec>>>),
    Upgrade(Box<SupervisorSpec>, Reply<Result<(), UpgradeError>>),
}

/// The end of the queue where things are appended. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Queue(mpsc::UnboundedSender<Item>);

impl Queue {
    #[expect(clippy::disallowed_methods, reason = "no exit may be refused; see the head of this file")]
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Item>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Appends; `false` when nobody serves any more.
    pub(super) fn push(&self, item: Item) -> bool {
        self.0.send(item).is_ok()
    }
}

impl Exits for Queue {
    fn ended(&self, id: ProcessId, exit: Exit) {
        self.push(Item::Exit(id, exit));
    }
}
