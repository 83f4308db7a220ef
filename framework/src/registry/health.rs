//! How an agent is: pure rules over its stage, its progress and what others say of it.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sample;
use crate::identity::lifecycle::Stage;

/// How an agent is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It has not begun to work.
    Starting,
    /// It works, or has nothing to do.
    Healthy,
    /// It has work and made no progress at the last looks; not yet too often.
    Late {
        /// The looks without progress, one after the other.
        missed: u32,
    },
    /// It has work and made no progress for too many looks.
    Unhealthy {
        /// The looks without progress, one after the other.
        missed: u32,
    },
    /// Somebody who watches it says that it does badly.
    Degraded {
        /// What they say.
        reason: String,
    },
    /// It refuses work until it is resumed.
    Suspended,
    /// It finishes what is queued, and takes nothing new.
    Draining,
    /// It has ended.
    Ended,
}

/// When an agent that makes no progress is unhealthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Heartbeat {
    /// The time between two looks at every agent.
    pub interval: Duration,
    /// The looks without progress, one after the other, that make an agent unhealthy; 0 counts as 1.
    pub missed: u32,
}

impl Default for Heartbeat {
    /// A look every 5 s, unhealthy after 3 missed.
    fn default() -> Self {
        Self { interval: Duration::from_secs(5), missed: 3 }
    }
}

impl Heartbeat {
    /// The looks missed after one more, which saw `now` when the last one saw `before`.
    ///
    /// An agent is late when it had work at both looks and has handled nothing in between. Progress and idleness
    /// both set the count back to 0.
    #[must_use]
    pub fn count(missed: u32, before: Option<Sample>, now: Sample) -> u32 {
        let late =
            before.is_some_and(|before| before.has_work() && now.has_work() && before.handled == now.handled);
        if late { missed.saturating_add(1) } else { 0 }
    }

    /// How an agent is that is in `stage`, has missed so many looks, and is said to be degraded for that reason.
    #[must_use]
    pub fn judge(&self, stage: Stage, missed: u32, degraded: Option<&str>) -> Health {
        match stage {
            Stage::Unregistered | Stage::Registering | Stage::Registered => Health::Starting,
            Stage::Suspended => Health::Suspended,
            Stage::Draining => Health::Draining,
            Stage::Terminated => Health::Ended,
            Stage::Active if missed >= self.missed.max(1) => Health::Unhealthy { missed },
            Stage::Active => match degraded {
                Some(reason) => Health::Degraded { reason: reason.to_owned() },
                None if missed > 0 => Health::Late { missed },
                None => Health::Healthy,
            },
        }
    }
}

impl Health {
    /// Whether work is sent there: it is healthy, or at worst late.
    #[must_use]
    pub fn is_fit(&self) -> bool {
        matches!(self, Self::Healthy | Self::Late { .. })
    }

    /// Whether a watcher that knew `before` is to be told: one more missed look alone is no news.
    #[must_use]
    pub fn is_news_after(&self, before: &Self) -> bool {
        match (before, self) {
            (Self::Late { .. }, Self::Late { .. }) | (Self::Unhealthy { .. }, Self::Unhealthy { .. }) => {
                false
            }
            _ => before != self,
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("starting"),
            Self::Healthy => f.write_str("healthy"),
            Self::Late { missed } => write!(f, "late ({missed} missed)"),
            Self::Unhealthy { missed } => write!(f, "unhealthy ({missed} missed)"),
            Self::Degraded { reason } => write!(f, "degraded: {reason}"),
            Self::Suspended => f.write_str("suspended"),
            Self::Draining => f.write_str("draining"),
            Self::Ended => f.write_str("ended"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(handled: u64, busy: bool, queued: usize) -> Sample {
        Sample { handled, busy, queued }
    }

    #[test]
    fn work_without_progress_between_two_looks_is_a_missed_heartbeat() {
        let stuck = sample(7, true, 0);
        assert_eq!(Heartbeat::count(0, None, stuck), 0);
        assert_eq!(Heartbeat::count(0, Some(stuck), stuck), 1);
        assert_eq!(Heartbeat::count(2, Some(sample(7, false, 3)), sample(7, true, 2)), 3);
    }

    #[test]
    fn progress_and_idleness_set_the_count_back() {
        let stuck = sample(7, true, 0);
        assert_eq!(Heartbeat::count(9, Some(stuck), sample(8, true, 9)), 0);
        assert_eq!(Heartbeat::count(9, Some(stuck), sample(7, false, 0)), 0);
        assert_eq!(Heartbeat::count(9, Some(sample(7, false, 0)), stuck), 0);
    }

    #[test]
    fn only_an_active_agent_that_keeps_up_and_of_whom_nobody_complains_is_healthy() {
        let rule = Heartbeat { missed: 3, ..Heartbeat::default() };
        for (stage, missed, degraded, health) in [
            (Stage::Active, 0, None, Health::Healthy),
            (Stage::Active, 2, None, Health::Late { missed: 2 }),
            (Stage::Active, 3, None, Health::Unhealthy { missed: 3 }),
            (Stage::Active, 2, Some("slow"), Health::Degraded { reason: "slow".into() }),
            (Stage::Active, 4, Some("slow"), Health::Unhealthy { missed: 4 }),
            (Stage::Suspended, 4, Some("slow"), Health::Suspended),
            (Stage::Draining, 0, None, Health::Draining),
            (Stage::Registering, 0, None, Health::Starting),
            (Stage::Terminated, 0, None, Health::Ended),
        ] {
            assert_eq!(rule.judge(stage, missed, degraded), health);
        }
    }

    #[test]
    fn a_limit_of_zero_does_not_make_everybody_unhealthy() {
        let rule = Heartbeat { missed: 0, ..Heartbeat::default() };
        assert_eq!(rule.judge(Stage::Active, 0, None), Health::Healthy);
    }

    #[test]
    fn work_is_sent_to_the_healthy_and_the_late() {
        assert!(Health::Healthy.is_fit() && Health::Late { missed: 1 }.is_fit());
        let unfit = [
            Health::Starting,
            Health::Unhealthy { missed: 3 },
            Health::Degraded { reason: "slow".into() },
            Health::Suspended,
            Health::Draining,
            Health::Ended,
        ];
        assert!(unfit.iter().all(|health| !health.is_fit()));
    }
}
