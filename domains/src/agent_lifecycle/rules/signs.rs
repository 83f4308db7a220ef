//! By which signs an agent is degraded, and when it is well again.

use std::collections::VecDeque;
use std::time::Duration;

use crate::agent_lifecycle::contract::health_monitor::{Levels, Signs};

/// What is known of one agent over time.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// At each look, when it was and where the queue ended then: messages handled plus messages waiting.
    ends: VecDeque<(Duration, u64)>,
    /// When it ended in error.
    errors: VecDeque<Duration>,
    /// When it was restarted.
    restarts: VecDeque<Duration>,
}

/// The most looks and moments that are kept for one agent.
const KEPT: usize = 1_000;

impl Course {
    /// It ended in error at that moment.
    pub fn erred(&mut self, at: Duration) {
        keep(&mut self.errors, at);
    }

    /// It was restarted at that moment.
    pub fn restarted(&mut self, at: Duration) {
        keep(&mut self.restarts, at);
    }

    /// A look, which sees so many messages handled and waiting, in a mailbox that holds so many.
    pub fn look(
        &mut self,
        now: Duration,
        levels: &Levels,
        handled: u64,
        queued: u64,
        capacity: u64,
    ) -> Signs {
        // What was in the queue at a look is out of it when as many messages are handled as there were before its
        // end: the queue is first in, first out.
        while self.ends.front().is_some_and(|&(_, end)| end <= handled) {
            self.ends.pop_front();
        }
        if queued > 0 {
            keep(&mut self.ends, (now, handled + queued));
        } else {
            self.ends.clear();
        }
        let window = Duration::from_millis(levels.window_millis);
        for moments in [&mut self.errors, &mut self.restarts] {
            while moments.front().is_some_and(|&at| at + window <= now) {
                moments.pop_front();
            }
        }
        let oldest = self.ends.front().map_or(Duration::ZERO, |&(seen, _)| now.saturating_sub(seen));
        Signs {
            mailbox_percent: percent(queued, capacity),
            oldest_millis: u64::try_from(oldest.as_millis()).unwrap_or(u64::MAX),
            errors: count(&self.errors),
            restarts: count(&self.restarts),
        }
    }
}

/// Why an agent with these signs is degraded; nothing when it is not.
#[must_use]
pub fn complaints(signs: &Signs, levels: &Levels) -> Vec<String> {
    let mut complaints = Vec::new();
    if signs.mailbox_percent >= levels.mailbox_percent {
        complaints.push(format!("its mailbox is {} % full", signs.mailbox_percent));
    }
    if signs.oldest_millis >= levels.oldest_millis {
        complaints.push(format!("a message has waited for {} ms", signs.oldest_millis));
    }
    let window = levels.window_millis;
    if signs.errors >= levels.errors {
        complaints.push(format!("{} errors in {window} ms", signs.errors));
    }
    if signs.restarts >= levels.restarts {
        complaints.push(format!("{} restarts in {window} ms", signs.restarts));
    }
    complaints
}

fn keep<T>(list: &mut VecDeque<T>, item: T) {
    // The oldest entry says how long something has waited, so the one after it goes.
    if list.len() >= KEPT {
        list.remove(1);
    }
    list.push_back(item);
}

fn percent(part: u64, whole: u64) -> u32 {
    u32::try_from(part.saturating_mul(100) / whole.max(1)).unwrap_or(u32::MAX)
}

fn count(moments: &VecDeque<Duration>) -> u32 {
    u32::try_from(moments.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_oldest_message_is_as_old_as_the_first_look_that_saw_it() {
        let (mut course, levels) = (Course::default(), Levels::default());
        let mut oldest =
            |now, handled, queued| course.look(at(now), &levels, handled, queued, 10).oldest_millis;
        assert_eq!(oldest(0, 0, 2), 0);
        assert_eq!(oldest(5, 0, 4), 5_000);
        assert_eq!(oldest(10, 1, 4), 10_000); // one of the first two still waits
        assert_eq!(oldest(15, 2, 3), 10_000); // those seen at 5 are the oldest
        assert_eq!(oldest(20, 5, 0), 0);
        assert_eq!(oldest(25, 5, 1), 0);
    }

    #[test]
    fn errors_and_restarts_count_within_the_window_only() {
        let (mut course, levels) = (Course::default(), Levels { window_millis: 60_000, ..Levels::default() });
        course.erred(at(1));
        course.restarted(at(1));
        course.erred(at(50));
        let mut count = |now| {
            let signs = course.look(at(now), &levels, 0, 0, 10);
            (signs.errors, signs.restarts)
        };
        assert_eq!(count(60), (2, 1));
        assert_eq!(count(61), (1, 0));
    }

    #[test]
    fn each_sign_alone_is_enough_and_none_is_too_much_before_its_threshold() {
        let levels = Levels::default();
        let none = Signs { mailbox_percent: 79, oldest_millis: 29_999, errors: 2, restarts: 2 };
        assert_eq!(complaints(&none, &levels), [] as [&str; 0]);
        for (signs, complaint) in [
            (Signs { mailbox_percent: 80, ..none.clone() }, "its mailbox is 80 % full"),
            (Signs { oldest_millis: 30_000, ..none.clone() }, "a message has waited for 30000 ms"),
            (Signs { errors: 3, ..none.clone() }, "3 errors in 60000 ms"),
            (Signs { restarts: 3, ..none.clone() }, "3 restarts in 60000 ms"),
        ] {
            assert_eq!(complaints(&signs, &levels), [complaint]);
        }
    }
}
