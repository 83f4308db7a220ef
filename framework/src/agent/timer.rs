//! A timer of one incarnation, and how it is cancelled.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock::Clock;

/// A timer that was set. Dropping it leaves it running.
#[derive(Clone, Debug, Default)]
pub struct Timer(Arc<State>);

#[derive(Debug, Default)]
struct State {
    cancelled: AtomicBool,
    changed: Notify,
}

impl Timer {
    /// Stops it; what it has sent already still arrives.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, SeqCst);
        self.0.changed.notify_one();
    }

    /// Waits for `pause`; false when it was cancelled before that, and then there is nothing left of it.
    pub(super) async fn fires_after(&self, pause: Duration, clock: &Clock) -> bool {
        let _ = clock.timeout(pause, self.0.changed.notified()).await;
        !self.0.cancelled.load(SeqCst)
    }
}
