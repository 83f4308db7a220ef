//! How long an agent has handled nothing, from looks at its counters.

use std::time::Duration;

/// How long one agent has handled nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    handled: u64,
    since: Duration,
}

impl Idle {
    /// An agent that began at that moment and has handled nothing.
    #[must_use]
    pub const fn since(now: Duration) -> Self {
        Self { handled: 0, since: now }
    }

    /// One more look, which sees so many messages handled and so many waiting; how long it has been idle since.
    /// Whoever has work waiting is not idle, whether or not it gets on with it.
    pub fn look(&mut self, now: Duration, handled: u64, queued: u64) -> Duration {
        if handled != self.handled || queued > 0 {
            *self = Self { handled, since: now };
        }
        self.duration(now)
    }

    /// How long it has been idle, as of the last look.
    #[must_use]
    pub fn duration(&self, now: Duration) -> Duration {
        now.saturating_sub(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_done_and_work_waiting_both_end_idleness() {
        let at = Duration::from_secs;
        let mut idle = Idle::since(at(0));
        assert_eq!(idle.look(at(10), 0, 0), at(10));
        assert_eq!(idle.look(at(20), 1, 0), at(0));
        assert_eq!(idle.look(at(30), 1, 2), at(0));
        assert_eq!(idle.look(at(90), 1, 0), at(60));
    }
}
