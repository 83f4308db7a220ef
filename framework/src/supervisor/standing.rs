//! Whether the process in front of a keeper still stands, or is being killed at this moment.
//!
//! A kill of a supervisor reaches its children before it reaches the keeper. Their ends must not be taken for
//! failures of their own: a supervisor that is being killed restarts nobody. So before it decides about a child
//! that was killed, the keeper asks for a sign of life. A process that is being killed gives none any more, and
//! takes the waiting keeper with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::engine::Waker;

/// Shared by the process in front and its keeper.
#[derive(Clone, Debug)]
pub(super) struct Standing(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    front: Waker,
    sign: Notify,
    /// The process in front stops in good order and waits for the keeper: it stands, and takes no turns.
    stopping: AtomicBool,
}

impl Standing {
    pub(super) fn new(front: Waker) -> Self {
        Self(Arc::new(Inner { front, sign: Notify::new(), stopping: AtomicBool::new(false) }))
    }

    /// Returns when the process in front has given a sign of life; never, if it is being killed.
    pub(super) async fn confirmed(&self) {
        let sign = self.0.sign.notified();
        if !self.0.stopping.load(Ordering::Acquire) {
            self.0.front.wake();
            sign.await;
        }
    }

    /// The process in front takes a turn.
    pub(super) fn show(&self) {
        self.0.sign.notify_waiters();
    }

    /// The process in front takes no turns any more, but waits for the keeper.
    pub(super) fn stop(&self) {
        self.0.stopping.store(true, Ordering::Release);
        self.show();
    }
}
