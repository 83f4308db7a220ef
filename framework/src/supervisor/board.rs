//! What a supervisor knows, kept where anybody can read it without asking the keeper.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::children::Children;
use super::{Budget, Flags};

/// What a supervisor knows, readable from outside at any moment.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) flags: Flags,
    children: Mutex<Children>,
    budget: Mutex<Budget>,
    /// The event with which it gave up or shut itself down.
    end_event: Mutex<Option<u64>>,
}

impl Board {
    pub(super) fn new(flags: Flags) -> Arc<Self> {
        let budget = Mutex::new(Budget::new(flags.intensity));
        Arc::new(Self { flags, children: Mutex::default(), budget, end_event: Mutex::default() })
    }

    pub(super) fn children(&self) -> MutexGuard<'_, Children> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn end_event(&self) -> MutexGuard<'_, Option<u64>> {
        self.end_event.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
