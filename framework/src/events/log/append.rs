//! What is appended to a log, what comes back, and why it may not be taken.

use std::error::Error;
use std::sync::Arc;

use super::{LogLimits, TooLarge};
use crate::events::{Damage, NewEvent, Position, Repeated, Sequence};
use crate::identity::AgentKey;

/// Events of one agent that are to be appended together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// Whose they are.
    pub agent: AgentKey,
    /// The last event that the writer knows of: what it decided was decided on the state after that one.
    pub expected: Sequence,
    /// The events, at least one.
    pub events: Vec<NewEvent>,
}

/// Where the events lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The last of them among the agent's.
    pub sequence: Sequence,
    /// The last of them in the log.
    pub position: Position,
}

/// Why nothing was appended.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Somebody else has appended meanwhile: read what came, and decide again.
    #[error(
        "expected event {expected} to be the last of {agent}, got {found}; read what came and decide again"
    )]
    Conflict {
        /// Whose events they are.
        agent: AgentKey,
        /// The last event that the writer knew of.
        expected: Sequence,
        /// The last event that there is.
        found: Sequence,
    },
    /// A request with this key was answered before: give that answer.
    #[error("the request was answered before, with event {}", repeated.sequence)]
    Repeated {
        /// The answer that it got.
        repeated: Box<Repeated>,
    },
    /// There was nothing in it.
    #[error("expected at least one event to append, got none")]
    Empty,
    /// It is larger than the log takes.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// There is no room on the disk.
    #[error("the log has no room: {source}")]
    Full {
        /// What the store said.
        source: Arc<dyn Error + Send + Sync>,
    },
    /// What it would have to stand on is damaged.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The log does not work at present.
    #[error("the log does not work: {source}")]
    Unavailable {
        /// What the store said.
        source: Arc<dyn Error + Send + Sync>,
    },
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
    /// The log ended with the events in hand: they may have been appended.
    #[error("the log ended with the events in hand; they may have been appended, or not")]
    Unknown,
}

impl Append {
    /// Events of `agent` that follow its event `expected`.
    #[must_use]
    pub fn new(agent: AgentKey, expected: Sequence, events: impl IntoIterator<Item = NewEvent>) -> Self {
        Self { agent, expected, events: events.into_iter().collect() }
    }

    /// Whether a log with such limits may take it.
    ///
    /// # Errors
    /// When there is nothing in it, or too much.
    pub fn check(&self, limits: LogLimits) -> Result<(), AppendError> {
        if self.events.is_empty() {
            return Err(AppendError::Empty);
        }
        TooLarge::check("events in one append", self.events.len(), limits.append_events)?;
        for event in &self.events {
            TooLarge::check("bytes in one event", event.size(), limits.event_bytes)?;
            TooLarge::check(
                "replicas in one vector clock",
                event.causality.iter().count(),
                limits.clock_replicas,
            )?;
        }
        Ok(())
    }
}
