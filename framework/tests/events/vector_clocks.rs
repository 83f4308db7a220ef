//! Vector clocks obey the laws of a partial order, and merging those of a least upper bound.

use std::collections::BTreeMap;

use mistersmith::events::{Causality, Replica, VectorClock};
use proptest::prelude::*;

fn replicas() -> [Replica; 4] {
    ["a", "b", "c", "d"].map(Replica::new)
}

/// Few replicas with small counts, so that every relation is frequent; counts of zero among them.
fn clocks() -> impl Strategy<Value = VectorClock> {
    proptest::array::uniform4(0_u64..4).prop_map(|counts| replicas().into_iter().zip(counts).collect())
}

proptest! {
    #[test]
    fn before_is_a_partial_order(a in clocks(), b in clocks(), c in clocks()) {
        prop_assert_eq!(a.compare(&a), Causality::Same);
        prop_assert_eq!(a.compare(&b) == Causality::Same, a == b);
        let opposite = match a.compare(&b) {
            Causality::Before => Causality::After,
            Causality::After => Causality::Before,
            other => other,
        };
        prop_assert_eq!(b.compare(&a), opposite);
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
    }

    #[test]
    fn merging_is_commutative_associative_and_idempotent(a in clocks(), b in clocks(), c in clocks()) {
        prop_assert_eq!(a.merged(&b), b.merged(&a));
        prop_assert_eq!(a.merged(&b).merged(&c), a.merged(&b.merged(&c)));
        prop_assert_eq!(a.merged(&a), a.clone());
        prop_assert_eq!(a.merged(&VectorClock::new()), a);
    }

    #[test]
    fn a_merge_is_the_least_that_has_seen_both(a in clocks(), b in clocks(), other in clocks()) {
        let merged = a.merged(&b);
        prop_assert!(merged.has_seen(&a) && merged.has_seen(&b));
        if other.has_seen(&a) && other.has_seen(&b) {
            prop_assert!(other.has_seen(&merged));
        }
    }

    #[test]
    fn a_change_comes_after_and_changes_of_two_replicas_are_concurrent(a in clocks(), i in 0_usize..4, j in 0_usize..4) {
        let [one, two] = [&replicas()[i], &replicas()[j]];
        prop_assert_eq!(a.compare(&a.advanced(one)), Causality::Before);
        prop_assert_eq!(a.advanced(one).get(one), a.get(one) + 1);
        let expected = if i == j { Causality::Same } else { Causality::Concurrent };
        prop_assert_eq!(a.advanced(one).compare(&a.advanced(two)), expected);
    }

    #[test]
    fn what_was_seen_of_nobody_is_not_in_it(counts in proptest::array::uniform4(0_u64..3)) {
        let written: BTreeMap<_, _> = replicas().into_iter().zip(counts).collect();
        let json = serde_json::to_string(&written).unwrap();
        let clock: VectorClock = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(clock.iter().count(), counts.iter().filter(|count| **count > 0).count());
        let bytes = bincode::serialize(&clock).unwrap();
        prop_assert_eq!(bincode::deserialize::<VectorClock>(&bytes).unwrap(), clock);
    }
}

/// A history of one state on several replicas: each step is a change at one, or one that hears of another.
#[derive(Clone, Copy, Debug)]
enum Step {
    Change(usize),
    Hear { who: usize, of: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_usize..4).prop_map(Step::Change),
        (0_usize..4, 0_usize..4).prop_map(|(who, of)| Step::Hear { who, of }),
    ];
    proptest::collection::vec(step, 0..40)
}

proptest! {
    /// The clocks are compared with the truth: for each version, the set of all changes that went into it.
    #[test]
    fn clocks_tell_exactly_who_knew_of_whom(steps in steps()) {
        let mut versions = vec![(VectorClock::new(), std::collections::BTreeSet::new()); 4];
        let mut seen = versions.clone();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Change(who) => {
                    versions[who].0.advance(&replicas()[who]);
                    versions[who].1.insert(number);
                    seen.push(versions[who].clone());
                }
                Step::Hear { who, of } => {
                    let (clock, changes) = versions[of].clone();
                    versions[who].0 = versions[who].0.merged(&clock);
                    versions[who].1.extend(changes);
                }
            }
        }
        for (clock, changes) in &seen {
            for (other_clock, other_changes) in &seen {
                prop_assert_eq!(clock.has_seen(other_clock), changes.is_superset(other_changes));
            }
        }
    }
}
