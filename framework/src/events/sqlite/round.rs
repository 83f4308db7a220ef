//! The answers of one round of the writer, and who waits for them.
//!
//! Whoever waits is woken from inside of its runtime, where that is a push to a queue of the worker's own: the writer,
//! whose thread is outside of it, wakes one, and the first to be polled wakes the others. A task may be slow to come, or
//! be gone; so before the writer does anything else that takes long, it wakes whoever is left itself.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::events::{Append, AppendError, Appended};

/// What came of an append.
pub(super) type Outcome = Result<Appended, AppendError>;

/// The appends that the writer takes at once, by their seats.
#[derive(Default)]
pub(super) struct Round(Mutex<Seats>);

#[derive(Default)]
struct Seats {
    /// Who waits, by seat.
    waiting: Vec<Option<Waker>>,
    /// The outcomes so far, in the order of the seats, each with its append: whoever made it also drops it.
    answers: Vec<Option<(Append, Outcome)>>,
    /// Who has an answer and was not woken yet.
    to_wake: Vec<Waker>,
    /// No more answers come.
    ended: bool,
}

impl Round {
    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came of the append at this seat; `None` when the writer ended before it was certain.
    pub(super) fn poll(&self, seat: usize, context: &mut Context<'_>) -> Poll<Option<Outcome>> {
        let (answer, others) = {
            let mut seats = self.seats();
            if seat >= seats.answers.len() && !seats.ended {
                seats.wait(seat, context.waker());
                return Poll::Pending;
            }
            (seats.answers.get_mut(seat).and_then(Option::take), std::mem::take(&mut seats.to_wake))
        };
        others.into_iter().for_each(Waker::wake);
        Poll::Ready(answer.map(|(_, outcome)| outcome))
    }

    /// Answers the next seats, and wakes one of those who wait there.
    pub(super) fn answer(&self, answers: impl IntoIterator<Item = (Append, Outcome)>) {
        let first = {
            let mut seats = self.seats();
            let before = seats.answers.len();
            seats.answers.extend(answers.into_iter().map(Some));
            let after = seats.answers.len();
            seats.answered(before..after);
            seats.to_wake.pop()
        };
        if let Some(first) = first {
            first.wake();
        }
    }

    /// Wakes whoever has an answer and was not woken yet.
    pub(super) fn wake_the_rest(&self) {
        let rest = std::mem::take(&mut self.seats().to_wake);
        rest.into_iter().for_each(Waker::wake);
    }

    /// Whoever has no answer gets none any more.
    pub(super) fn end(&self) {
        {
            let mut seats = self.seats();
            seats.ended = true;
            let all = 0..seats.waiting.len();
            seats.answered(all);
        }
        self.wake_the_rest();
    }
}

impl Seats {
    fn wait(&mut self, seat: usize, waker: &Waker) {
        if self.waiting.len() <= seat {
            self.waiting.resize(seat + 1, None);
        }
        match &mut self.waiting[seat] {
            Some(waiting) => waiting.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    /// Whoever waits at these seats is to be woken.
    fn answered(&mut self, seats: std::ops::Range<usize>) {
        let end = seats.end.min(self.waiting.len());
        let start = seats.start.min(end);
        let Self { waiting, to_wake, .. } = self;
        to_wake.extend(waiting[start..end].iter_mut().filter_map(Option::take));
    }
}
