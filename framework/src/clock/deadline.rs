//! A deadline is a moment on one system's monotonic clock, in eight bytes, with room for "none".

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

/// A moment on the clock of one system after which an answer is worth nothing; or none.
///
/// It means nothing on another clock: what crosses to another node is the time that is [left](Deadline::left).
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Deadline(Option<NonZeroU64>);

impl Deadline {
    /// No deadline.
    pub const NONE: Self = Self(None);

    /// The deadline at `moment`, as read by [`Clock::now`](super::Clock::now). Moments past 584 years count as
    /// the last one.
    #[must_use]
    pub fn at(moment: Duration) -> Self {
        let nanos = u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX);
        Self(NonZeroU64::new(nanos.max(1)))
    }

    /// Whether there is one.
    #[must_use]
    pub fn is_set(self) -> bool {
        self.0.is_some()
    }

    /// The moment, if there is one.
    #[must_use]
    pub fn moment(self) -> Option<Duration> {
        self.0.map(|nanos| Duration::from_nanos(nanos.get()))
    }

    /// Whether `now` is at or past it.
    #[must_use]
    pub fn has_passed(self, now: Duration) -> bool {
        self.moment().is_some_and(|moment| moment <= now)
    }

    /// What is left of it at `now`: `None` without a deadline, zero when it has passed.
    #[must_use]
    pub fn left(self, now: Duration) -> Option<Duration> {
        self.moment().map(|moment| moment.saturating_sub(now))
    }

    /// The earlier of the two; a hop never gets more time than its caller has.
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self(Some(a.min(b))),
            (a, b) => Self(a.or(b)),
        }
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.moment() {
            Some(moment) => write!(f, "Deadline({moment:?})"),
            None => f.write_str("Deadline(none)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_deadline_takes_eight_bytes() {
        assert_eq!(size_of::<Deadline>(), 8);
    }

    #[test]
    fn it_has_passed_from_its_moment_on() {
        let deadline = Deadline::at(SECOND);
        assert!(!deadline.has_passed(SECOND - Duration::from_nanos(1)));
        assert!(deadline.has_passed(SECOND));
        assert!(!Deadline::NONE.has_passed(Duration::MAX));
    }

    #[test]
    fn the_earlier_of_two_wins_and_none_is_later_than_any() {
        let (soon, late) = (Deadline::at(SECOND), Deadline::at(2 * SECOND));
        assert_eq!(soon.earlier(late), soon);
        assert_eq!(late.earlier(soon), soon);
        assert_eq!(Deadline::NONE.earlier(late), late);
        assert_eq!(late.earlier(Deadline::NONE), late);
    }

    #[test]
    fn what_is_left_never_goes_below_zero() {
        assert_eq!(Deadline::at(SECOND).left(3 * SECOND), Some(Duration::ZERO));
        assert_eq!(Deadline::NONE.left(SECOND), None);
    }
}
