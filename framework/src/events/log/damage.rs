//! What is damaged in a log, where, and what can be done about it.

use std::fmt;
use std::sync::Arc;

use crate::events::{Position, Sequence};
use crate::identity::AgentKey;

/// Something in a log that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where.
    pub place: DamagedPlace,
    /// What is wrong: what was expected, and what came.
    pub what: String,
    /// In which log, and how much of that can be read.
    pub log: Option<Arc<DamagedLog>>,
}

/// A log in which something is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedLog {
    /// What it is called: the path of its file, if it is in one.
    pub name: String,
    /// The last event before which nothing is damaged, in the order of positions; [`Position::START`] when not even
    /// the first one can be read.
    pub readable: Position,
}

/// A place in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamagedPlace {
    /// An event, by its position in the log.
    Event {
        /// Its position.
        position: Position,
    },
    /// An event of an agent that should be there and cannot be found.
    EventOf {
        /// The agent.
        agent: AgentKey,
        /// The sequence of the event.
        sequence: Sequence,
    },
    /// A snapshot.
    Snapshot {
        /// Of this agent.
        agent: AgentKey,
        /// Of the state after this event.
        sequence: Sequence,
    },
    /// The answer to a request that was made with a key.
    Answer {
        /// By this agent.
        agent: AgentKey,
    },
    /// Who the agents are.
    Agents,
    /// What helps to find events; it can be made again from them.
    Index,
    /// The file as a whole.
    File,
}

impl Damage {
    /// Damage at this place, of which only that is known.
    #[must_use]
    pub fn new(place: DamagedPlace, what: impl Into<String>) -> Self {
        Self { place, what: what.into(), log: None }
    }

    /// Damage in this log.
    #[must_use]
    pub fn in_log(self, log: Arc<DamagedLog>) -> Self {
        Self { log: Some(log), ..self }
    }
}

impl std::error::Error for Damage {}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, what, log } = self;
        let Some(DamagedLog { name, readable }) = log.as_deref() else {
            return write!(f, "{place} is damaged: {what}");
        };
        write!(f, "{name}: {place} is damaged: {what}; ")?;
        if *readable == Position::START {
            return f.write_str("not even its first event can be read: restore a backup");
        }
        write!(
            f,
            "events up to position {readable} can be read: restore a backup, or export those and import them into a \
             new log"
        )
    }
}

impl fmt::Display for DamagedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event { position } => write!(f, "the event at position {position}"),
            Self::EventOf { agent, sequence } => write!(f, "event {sequence} of {agent}"),
            Self::Snapshot { agent, sequence } => write!(f, "the snapshot of {agent} after event {sequence}"),
            Self::Answer { agent } => write!(f, "a recorded answer of {agent}"),
            Self::Agents => f.write_str("the list of agents"),
            Self::Index => f.write_str("the index"),
            Self::File => f.write_str("the file"),
        }
    }
}
