//! How many restarts are too many: Erlang's sliding window, in whole seconds.
//!
//! The arithmetic is that of `supervisor:add_restart/3`: time is cut down to whole seconds, restarts are kept
//! while they are at most `period` old, the present one is added, and it is allowed if the count is at most the
//! intensity. So two restarts count together always when they are at most `period` apart, and never when they
//! are `period + 1` seconds apart.

use std::collections::VecDeque;
use std::time::Duration;

use super::Intensity;

/// The restarts a supervisor has made lately, and how many it may still make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    intensity: Intensity,
    /// The seconds in which there were restarts, and how many: so it is no larger than the period, however many
    /// restarts that allows.
    seconds: VecDeque<(u64, u64)>,
}

impl Budget {
    /// A budget from which nothing has been spent.
    #[must_use]
    pub fn new(intensity: Intensity) -> Self {
        Self { intensity, seconds: VecDeque::new() }
    }

    /// Spends one restart at `now` (monotonic); `false` when it is one too many. It is remembered either way.
    pub fn spend(&mut self, now: Duration) -> bool {
        self.forget_old(now);
        match self.seconds.back_mut() {
            Some((second, count)) if *second == now.as_secs() => *count += 1,
            _ => self.seconds.push_back((now.as_secs(), 1)),
        }
        self.spent(now) <= u64::from(self.intensity.restarts)
    }

    /// Allows more or fewer restarts from now on; those that were made stay counted.
    pub(super) fn set_intensity(&mut self, intensity: Intensity) {
        self.intensity = intensity;
    }

    /// How many restarts are still allowed at `now`.
    #[must_use]
    pub fn left(&self, now: Duration) -> u32 {
        self.intensity.restarts.saturating_sub(u32::try_from(self.spent(now)).unwrap_or(u32::MAX))
    }

    fn spent(&self, now: Duration) -> u64 {
        let counted = self.seconds.iter().filter(|(second, _)| self.counts(*second, now));
        counted.map(|(_, count)| count).sum()
    }

    fn forget_old(&mut self, now: Duration) {
        while self.seconds.front().is_some_and(|(second, _)| !self.counts(*second, now)) {
            self.seconds.pop_front();
        }
    }

    fn counts(&self, second: u64, now: Duration) -> bool {
        now.as_secs().saturating_sub(second) <= u64::from(self.intensity.period_seconds)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop, prop_assert_eq, proptest};

    use super::*;

    fn budget(restarts: u32, period_seconds: u32) -> Budget {
        Budget::new(Intensity { restarts, period_seconds })
    }

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn both_ends_of_the_window_count_in_whole_seconds() {
        let mut tight = budget(1, 2);
        assert!(tight.spend(at(0)));
        assert!(!tight.spend(at(2_999)));
        let mut loose = budget(1, 2);
        assert!(loose.spend(at(900)));
        assert!(loose.spend(at(3_000)));
    }

    #[test]
    fn with_an_intensity_of_zero_the_first_restart_is_too_many() {
        assert!(!budget(0, 5).spend(at(0)));
    }

    #[test]
    fn a_restart_that_was_too_many_is_remembered() {
        let mut one = budget(1, 1);
        assert!(one.spend(at(0)));
        assert!(!one.spend(at(1_000)));
        assert!(!one.spend(at(2_000)));
    }

    #[test]
    fn what_is_left_grows_back_as_restarts_grow_old() {
        let mut three = budget(3, 5);
        assert!(three.spend(at(0)) && three.spend(at(4_000)));
        assert_eq!(three.left(at(5_999)), 1);
        assert_eq!(three.left(at(6_000)), 2);
        assert_eq!(three.left(at(60_000)), 3);
    }

    #[test]
    fn a_million_restarts_within_a_second_take_the_room_of_one() {
        let mut wide = budget(u32::MAX, 5);
        for _ in 0..1_000_000 {
            assert!(wide.spend(at(7)));
        }
        assert_eq!((wide.seconds.len(), wide.left(at(7))), (1, u32::MAX - 1_000_000));
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_definition(
            restarts in 0_u32..5, period in 1_u32..5, gaps in prop::collection::vec(0_u64..3_000, 0..40)
        ) {
            let mut window = budget(restarts, period);
            let (mut now, mut all) = (0_u64, Vec::new());
            for gap in gaps {
                now += gap;
                all.push(now / 1_000);
                let count = all.iter().filter(|&&second| now / 1_000 - second <= u64::from(period)).count();
                prop_assert_eq!(window.spend(at(now)), count as u64 <= u64::from(restarts));
            }
        }
    }
}
