//! What is damaged in a log, and where.

use std::fmt;

use crate::events::{Position, Sequence};
use crate::identity::AgentKey;

/// Something in a log that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place} is damaged: {what}")]
pub struct Damage {
    /// Where.
    pub place: DamagedPlace,
    /// What is wrong: what was expected, and what came.
    pub what: String,
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
