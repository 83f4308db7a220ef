//! How long a restart waits, if restarts are to wait at all: longer each time, up to a limit, and by a little chance.
//!
//! Erlang restarts at once, and so does a supervisor here unless its [`Flags`](super::Flags) say otherwise. The
//! budget knows nothing of the delay: an end is counted when it happens, and a supervisor that gives up does so
//! without waiting.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long restarts wait. Attempt 1 waits for `first`, each further one `factor` times as long, none longer than
/// `max`. A child that has run for a whole period of the restart intensity begins again with attempt 1.
///
/// ```
/// use std::time::Duration;
/// use mistersmith::supervisor::Backoff;
///
/// let backoff = Backoff::new(Duration::from_millis(100), 2, Duration::from_secs(5)).jitter(20);
/// assert_eq!(backoff.delay(1, 0.0), Duration::from_millis(100));
/// assert_eq!(backoff.delay(3, 0.0), Duration::from_millis(400));
/// assert_eq!(backoff.delay(3, 0.5), Duration::from_millis(360));
/// assert_eq!(backoff.delay(99, 0.0), Duration::from_secs(5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Backoff {
    /// How long the first attempt waits, in milliseconds.
    #[serde(rename = "first_ms", with = "millis")]
    pub first: Duration,
    /// How many times longer each further attempt waits than the one before.
    pub factor: u32,
    /// The longest that an attempt waits, in milliseconds.
    #[serde(rename = "max_ms", with = "millis")]
    pub max: Duration,
    /// How much of a delay chance may take away, in percent from 0 to 100: so that many who failed together do not
    /// all come back together.
    pub jitter_percent: u32,
}

impl Backoff {
    /// Delays of exactly `first`, then `factor` times as long each time, up to `max`.
    #[must_use]
    pub const fn new(first: Duration, factor: u32, max: Duration) -> Self {
        Self { first, factor, max, jitter_percent: 0 }
    }

    /// The same, of which chance takes away up to this much, in percent; more than 100 is 100.
    #[must_use]
    pub const fn jitter(mut self, percent: u32) -> Self {
        self.jitter_percent = percent;
        self
    }

    /// How long this attempt waits, the first one being 1. `random` is drawn evenly from 0 to 1.
    #[must_use]
    pub fn delay(&self, attempt: u32, random: f64) -> Duration {
        let exponent = attempt.saturating_sub(1);
        let factor = self.factor.saturating_pow(exponent);
        let full = self.first.checked_mul(factor).unwrap_or(Duration::MAX).min(self.max);
        let share = f64::from(self.jitter_percent.min(100)) / 100.0;
        let less = full.as_secs_f64() * share * random.clamp(0.0, 1.0);
        full - Duration::try_from_secs_f64(less).unwrap_or(full).min(full)
    }

    /// What would make sense, if its numbers do not.
    pub(super) fn check(&self) -> Option<&'static str> {
        if self.factor == 0 {
            Some("a factor of at least 1")
        } else if self.max < self.first {
            Some("a limit that is no shorter than the first delay")
        } else if self.jitter_percent > 100 {
            Some("a jitter of 0 to 100 percent")
        } else {
            None
        }
    }

    /// Which attempt the next one is, after `attempts` without a break and an incarnation that ran for this long, if
    /// one ran at all.
    #[must_use]
    pub fn next_attempt(attempts: u32, ran: Option<Duration>, period_seconds: u32) -> u32 {
        match ran {
            Some(ran) if ran >= Duration::from_secs(period_seconds.into()) => 1,
            _ => attempts.saturating_add(1),
        }
    }
}

/// The numbers as a person reads them.
impl fmt::Display for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} to {:?}", self.first, self.max)
    }
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn numbers_that_make_no_sense_are_named() {
        let second = Duration::from_secs(1);
        assert_eq!(Backoff::new(second, 1, second).jitter(100).check(), None);
        assert_eq!(Backoff::new(second, 0, second).check(), Some("a factor of at least 1"));
        let short = Backoff::new(2 * second, 1, second);
        assert_eq!(short.check(), Some("a limit that is no shorter than the first delay"));
        assert_eq!(Backoff::new(second, 1, second).jitter(101).check(), Some("a jitter of 0 to 100 percent"));
    }

    proptest! {
        #[test]
        fn a_delay_lies_between_what_chance_leaves_and_the_limit(
            first in 0_u64..10_000, factor in 0_u32..10, max in 0_u64..100_000, jitter in 0_u32..=120,
            attempt in 0_u32..200, random in 0.0_f64..=1.0,
        ) {
            let (first, max) = (Duration::from_millis(first), Duration::from_millis(max));
            let backoff = Backoff::new(first, factor, max).jitter(jitter);
            let (full, delay) = (backoff.delay(attempt, 0.0), backoff.delay(attempt, random));
            prop_assert!(full <= max);
            prop_assert!(delay <= full);
            let least = full.mul_f64(1.0 - f64::from(jitter.min(100)) / 100.0);
            prop_assert!(delay + Duration::from_nanos(1_000) >= least, "{delay:?} {least:?}");
        }

        #[test]
        fn no_attempt_waits_shorter_than_the_one_before_for_the_same_chance(
            first in 0_u64..10_000, factor in 1_u32..10, max in 0_u64..100_000, jitter in 0_u32..=100,
            attempt in 1_u32..100, random in 0.0_f64..=1.0,
        ) {
            let backoff = Backoff::new(Duration::from_millis(first), factor, Duration::from_millis(max)).jitter(jitter);
            prop_assert!(backoff.delay(attempt, random) <= backoff.delay(attempt + 1, random));
        }

        #[test]
        fn only_a_run_of_a_whole_period_begins_anew(attempts in 0_u32..1_000, ran in 0_u64..20_000, period in 1_u32..10) {
            let next = Backoff::next_attempt(attempts, Some(Duration::from_millis(ran)), period);
            prop_assert_eq!(next, if ran >= u64::from(period) * 1_000 { 1 } else { attempts + 1 });
            prop_assert_eq!(Backoff::next_attempt(attempts, None, period), attempts + 1);
        }
    }
}
