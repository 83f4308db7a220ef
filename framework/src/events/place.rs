//! Where an event stands: its sequence among the events of its agent, its position in the whole log.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identity::AgentKey;
use crate::message::Cause;

macro_rules! impl_count {
    ($name:ident) => {
        impl $name {
            /// Before the first.
            pub const START: Self = Self(0);

            /// The last there could be.
            pub const END: Self = Self(u64::MAX);

            /// The one of this number; the first event has 1.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// Its number.
            #[must_use]
            pub const fn number(self) -> u64 {
                self.0
            }

            /// The one after it.
            #[must_use]
            pub const fn next(self) -> Self {
                self.plus(1)
            }

            /// The one so many after it.
            #[must_use]
            pub const fn plus(self, count: u64) -> Self {
                Self(self.0.saturating_add(count))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

/// The place of an event among those of its agent: 1, 2, 3 and so on without a gap.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Sequence(u64);

/// The place of an event in the whole log, of all agents together: 1, 2, 3 and so on.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Position(u64);

impl_count!(Sequence);
impl_count!(Position);

/// One event, by its agent and its sequence: the same in every copy of the log. Where the state has replicas each of them
/// has a log of its own, and it is its [dot](super::Dot) that an event has on all of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct EventPlace {
    /// Whose it is.
    pub agent: AgentKey,
    /// Which one.
    pub sequence: Sequence,
}

/// The event as what leads to a message.
impl From<EventPlace> for Cause {
    fn from(EventPlace { agent, sequence }: EventPlace) -> Self {
        Self { agent, sequence: sequence.number() }
    }
}

/// The event that led to a message.
impl From<&Cause> for EventPlace {
    fn from(Cause { agent, sequence }: &Cause) -> Self {
        Self { agent: agent.clone(), sequence: Sequence::new(*sequence) }
    }
}

impl fmt::Display for EventPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {} of {}", self.sequence, self.agent)
    }
}
