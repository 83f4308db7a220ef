//! The answers of one round of the writer, and who waits for them.
//!
//! All of a round share one allocation, and the appends go back with their answers: memory is freed where it was
//! allocated, on the threads of those who wait, and not on the one that they wait for.

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
    /// The outcomes so far, in the order of the seats.
    answers: Vec<Option<(Append, Outcome)>>,
    /// No more answers come.
    ended: bool,
}

impl Round {
    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came of the append at this seat; `None` when the writer ended before it was certain.
    pub(super) fn poll(&self, seat: usize, context: &mut Context<'_>) -> Poll<Option<Outcome>> {
        let answer = {
            let mut seats = self.seats();
            if seat >= seats.answers.len() && !seats.ended {
                seats.wait(seat, context.waker());
                return Poll::Pending;
            }
            seats.answers.get_mut(seat).and_then(Option::take)
        };
        Poll::Ready(answer.map(|(_, outcome)| outcome))
    }

    /// Answers the next seats, and wakes those who wait there.
    pub(super) fn answer(&self, answers: impl IntoIterator<Item = (Append, Outcome)>) {
        let awake = {
            let mut seats = self.seats();
            let from = seats.answers.len();
            seats.answers.extend(answers.into_iter().map(Some));
            let until = seats.answers.len();
            seats.leave(from, until)
        };
        awake.into_iter().for_each(Waker::wake);
    }

    /// Whoever has no answer gets none any more.
    pub(super) fn end(&self) {
        let awake = {
            let mut seats = self.seats();
            seats.ended = true;
            seats.leave(0, usize::MAX)
        };
        awake.into_iter().for_each(Waker::wake);
    }
}

impl Seats {
    fn wait(&mut self, seat: usize, waker: &Waker) {
        if self.waiting.len() <= seat {
            self.waiting.resize(seat + 1, None);
        }
        self.waiting[seat] = Some(waker.clone());
    }

    /// Who waits at these seats, and does no longer.
    fn leave(&mut self, from: usize, until: usize) -> Vec<Waker> {
        let until = until.min(self.waiting.len());
        self.waiting[from.min(until)..until].iter_mut().filter_map(Option::take).collect()
    }
}
