//! Dropping events that no restore needs any more.

use std::error::Error;
use std::sync::Arc;

use crate::events::{Damage, Sequence, Timestamp};
use crate::identity::AgentKey;

/// Which events of an agent are to be dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compaction {
    /// Whose.
    pub agent: AgentKey,
    /// The last one to be dropped. There has to be a snapshot after it, or after a later one.
    pub up_to: Sequence,
    /// Answers to requests with a key are kept when they were given at this time or later, though their events go; a
    /// request that is repeated after that is done again.
    pub keep_answers_since: Timestamp,
}

/// What was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Compacted {
    /// So many events.
    pub events: u64,
    /// So many snapshots.
    pub snapshots: u64,
    /// So many answers.
    pub answers: u64,
}

/// Why nothing was dropped.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompactError {
    /// A restore would have nothing to begin from.
    #[error("expected a snapshot of {agent} after event {up_to} or a later one, got none; take one first")]
    NoSnapshot {
        /// Whose events were to be dropped.
        agent: AgentKey,
        /// The last one to be dropped.
        up_to: Sequence,
    },
    /// What a restore would begin from is damaged.
    #[error(transparent)]
    Damaged(#[from] Damage),
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
