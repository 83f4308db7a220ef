//! A supervisor that is found through all its incarnations, by whoever holds the value it was specified with.

use std::sync::{Arc, Mutex, PoisonError};

use super::start::{Start, Starting, Under};
use super::supervisor_spec::Current;
use super::{ChildId, History, SpecProblem, Supervisor, SupervisorSpec};
use crate::clock::Clock;
use crate::exit::Exit;

/// What a supervisor is started from, and where its running incarnation is found. Clones are the same.
#[derive(Clone)]
pub(super) struct Present {
    current: Current,
    running: Arc<Mutex<Option<Supervisor>>>,
}

impl Present {
    pub(super) fn new(spec: SupervisorSpec) -> Self {
        Self { current: Current::new(spec), running: Arc::default() }
    }

    pub(super) fn spec(&self) -> Arc<SupervisorSpec> {
        self.current.get()
    }

    /// The incarnation that was started last; `None` before the first start.
    pub(super) fn running(&self) -> Option<Supervisor> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts it without a parent.
    pub(super) async fn start_root(&self, clock: &Clock, history: &History) -> Result<Supervisor, Exit> {
        let supervisor = Supervisor::start((*self.spec()).clone(), clock, history).await?;
        self.found(Some(supervisor.clone()));
        Ok(supervisor)
    }

    fn found(&self, supervisor: Option<Supervisor>) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = supervisor;
    }
}

impl Start for Present {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(async {
            let launched = self.current.start(under).await?;
            self.found(launched.supervisor.clone());
            Ok(launched)
        })
    }

    fn below(&self) -> Option<SupervisorSpec> {
        self.current.below()
    }

    fn respecify(&self, spec: &SupervisorSpec) {
        self.current.respecify(spec);
    }

    fn retire(&self) {
        self.current.retire();
    }

    fn problems(&self, id: &ChildId) -> Vec<SpecProblem> {
        self.current.problems(id)
    }
}
