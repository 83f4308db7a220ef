//! The moment in which an answer was given, which is earlier than the moment in which it is looked at.
//!
//! A supervisor that has answered goes on at once, and may have restarted half of its children before the asker
//! runs. What a trace says of the processes in an answer is what was true when it was given; so the waker itself,
//! which is called by whoever answers, takes note.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use super::seats::Seats;
use super::stage::{Roles, Stage};

/// What was true when an answer was given.
pub(super) struct Moment {
    pub(super) roles: Roles,
    pub(super) seats: Seats,
}

/// What is done in that moment.
type Then = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

struct Stamp {
    stage: Arc<Stage>,
    inner: Waker,
    moment: Mutex<Option<Moment>>,
    then: Then,
}

impl Stamp {
    fn now(&self) -> Moment {
        let then = self.then.lock().unwrap_or_else(PoisonError::into_inner).take();
        then.into_iter().for_each(|then| then());
        let state = self.stage.state();
        Moment { roles: state.roles.clone(), seats: state.seats.clone() }
    }

    fn take(&self) -> Option<Moment> {
        self.moment.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Wake for Stamp {
    fn wake(self: Arc<Self>) {
        self.moment.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| self.now());
        self.inner.wake_by_ref();
    }
}

/// Awaits `answer`; returns it with the moment in which it was given.
pub(super) async fn stamped<T>(stage: &Arc<Stage>, answer: impl Future<Output = T>) -> (T, Moment) {
    stamped_then(stage, answer, || {}).await
}

/// The same; in that moment, `then` is done.
pub(super) async fn stamped_then<T>(
    stage: &Arc<Stage>,
    answer: impl Future<Output = T>,
    then: impl FnOnce() + Send + 'static,
) -> (T, Moment) {
    let then: Then = Arc::new(Mutex::new(Some(Box::new(then))));
    let mut answer = pin!(answer);
    let mut stamp: Option<Arc<Stamp>> = None;
    poll_fn(|context| {
        let given = stamp.take().and_then(|stamp| stamp.take());
        let (stage, inner) = (Arc::clone(stage), context.waker().clone());
        let then = Arc::clone(&then);
        let next = stamp.insert(Arc::new(Stamp { stage, inner, moment: Mutex::default(), then }));
        let waker = Waker::from(Arc::clone(next));
        match answer.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(value) => Poll::Ready((value, given.unwrap_or_else(|| next.now()))),
        }
    })
    .await
}
