//! How much processor time an agent takes, measured at its polls, and when it has to pause.
//!
//! One turn in sixteen is timed and counts sixteenfold; an agent whose limit is below one core is timed at every
//! turn, and rests after a turn until its share of that turn and the rest is within the limit.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::limits::Ledger;
use crate::clock::Clock;

/// One turn in so many is timed, when the limit does not ask for more.
const SAMPLE: u64 = 16;

/// The longest pause in one piece: so long may a stop have to wait.
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

    /// Rests for as long as the limit asks for: for each unit of work, so many units of rest that the share comes
    /// out right. Stops resting when `enough` says so.
    pub(super) async fn rest(&self, clock: &Clock, enough: impl Fn() -> bool) {
        let mut rest = self.percent.map_or(Duration::ZERO, |percent| rest_after(self.busy, percent));
        while !rest.is_zero() && !enough() {
            let pause = rest.min(LONGEST_PAUSE);
            clock.sleep(pause).await;
            rest -= pause;
        }
    }
}

/// The rest after so much work, so that work is `percent` of both; `percent` is between 1 and 99.
fn rest_after(busy: Duration, percent: u64) -> Duration {
    busy.mul_f64((100 - percent) as f64 / percent as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_and_rest_share_the_time_as_the_limit_says() {
        let work = Duration::from_millis(30);
        assert_eq!(rest_after(work, 50), work);
        assert_eq!(rest_after(work, 25), 3 * work);
        assert_eq!(rest_after(work, 75), work / 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_is_taken_in_full_and_broken_off_when_the_agent_is_to_stop() {
        let (ledger, clock) = (Ledger::default(), Clock::seeded(1));
        let busy = Duration::from_secs(2);
        let meter = Meter { ledger: &ledger, weight: 1, percent: Some(50), busy };
        meter.rest(&clock, || false).await;
        assert_eq!(clock.now(), busy);
        let stop_at = clock.now() + Duration::from_millis(250);
        meter.rest(&clock, || clock.now() >= stop_at).await;
        assert_eq!(clock.now() - stop_at, Duration::from_millis(50));
    }
}
