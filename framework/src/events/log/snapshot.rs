//! The state of an agent after one of its events, so that a restore need not begin at the first.

use std::error::Error;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::TooLarge;
use crate::events::{Json, Sequence, Timestamp, VectorClock};
use crate::identity::AgentKey;

/// The state of an agent after one of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Whose state it is.
    pub agent: AgentKey,
    /// The last event in it.
    pub sequence: Sequence,
    /// When it was taken, by the clock of the system that took it.
    pub timestamp: Timestamp,
    /// The version of its form.
    pub version: NonZeroU32,
    /// The version of the state, where it has replicas.
    pub causality: VectorClock,
    /// The state.
    pub state: Json,
}

/// Why a snapshot was not kept.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// It is of an event that the log does not have.
    #[error("expected a snapshot after one of the {last} events of {agent}, got one after event {sequence}")]
    Ahead {
        /// Whose state it is.
        agent: AgentKey,
        /// The last event in it.
        sequence: Sequence,
        /// The last event that the log has.
        last: Sequence,
    },
    /// It is larger than the log takes.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The log does not work at present, or has no room.
    #[error("the log does not work: {source}")]
    Unavailable {
        /// What the store said.
        source: Arc<dyn Error + Send + Sync>,
    },
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
}
