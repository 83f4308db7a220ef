//! A dot names one change of a state with replicas: the replica that it happened on, and its number there.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Replica, VectorClock};

/// One change of a state, by the replica that it happened on: the same name on every replica.
///
/// ```
/// use mistersmith::events::{Dot, Replica, VectorClock};
///
/// let dot = Dot { replica: Replica::new("here"), count: 2 };
/// let version = VectorClock::new().advanced(&dot.replica).advanced(&dot.replica);
/// assert!(version.knows(&dot) && !version.before(&dot).knows(&dot));
/// assert_eq!(dot.to_string(), "here 2");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Dot {
    /// Where it happened.
    pub replica: Replica,
    /// Which of the changes that happened there, from 1.
    pub count: u64,
}

/// A place in an order of all changes that keeps causes before effects, and is the same on every replica: first what
/// knew of fewer changes, and of what knew of equally many, first what happened on the replica of the lesser name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    known: u64,
    dot: Dot,
}

impl Turn {
    /// The turn of the change `dot`, after which the state has this version.
    pub(super) fn of(dot: &Dot, version: &VectorClock) -> Self {
        Self { known: version.total(), dot: dot.clone() }
    }
}

impl VectorClock {
    /// Whether it has seen this change.
    #[must_use]
    pub fn knows(&self, dot: &Dot) -> bool {
        self.get(&dot.replica) >= dot.count
    }

    /// What of it came before this change: of the change's own replica only what happened there before.
    #[must_use]
    pub fn before(&self, dot: &Dot) -> Self {
        let earlier = dot.count.saturating_sub(1);
        let cut = |replica: &Replica, count: u64| if *replica == dot.replica { earlier } else { count };
        self.iter().map(|(replica, count)| (replica.clone(), cut(replica, count))).collect()
    }

    /// How many changes it has seen, of all replicas together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.iter().fold(0, |sum, (_, count)| sum.saturating_add(count))
    }
}

impl fmt::Display for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.replica, self.count)
    }
}
