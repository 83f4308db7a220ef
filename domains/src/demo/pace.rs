//! How fast lines are taken: so many per second since the reader came up, or as fast as they are done.

use std::time::Duration;

/// A pace. Time is given to it, it reads none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    lines_per_second: u32,
    began: Duration,
    taken: u64,
}

impl Pace {
    /// A pace from `began` on; 0 lines per second means no limit.
    pub(super) fn new(lines_per_second: u32, began: Duration) -> Self {
        Self { lines_per_second, began, taken: 0 }
    }

    pub(super) fn is_limited(&self) -> bool {
        self.lines_per_second > 0
    }

    /// Takes one line, if it is due at `now`.
    pub(super) fn take(&mut self, now: Duration) -> bool {
        let due = f64::from(self.lines_per_second) * now.saturating_sub(self.began).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "so many lines are never taken in one life")]
        let is_due = !self.is_limited() || (self.taken as f64) < due;
        self.taken += u64::from(is_due);
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_taken_in_a_second_and_none_before_it_is_due() {
        let mut pace = Pace::new(100, Duration::from_secs(5));
        assert!(!pace.take(Duration::from_secs(5)));
        let taken = (0..1_000).filter(|_| pace.take(Duration::from_secs(6))).count();
        assert_eq!(taken, 100);
    }

    #[test]
    fn without_a_limit_every_line_is_due() {
        assert!((0..1_000).all(|_| Pace::new(0, Duration::ZERO).take(Duration::ZERO)));
    }
}
