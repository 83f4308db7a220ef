//! Why the state of an agent could not be made from its log.

use super::snapshots::UselessSnapshot;
use crate::events::{EventPlace, EventType, ReadError, Replica, Sequence, Timestamp};
use crate::identity::AgentKey;

/// Why a state could not be made.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoverError {
    /// An event cannot be applied. It needs a [correction](super::correct), or another version of the agent.
    #[error(transparent)]
    Poison(#[from] Box<Poison>),
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Events that it needs were compacted, and the snapshot that stands for them cannot be used.
    #[error(transparent)]
    Snapshot(#[from] Box<UselessSnapshot>),
    /// The time is before what is known: the events were compacted, and the snapshot that stands for them was taken later.
    #[error(transparent)]
    TooEarly(#[from] Box<TooEarly>),
    /// It has replicas, and how their updates become one state was not said.
    #[error(
        "{place} happened on {replica}, others did elsewhere: use what takes the resolution of its replicas \
         (`recover_replica`, `ConvergedHistory`)"
    )]
    HasReplicas {
        /// An event that happened elsewhere than the ones before it.
        place: EventPlace,
        /// Where it happened.
        replica: Replica,
    },
    /// It is to have replicas, and an event does not say on which it happened.
    #[error("{place} does not say on which replica it happened; it was written before the agent had any")]
    NoReplica {
        /// The event.
        place: EventPlace,
    },
    /// An event of a replica is there, and one that it knew of is not before it.
    #[error("{place} knew of events that are not before it in the log")]
    Incomplete {
        /// The event.
        place: EventPlace,
    },
}

/// An event that cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{place} ({event_type}) cannot be applied: {reason}; correct it, or run a version of the agent that can"
)]
pub struct Poison {
    /// Which event.
    pub place: EventPlace,
    /// What it is.
    pub event_type: EventType,
    /// What is wrong.
    pub reason: String,
}

/// A time of which no state can be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the state of {agent} at {} cannot be told: its events up to {compacted} were compacted, and the snapshot after \
     event {sequence} that stands for them was taken at {}; ask for that time, or for a later one",
    time.utc(),
    taken.utc()
)]
#[non_exhaustive]
pub struct TooEarly {
    /// Whose state was asked for.
    pub agent: AgentKey,
    /// The time that was asked for.
    pub time: Timestamp,
    /// The last event that is gone.
    pub compacted: Sequence,
    /// The last event in the snapshot.
    pub sequence: Sequence,
    /// When the snapshot was taken: the earliest time of which a state can be told.
    pub taken: Timestamp,
}
