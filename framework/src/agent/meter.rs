//! How much processor time an agent takes, measured at its polls, and when it has to pause.
//!
//! One turn in sixteen is timed and counts sixteenfold; an agent whose limit is below one core is timed at every
//! turn, and pauses after a turn until its share of the last second is within the limit.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::limits::Ledger;
use crate::clock::Clock;

/// One turn in so many is timed, when the limit does not ask for more.
const SAMPLE: u64 = 16;

/// The longest pause: so long may a stop have to wait.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Measures one turn.
pub(super) struct Meter<'a> {
    ledger: &'a Ledger,
    /// How many turns this one stands for; 0 when it is not timed.
    weight: u32,
    /// The share of a core that is allowed, in percent, if that is less than all of it.
    percent: Option<u64>,
    busy: Duration,
}

impl Ledger {
    /// A meter for turn number `turn`.
    pub(super) fn meter(&self, turn: u64) -> Meter<'_> {
        let percent = Some(self.limits().cpu_percent).filter(|percent| (1..100).contains(percent));
        let weight = match percent {
            Some(_) => 1,
            None if turn.is_multiple_of(SAMPLE) => 16,
            None => 0,
        };
        Meter { ledger: self, weight, percent, busy: Duration::ZERO }
    }
}

impl Meter<'_> {
    /// Runs `work`, and notes how long its polls take.
    pub(super) fn around<F: Future>(
        &mut self,
        clock: &Clock,
        mut work: Pin<&mut F>,
    ) -> impl Future<Output = F::Output> {
        std::future::poll_fn(move |context| {
            if self.weight == 0 {
                return work.as_mut().poll(context);
            }
            let began = clock.now();
            let polled = work.as_mut().poll(context);
            let busy = clock.now().saturating_sub(began);
            self.ledger.polled(busy, self.weight);
            self.busy += busy;
            polled
        })
    }

    /// How long the agent has to pause now, if its limit asks for it: for each unit of work, so many units of
    /// rest that the share comes out right.
    pub(super) fn pause(&self) -> Option<Duration> {
        let percent = u32::try_from(self.percent?).ok()?;
        let rest = self.busy * (100 - percent) / percent;
        (!rest.is_zero()).then(|| rest.min(LONGEST_PAUSE))
    }
}
