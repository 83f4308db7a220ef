//! Which agents are killed, and when: drawn from a seed before anything starts, so that a run can be repeated.

use std::fmt;

use mistersmith::clock::Clock;

/// What is killed: a station of the pipeline, and which instance of it, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Victim {
    pub(super) station: &'static str,
    pub(super) instance: usize,
}

/// As its supervisor calls it.
impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.instance {
            1 => f.write_str(self.station),
            instance => write!(f, "{}-{instance}", self.station),
        }
    }
}

/// A kill that is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kill {
    /// When so many lines have been acknowledged: a moment that does not depend on the speed of the machine.
    pub(super) after: u64,
    pub(super) victim: Victim,
}

/// The most kills of a run.
const MOST: u64 = 14;

/// The kills of a run over so many lines: every victim once, as far as there are lines, then some of them again,
/// all within the first nine tenths.
pub(super) fn script(seed: u64, lines: u64, victims: &[Victim]) -> Vec<Kill> {
    let dice = Clock::seeded(seed);
    let last = usize::try_from(lines.saturating_mul(9) / 10).unwrap_or(usize::MAX);
    let mut fresh = victims.to_vec();
    let mut kills: Vec<Kill> = (0..MOST.min(lines))
        .filter_map(|_| {
            let victim = if fresh.is_empty() {
                *victims.get(dice.pick(victims.len()))?
            } else {
                fresh.swap_remove(dice.pick(fresh.len()))
            };
            Some(Kill { after: dice.pick(last) as u64, victim })
        })
        .collect();
    kills.sort_by_key(|kill| kill.after);
    kills
}

#[cfg(test)]
mod tests {
    use super::*;

    const VICTIMS: [Victim; 3] = [
        Victim { station: "reader", instance: 1 },
        Victim { station: "writer", instance: 1 },
        Victim { station: "pricer", instance: 2 },
    ];

    #[tokio::test]
    async fn the_same_seed_kills_the_same_at_the_same_moments_and_another_one_does_not() {
        assert_eq!(script(7, 3_000, &VICTIMS), script(7, 3_000, &VICTIMS));
        assert_ne!(script(7, 3_000, &VICTIMS), script(8, 3_000, &VICTIMS));
    }

    #[tokio::test]
    async fn every_victim_dies_at_least_once_and_the_last_tenth_is_left_in_peace() {
        for seed in 0..50 {
            let kills = script(seed, 1_000, &VICTIMS);
            assert!(kills.is_sorted_by_key(|kill| kill.after) && kills.iter().all(|kill| kill.after < 900));
            assert!(VICTIMS.iter().all(|victim| kills.iter().any(|kill| kill.victim == *victim)));
        }
    }

    #[tokio::test]
    async fn few_lines_have_few_kills_and_none_has_none() {
        assert_eq!(script(1, 2, &VICTIMS).len(), 2);
        assert!(script(1, 0, &VICTIMS).is_empty() && script(1, 9, &[]).is_empty());
    }
}
