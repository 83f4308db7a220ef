//! The moment in which nothing more can happen without time passing.
//!
//! A runtime of one thread parks exactly when none of its tasks can go on; with time paused it would then move the
//! clock. Whoever waits here is woken just before that, so no time passes, and nobody has to guess how many turns
//! are enough.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Tells when a runtime is about to park. Clones tell the same.
#[derive(Clone, Default)]
pub(super) struct Quiet(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    parks: u64,
    waiting: Vec<Waker>,
}

impl Quiet {
    /// To be called by the runtime, each time before it parks.
    pub(super) fn parks(&self) {
        let waiting = {
            let mut state = self.state();
            state.parks += 1;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Returns when everything has happened that can happen without time passing; no time passes.
    pub(super) async fn reached(&self) {
        let before = self.state().parks;
        poll_fn(|context| {
            let mut state = self.state();
            if state.parks > before {
                return Poll::Ready(());
            }
            state.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
