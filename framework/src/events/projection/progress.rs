//! How far a projection is, for whoever waits for it, and how it is told to begin again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

use crate::events::{EventPlace, Position};

/// How far a projection is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// The last event of the log that the model has seen.
    pub position: Position,
    /// The last event of the log.
    pub head: Position,
    /// What it does.
    pub standing: Standing,
}

/// What a projection does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It has not begun: its agent is not up.
    Down,
    /// It follows the log.
    Following,
    /// It cannot go on.
    Suspended {
        /// Why.
        reason: String,
        /// The event that it cannot apply, if it is that.
        place: Option<EventPlace>,
    },
}

/// What is left with whoever started a projection. It stays when the agent is suspended, restarted or gone; clones are of
/// the same projection.
#[derive(Clone)]
pub struct ProjectionHandle(Arc<Shared>);

struct Shared {
    progress: watch::Sender<Progress>,
    rebuild: AtomicBool,
    wake: Notify,
}

impl Progress {
    /// How many events of the log the model has not seen.
    #[must_use]
    pub fn lag(&self) -> u64 {
        self.head.number().saturating_sub(self.position.number())
    }
}

impl ProjectionHandle {
    pub(super) fn new() -> Self {
        let (position, head) = (Position::START, Position::START);
        let progress = watch::Sender::new(Progress { position, head, standing: Standing::Down });
        Self(Arc::new(Shared { progress, rebuild: AtomicBool::new(false), wake: Notify::new() }))
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.0.progress.borrow().clone()
    }

    /// How far it is, now and whenever that changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.0.progress.subscribe()
    }

    /// Waits until the model has seen the event at this position, as long as that takes: whoever has appended an event
    /// reads it from then on.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn reached(&self, position: Position) {
        let mut progress = self.watch();
        // It cannot fail: the sender is kept by this handle.
        let _ = progress.wait_for(|progress| progress.position >= position).await;
    }

    /// Has the model made again from the beginning of the log. A projection that is suspended is resumed. Readers see it
    /// grow again; for a model that is whole all the time, fill a new one beside it.
    pub fn rebuild(&self) {
        self.0.rebuild.store(true, Ordering::SeqCst);
        self.wake();
    }

    pub(super) fn is_to_rebuild(&self) -> bool {
        self.0.rebuild.load(Ordering::SeqCst)
    }

    pub(super) fn begins_to_rebuild(&self) {
        self.0.rebuild.store(false, Ordering::SeqCst);
    }

    pub(super) fn wake(&self) {
        self.0.wake.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.0.wake.notified().await;
    }

    pub(super) fn publish(&self, progress: Progress) {
        self.0.progress.send_if_modified(|now| {
            let is_other = *now != progress;
            *now = progress;
            is_other
        });
    }
}

impl fmt::Debug for ProjectionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProjectionHandle").field(&*self.0.progress.borrow()).finish()
    }
}
