//! Counts the starts and the ends of children, so that a driver can wait for the last of so many.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// The starts and the ends of all children of one supervisor.
#[derive(Default)]
pub(crate) struct Life {
    pub(crate) starts: Countdown,
    pub(crate) ends: Countdown,
}

/// So many events that are still to come.
#[derive(Default)]
pub(crate) struct Countdown {
    left: AtomicUsize,
    none: Notify,
}

impl Countdown {
    /// From now on, so many are waited for. They must have come before it is called again.
    pub(crate) fn expect(&self, events: usize) {
        self.left.store(events, Ordering::Release);
    }

    /// Returns when all of them have come.
    pub(crate) async fn done(&self) {
        self.none.notified().await;
    }

    /// One has come. Nobody hears of those that nobody expects.
    fn came(&self) {
        let one_less = |left: usize| left.checked_sub(1);
        if self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less) == Ok(1) {
            self.none.notify_one();
        }
    }
}

/// A child that has started; dropped when it has ended, whichever way.
pub(crate) struct Alive(Arc<Life>);

impl Alive {
    pub(crate) fn start(life: &Arc<Life>) -> Self {
        life.starts.came();
        Self(Arc::clone(life))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.ends.came();
    }
}
