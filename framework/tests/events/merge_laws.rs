//! The check of a merge function finds the law that is broken, and nothing where none is.

use mistersmith::testing::{BrokenLaw, merge_laws};
use proptest::prelude::*;

use super::trail::{Trail, union};

/// A trail as it comes about: later changes have larger numbers.
fn trails() -> impl Strategy<Value = Trail> {
    let numbers = proptest::collection::btree_set(0_u64..6, 0..5);
    numbers.prop_map(|numbers| Trail { strict: true, numbers: numbers.into_iter().collect() })
}

proptest! {
    #[test]
    fn a_merge_that_obeys_the_laws_is_found_to(a in trails(), b in trails(), c in trails()) {
        prop_assert_eq!(merge_laws(union, [&a, &b, &c]), Ok(()));
    }
}

#[test]
fn the_law_that_a_merge_breaks_is_named() {
    let numbers = [&1.0, &2.0, &4.0];
    let first = merge_laws(|one: &f64, _: &f64| *one, numbers);
    assert!(matches!(first, Err(BrokenLaw::Commutativity { .. })), "{first:?}");
    let mean = merge_laws(|one: &f64, other: &f64| f64::midpoint(*one, *other), numbers);
    assert!(matches!(mean, Err(BrokenLaw::Associativity { .. })), "{mean:?}");
    let sum = merge_laws(|one: &f64, other: &f64| one + other, numbers).unwrap_err();
    assert_eq!(sum.to_string(), "expected 1.0 merged with itself to be itself, got 2.0");
}
