//! A read model in memory: it ends with its process, and is made again from the log by the next one.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{ChangeError, Checkpoint, ReadModel, ReadModelError, Step};
use crate::events::Underway;

/// A model that is a value. Cheap to clone; clones share it.
///
/// When an event cannot be applied, what it did before it failed cannot be undone: the whole model is dropped then, and
/// made again from the beginning up to that event.
pub struct MemoryReadModel<M>(Arc<RwLock<Kept<M>>>);

struct Kept<M> {
    model: M,
    checkpoint: Option<Checkpoint>,
}

impl<M> MemoryReadModel<M> {
    /// The model that is to be; what it holds at first is up to [`Projection::begin`](super::Projection::begin).
    #[must_use]
    pub fn new(model: M) -> Self {
        Self(Arc::new(RwLock::new(Kept { model, checkpoint: None })))
    }

    /// Looks at the model, between two steps. The projection waits meanwhile.
    pub fn read<T>(&self, look: impl FnOnce(&M) -> T) -> T {
        look(&self.kept().model)
    }

    fn kept(&self) -> RwLockReadGuard<'_, Kept<M>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept_to_change(&self) -> RwLockWriteGuard<'_, Kept<M>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M: Send + Sync + 'static> ReadModel for MemoryReadModel<M> {
    type Model = M;

    fn checkpoint(&self) -> Underway<'_, Result<Option<Checkpoint>, ReadModelError>> {
        Box::pin(async { Ok(self.kept().checkpoint) })
    }

    fn change(&self, step: Step<M>) -> Underway<'_, Result<(), ChangeError>> {
        Box::pin(async move {
            let mut kept = self.kept_to_change();
            step.check(kept.checkpoint)?;
            // Not begun, should the work fail half-way.
            kept.checkpoint = None;
            (step.work)(&mut kept.model).map_err(ChangeError::Undone)?;
            kept.checkpoint = Some(step.next);
            Ok(())
        })
    }
}

impl<M> Clone for MemoryReadModel<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M> fmt::Debug for MemoryReadModel<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReadModel").field("checkpoint", &self.kept().checkpoint).finish_non_exhaustive()
    }
}
