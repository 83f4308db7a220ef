//! What a piece of work may still cost: time, and further attempts. It travels in every message and only shrinks.

use std::time::Duration;

use crate::clock::Deadline;

/// What a message, and everything that is done for it, may still cost.
///
/// A hop gets what is left: what an agent sends while it handles a message has at most that message's budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Until when an answer is worth something, on the clock of this system.
    pub deadline: Deadline,
    /// How many further attempts may be made for it, over all hops together.
    pub retries: u8,
}

impl Budget {
    /// How many further attempts a message may cost that was given no budget.
    pub const RETRIES: u8 = 3;

    /// No deadline, and [`Budget::RETRIES`] further attempts.
    pub const UNLIMITED: Self = Self { deadline: Deadline::NONE, retries: Self::RETRIES };

    /// Both limits: the earlier deadline and the fewer retries.
    #[must_use]
    pub fn within(self, other: Self) -> Self {
        Self { deadline: self.deadline.earlier(other.deadline), retries: self.retries.min(other.retries) }
    }

    /// The budget of one further attempt; `None` when there is none left or the time is up at `now`.
    #[must_use]
    pub fn retry(self, now: Duration) -> Option<Self> {
        let retries = self.retries.checked_sub(1)?;
        (!self.deadline.has_passed(now)).then_some(Self { retries, ..self })
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::UNLIMITED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hop_never_gets_more_than_its_caller_has() {
        let caller = Budget { deadline: Deadline::at(Duration::from_secs(1)), retries: 1 };
        let wish = Budget { deadline: Deadline::at(Duration::from_secs(9)), retries: 7 };
        assert_eq!(wish.within(caller), caller);
        assert_eq!(Budget::UNLIMITED.within(caller), caller);
    }

    #[test]
    fn attempts_end_with_the_retries_or_with_the_time() {
        let budget = Budget { deadline: Deadline::at(Duration::from_secs(1)), retries: 1 };
        let once = budget.retry(Duration::ZERO).unwrap();
        assert_eq!(once.retries, 0);
        assert_eq!(once.retry(Duration::ZERO), None);
        assert_eq!(budget.retry(Duration::from_secs(1)), None);
    }
}
