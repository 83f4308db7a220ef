//! Which events are to be read, and a page of them.

use std::error::Error;
use std::sync::Arc;

use crate::events::{Damage, EventName, Position, Sequence, StateEvent, Timestamp};
use crate::identity::AgentKey;

/// Which events are to be read, and in which order.
///
/// ```
/// use mistersmith::events::{EventName, Position, Query, Timestamp};
///
/// let closed_today = Query::all(Position::START)
///     .of_type(EventName::new("Closed")?)
///     .since(Timestamp::from_micros(1_700_000_000_000_000))
///     .limit(100);
/// # let _ = closed_today;
/// # Ok::<(), mistersmith::events::EventTypeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Among which events, and from where on.
    pub scope: Scope,
    /// Only those of this kind.
    pub event_type: Option<EventName>,
    /// Only those written at this time or later.
    pub since: Option<Timestamp>,
    /// Only those written at this time or earlier.
    pub until: Option<Timestamp>,
    /// At most so many on a page; fewer if the log's limits say so.
    pub limit: usize,
}

/// Among which events is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of all agents, in the order of their positions.
    All {
        /// Only those after this one.
        after: Position,
        /// Whether events that a compaction has dropped may be missing; if not, that is an error.
        gaps: bool,
    },
    /// Those of one agent, in the order of their sequences.
    Agent {
        /// The agent.
        key: AgentKey,
        /// Only those after this one.
        after: Sequence,
        /// Only those up to this one.
        until: Sequence,
    },
}

/// Some events, and how to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The events, in order.
    pub events: Vec<StateEvent>,
    /// What to read for what follows, now or later on.
    pub next: Query,
    /// Whether there is nothing more at present. A page may be empty without that: what was looked at was not asked
    /// for.
    pub at_end: bool,
}

/// Why nothing was read.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The next event is damaged.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The next events are no longer kept: restore a snapshot, and read on from there.
    #[error("events up to position {up_to} were compacted; read after it, or with gaps")]
    Compacted {
        /// The last position of which that is true.
        up_to: Position,
    },
    /// The agent's next events are no longer kept: restore a snapshot, and read on from there.
    #[error("events of {agent} up to {up_to} were compacted; restore a snapshot and read after it")]
    CompactedOf {
        /// The agent.
        agent: AgentKey,
        /// The last of its events of which that is true.
        up_to: Sequence,
    },
    /// The log does not work at present.
    #[error("the log does not work: {source}")]
    Unavailable {
        /// What the store said.
        source: Arc<dyn Error + Send + Sync>,
    },
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
}

impl Query {
    /// The events of all agents after this position.
    #[must_use]
    pub fn all(after: Position) -> Self {
        Self::among(Scope::All { after, gaps: false })
    }

    /// The events of one agent after this one.
    #[must_use]
    pub fn of(agent: AgentKey, after: Sequence) -> Self {
        Self::among(Scope::Agent { key: agent, after, until: Sequence::END })
    }

    fn among(scope: Scope) -> Self {
        Self { scope, event_type: None, since: None, until: None, limit: usize::MAX }
    }

    /// Where a compaction has dropped events, reads those that are left. Of one agent, it changes nothing.
    #[must_use]
    pub fn with_gaps(mut self) -> Self {
        if let Scope::All { gaps, .. } = &mut self.scope {
            *gaps = true;
        }
        self
    }

    /// Only the events of the agent up to this one. Of all agents, it changes nothing.
    #[must_use]
    pub fn up_to(mut self, last: Sequence) -> Self {
        if let Scope::Agent { until, .. } = &mut self.scope {
            *until = last;
        }
        self
    }

    /// Only events of this kind.
    #[must_use]
    pub fn of_type(self, name: EventName) -> Self {
        Self { event_type: Some(name), ..self }
    }

    /// Only events written at this time or later.
    #[must_use]
    pub fn since(self, time: Timestamp) -> Self {
        Self { since: Some(time), ..self }
    }

    /// Only events written at this time or earlier.
    #[must_use]
    pub fn until(self, time: Timestamp) -> Self {
        Self { until: Some(time), ..self }
    }

    /// At most so many on a page, and one at least.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit: limit.max(1), ..self }
    }

    /// Whether an event within its scope is one of those asked for.
    #[must_use]
    pub fn takes(&self, event: &StateEvent) -> bool {
        self.event_type.as_ref().is_none_or(|name| *name == event.event_type.name)
            && self.since.is_none_or(|since| since <= event.timestamp)
            && self.until.is_none_or(|until| event.timestamp <= until)
    }

    /// Whether it asks for events of lives, and not for whatever there is.
    pub(in crate::events) fn is_of_life(&self) -> bool {
        self.event_type.as_ref().is_some_and(EventName::is_of_life)
    }

    /// The same events, from after this one on.
    #[must_use]
    pub fn after(&self, event: &StateEvent) -> Self {
        let mut next = self.clone();
        match &mut next.scope {
            Scope::All { after, .. } => *after = event.position,
            Scope::Agent { after, .. } => *after = event.sequence,
        }
        next
    }
}
