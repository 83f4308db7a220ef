//! On whose behalf the running code works, so that what it sends inherits sender, budget and wait path.
//!
//! An agent sets it around its handlers, message by message; it lies in a task-local cell, so that no signature
//! has to carry it and no call can forget it.

use std::cell::RefCell;
use std::future::Future;
use std::sync::Arc;

use super::{Budget, WaitPath};
use crate::engine::Fence;
use crate::identity::AgentId;

/// On whose behalf.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// The agent whose code runs.
    pub(crate) agent: Arc<AgentId>,
    /// What the message in hand may still cost.
    pub(crate) budget: Budget,
    /// Who waits for the message in hand.
    pub(crate) wait_path: Option<Arc<WaitPath>>,
    /// Whether the agent itself waits for what this code asks: true in a handler, false in a task beside it.
    pub(crate) waits: bool,
    /// Whether the code belongs to an incarnation that does not count any more.
    pub(crate) fence: Fence,
}

impl Scope {
    /// What runs for `agent` beside its handlers.
    pub(crate) fn beside(agent: Arc<AgentId>, fence: Fence) -> Self {
        Self { agent, budget: Budget::UNLIMITED, wait_path: None, waits: false, fence }
    }

    /// Who waits, once the running code asks somebody.
    pub(crate) fn asking_path(&self) -> Option<WaitPath> {
        self.waits.then(|| WaitPath::new(Arc::clone(&self.agent), self.wait_path.clone()))
    }
}

tokio::task_local! {
    static CURRENT: RefCell<Scope>;
}

/// Runs `work` on behalf of `scope`.
pub(crate) fn run<F: Future>(scope: Scope, work: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(RefCell::new(scope), work)
}

/// Changes the scope of the running code: called between two messages.
pub(crate) fn enter(budget: Budget, wait_path: Option<Arc<WaitPath>>, waits: bool) {
    let _ = CURRENT.try_with(|current| {
        let mut current = current.borrow_mut();
        current.budget = budget;
        current.wait_path = wait_path;
        current.waits = waits;
    });
}

/// Looks at the scope of the running code; `None` when it is not an agent's.
pub(crate) fn with<T>(look: impl FnOnce(&Scope) -> T) -> Option<T> {
    CURRENT.try_with(|current| look(&current.borrow())).ok()
}
