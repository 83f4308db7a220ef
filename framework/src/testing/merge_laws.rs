//! The laws of a merge function, checked on states that a test draws.

use std::fmt::Debug;

/// A law that a merge function breaks, and on what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenLaw<S: Debug> {
    /// A state merged with itself is another one.
    #[error("expected {state:?} merged with itself to be itself, got {merged:?}")]
    Idempotence {
        /// The state.
        state: S,
        /// What was made of it.
        merged: S,
    },
    /// It matters which of two states comes first.
    #[error(
        "expected {one:?} and {other:?} to merge to the same in either order, got {merged:?} and {turned:?}"
    )]
    Commutativity {
        /// A state.
        one: S,
        /// Another one.
        other: S,
        /// The one merged with the other.
        merged: S,
        /// The other merged with the one.
        turned: S,
    },
    /// It matters which of three states are merged first.
    #[error("expected {states:?} to merge to the same in either grouping, got {left:?} and {right:?}")]
    Associativity {
        /// The states.
        states: Box<[S; 3]>,
        /// The first two merged first.
        left: S,
        /// The last two merged first.
        right: S,
    },
}

/// Checks on three states that a [merge](crate::events::Resolution::Merge) is idempotent, commutative and associative.
/// To be called from a property test, with states that have been drawn:
///
/// ```
/// use std::collections::BTreeSet;
/// use mistersmith::testing::{BrokenLaw, merge_laws};
///
/// let union = |one: &BTreeSet<u8>, other: &BTreeSet<u8>| one | other;
/// let [a, b, c] = [BTreeSet::from([1]), BTreeSet::from([1, 2]), BTreeSet::new()];
/// assert_eq!(merge_laws(union, [&a, &b, &c]), Ok(()));
///
/// // A count that is added up grows with every meeting.
/// let sum = |one: &u32, other: &u32| one + other;
/// assert_eq!(merge_laws(sum, [&0, &1, &2]), Err(BrokenLaw::Idempotence { state: 1, merged: 2 }));
/// ```
///
/// # Errors
/// The first law that is broken, and on what.
pub fn merge_laws<S: Clone + Debug + PartialEq>(
    merge: impl Fn(&S, &S) -> S,
    states: [&S; 3],
) -> Result<(), BrokenLaw<S>> {
    for state in states {
        let merged = merge(state, state);
        if merged != *state {
            return Err(BrokenLaw::Idempotence { state: state.clone(), merged });
        }
    }
    let [a, b, c] = states;
    for [one, other] in [[a, b], [b, c], [a, c]] {
        let (merged, turned) = (merge(one, other), merge(other, one));
        if merged != turned {
            let (one, other) = (one.clone(), other.clone());
            return Err(BrokenLaw::Commutativity { one, other, merged, turned });
        }
    }
    let (left, right) = (merge(&merge(a, b), c), merge(a, &merge(b, c)));
    if left != right {
        let states = Box::new(states.map(S::clone));
        return Err(BrokenLaw::Associativity { states, left, right });
    }
    Ok(())
}
