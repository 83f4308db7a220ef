//! A vector clock says of two versions of a state which one came first, or that neither did.
//!
//! Each replica of a state counts the changes that it made itself; a version is the counts that it has seen. All of
//! it is pure: nothing is read, nothing waits.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who counts in a vector clock: one replica of a state, such as the node that holds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Replica(Arc<str>);

/// How many changes of each replica a version has seen. Replicas that it has seen nothing of are not in it.
///
/// ```
/// use mistersmith::events::{Causality, Replica, VectorClock};
///
/// let (here, there) = (Replica::new("here"), Replica::new("there"));
/// let base = VectorClock::new().advanced(&here);
/// let (mine, yours) = (base.advanced(&here), base.advanced(&there));
/// assert_eq!(base.compare(&mine), Causality::Before);
/// assert_eq!(mine.compare(&yours), Causality::Concurrent);
/// assert_eq!(mine.merged(&yours).compare(&yours), Causality::After);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(from = "BTreeMap<Replica, u64>", into = "BTreeMap<Replica, u64>")]
pub struct VectorClock(Vec<(Replica, u64)>);

/// How one version stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Causality {
    /// They are the same version.
    Same,
    /// The other one knew of this one.
    Before,
    /// This one knew of the other one.
    After,
    /// Neither knew of the other: somebody has to decide.
    Concurrent,
}

impl Replica {
    /// The replica of this name.
    #[must_use]
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(name.as_ref().into())
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl VectorClock {
    /// The version before any change.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many changes of `replica` it has seen.
    #[must_use]
    pub fn get(&self, replica: &Replica) -> u64 {
        self.0.binary_search_by(|(other, _)| other.cmp(replica)).map_or(0, |at| self.0[at].1)
    }

    /// Notes one more change made by `replica`.
    pub fn advance(&mut self, replica: &Replica) {
        match self.0.binary_search_by(|(other, _)| other.cmp(replica)) {
            Ok(at) => self.0[at].1 = self.0[at].1.saturating_add(1),
            Err(at) => self.0.insert(at, (replica.clone(), 1)),
        }
    }

    /// The version after one more change made by `replica`.
    #[must_use]
    pub fn advanced(&self, replica: &Replica) -> Self {
        let mut next = self.clone();
        next.advance(replica);
        next
    }

    /// The least version that has seen all that either has.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let mut counts: BTreeMap<_, _> = self.0.iter().cloned().collect();
        for (replica, count) in &other.0 {
            let seen = counts.entry(replica.clone()).or_default();
            *seen = (*seen).max(*count);
        }
        Self(counts.into_iter().collect())
    }

    /// How this version stands to `other`.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Causality {
        match (self.has_seen(other), other.has_seen(self)) {
            (true, true) => Causality::Same,
            (true, false) => Causality::After,
            (false, true) => Causality::Before,
            (false, false) => Causality::Concurrent,
        }
    }

    /// Whether it has seen all that `other` has.
    #[must_use]
    pub fn has_seen(&self, other: &Self) -> bool {
        other.0.iter().all(|(replica, count)| self.get(replica) >= *count)
    }

    /// Whether it is the version before any change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The replicas that it has seen changes of, by name, each with how many.
    pub fn iter(&self) -> impl Iterator<Item = (&Replica, u64)> {
        self.0.iter().map(|(replica, count)| (replica, *count))
    }
}

/// The order of causes: partial, because two versions may know nothing of each other.
impl PartialOrd for VectorClock {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match self.compare(other) {
            Causality::Same => Some(Ordering::Equal),
            Causality::Before => Some(Ordering::Less),
            Causality::After => Some(Ordering::Greater),
            Causality::Concurrent => None,
        }
    }
}

impl From<BTreeMap<Replica, u64>> for VectorClock {
    fn from(counts: BTreeMap<Replica, u64>) -> Self {
        Self(counts.into_iter().filter(|(_, count)| *count > 0).collect())
    }
}

impl From<VectorClock> for BTreeMap<Replica, u64> {
    fn from(clock: VectorClock) -> Self {
        clock.0.into_iter().collect()
    }
}

impl FromIterator<(Replica, u64)> for VectorClock {
    fn from_iter<T: IntoIterator<Item = (Replica, u64)>>(counts: T) -> Self {
        counts.into_iter().collect::<BTreeMap<_, _>>().into()
    }
}

/// `{here: 3, there: 1}`.
impl fmt::Display for VectorClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (replica, count)) in self.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{replica}: {count}")?;
        }
        f.write_str("}")
    }
}
