//! The tasks that run beside one incarnation and end with it.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use super::mailbox::Mailbox;
use crate::contract::Contract;
use crate::engine::{self, Myself, Task};
use crate::message::scope::{self, Scope};

/// What fewer tasks than this are not looked through for.
const FEW: usize = 16;

/// The tasks of one incarnation. Dropping it aborts them.
#[derive(Default)]
pub(super) struct Tasks {
    running: Vec<Task>,
    /// How many there may be before the ended ones are looked for: twice as many as ran then, so that the search
    /// costs each task once.
    look_at: usize,
}

impl Tasks {
    /// Runs `work` as a task of `process`, on behalf of `scope`; `counted` is kept until it has ended, whichever way.
    pub(super) fn run(
        &mut self,
        process: &Myself,
        scope: Scope,
        counted: impl Send + 'static,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        if self.running.len() >= self.look_at.max(FEW) {
            self.running.retain(|task| !task.is_finished());
            self.look_at = 2 * self.running.len();
        }
        let work = async move {
            let _counted = counted;
            let mut scope = Some(scope);
            let work = pin!(work);
            scope::run(&mut scope, work).await;
        };
        self.running.push(engine::spawn(process.alive(), work));
    }
}

/// A task that counts towards the agent's limit, until this is dropped.
pub(super) struct Counted<C: Contract>(Arc<Mailbox<C>>);

impl<C: Contract> Counted<C> {
    /// For a task that the ledger has let begin.
    pub(super) fn new(mailbox: &Arc<Mailbox<C>>) -> Self {
        Self(Arc::clone(mailbox))
    }
}

impl<C: Contract> Drop for Counted<C> {
    fn drop(&mut self) {
        self.0.ledger().end_task();
    }
}
