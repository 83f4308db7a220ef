//! Which of two members gets the next request: a pure rule over what their pulses say.
//!
//! A first member is taken in turn. One that has nothing to do gets the request: while nobody is busy, that is
//! plain round robin, exactly even. One that has work is compared with the next in turn, and the less loaded one
//! gets it. Two choices are enough: the longest queue of n members then grows as log log n instead of log n
//! (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001); and unlike looking at all of
//! them it costs the same for 3 members and for 3,000, and does not send everybody to the same idle one.

use crate::registry::Sample;

/// The messages that a member has to get through before it takes a new one.
pub(super) fn load(sample: Sample) -> usize {
    sample.queued.saturating_add(usize::from(sample.busy))
}

/// Whether the second of two members is to get the request. A tie is the first one's, whose turn it is.
pub(super) fn second_is_better(first: Sample, second: Sample) -> bool {
    load(second) < load(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample(queued: usize, busy: bool) -> Sample {
        Sample { handled: 0, queued, busy }
    }

    proptest! {
        #[test]
        fn the_one_that_is_chosen_never_has_more_to_do(
            one in (0..50_usize, any::<bool>()),
            other in (0..50_usize, any::<bool>()),
        ) {
            let (one, other) = (sample(one.0, one.1), sample(other.0, other.1));
            let chosen = if second_is_better(one, other) { other } else { one };
            prop_assert_eq!(load(chosen), load(one).min(load(other)));
        }

        #[test]
        fn two_choices_keep_queues_that_nobody_empties_level(members in 2..12_usize, requests in 0..600_usize) {
            let mut queues = vec![0; members];
            let mut turn = 0;
            for _ in 0..requests {
                let mut next = || { turn += 1; (turn - 1) % members };
                let mut chosen = next();
                if queues[chosen] > 0 {
                    let second = next();
                    if second_is_better(sample(queues[chosen], false), sample(queues[second], false)) {
                        chosen = second;
                    }
                }
                queues[chosen] += 1;
            }
            let (most, least) = (queues.iter().max().unwrap(), queues.iter().min().unwrap());
            prop_assert!(most - least <= 2, "{:?}", queues);
        }
    }

    #[test]
    fn a_message_in_hand_counts_as_one_that_waits() {
        assert!(second_is_better(sample(0, true), sample(0, false)));
        assert!(!second_is_better(sample(0, true), sample(1, false)));
    }
}
