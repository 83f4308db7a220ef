//! What replicas say to each other, and how much of it is listened to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cell::{Cell, Digest};
use crate::events::{NewEvent, VectorClock};
use crate::identity::AgentKey;

/// Something that one replica says to another.
///
/// Each stands for itself: it may be lost, come twice, or come after what was said later, and nothing is worse than that
/// another exchange is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// Of these cells I have this. Answered with what differs: with their parts, or with [`Message::Versions`].
    Compare(Vec<(Cell, Digest)>),
    /// In this cell I have these agents in these versions, and no others. Answered with what I lack, and with what the
    /// other lacks.
    Versions {
        /// The cell.
        cell: Cell,
        /// The agents in it.
        agents: Vec<(AgentKey, VectorClock)>,
    },
    /// Of these agents I have seen so much. Answered with what there is beyond that.
    Want(Vec<(AgentKey, VectorClock)>),
    /// This happened.
    Events {
        /// Whose events they are.
        agent: AgentKey,
        /// The events, causes before effects; none where others are to be asked for one by one.
        events: Vec<NewEvent>,
        /// Whether there are more, to be asked for.
        more: bool,
    },
}

/// How much is listened to, and said at most at once. Looked at before anything is done with a message; how many bytes
/// of a message are decoded at all is up to whoever carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeLimits {
    /// Cells compared in one message: 256.
    pub cells: usize,
    /// Agents in one message: 256.
    pub agents: usize,
    /// Replicas in one version: 256.
    pub replicas: usize,
    /// Bytes of the name of a replica: 256.
    pub name_bytes: usize,
    /// Events in one message: 256.
    pub events: usize,
    /// Bytes of the events in one message, but for the first, and of those in all answers to one message: 1 MiB.
    pub bytes: usize,
    /// Messages to one peer in one round, after which the rest is left to the next: 65,536.
    pub messages: usize,
}

/// Why a message is not listened to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// There is too much in it.
    #[error(
        "expected at most {limit} {what} in a message of a replica, got {size}; the limits have to be the same on all"
    )]
    TooLarge {
        /// What is counted.
        what: &'static str,
        /// How much came.
        size: usize,
        /// How much may come.
        limit: usize,
    },
    /// It is of an agent that has no place there.
    #[error("expected agents of {cell:?}, got {agent}; replicas have to hash alike")]
    Misplaced {
        /// The cell.
        cell: Cell,
        /// The agent.
        agent: AgentKey,
    },
    /// An event does not say where it happened, or is not in its own version.
    #[error("expected events that say on which replica they happened, got one of {agent} that does not")]
    Unnamed {
        /// Whose event it is.
        agent: AgentKey,
    },
}

impl Default for ExchangeLimits {
    fn default() -> Self {
        Self {
            cells: 256,
            agents: 256,
            replicas: 256,
            name_bytes: 256,
            events: 256,
            bytes: 1 << 20,
            messages: 1 << 16,
        }
    }
}

impl Message {
    /// Whether it may be listened to.
    ///
    /// # Errors
    /// When there is too much in it, or something that has no place there.
    pub fn check(&self, limits: ExchangeLimits) -> Result<(), MessageError> {
        match self {
            Self::Compare(cells) => at_most("cells", cells.len(), limits.cells),
            Self::Versions { cell, agents } => {
                check_versions(agents, limits)?;
                match agents.iter().find(|(agent, _)| !cell.contains(agent)) {
                    Some((agent, _)) => Err(MessageError::Misplaced { cell: *cell, agent: agent.clone() }),
                    None => Ok(()),
                }
            }
            Self::Want(agents) => check_versions(agents, limits),
            Self::Events { agent, events, .. } => check_events(agent, events, limits),
        }
    }
}

fn check_versions(agents: &[(AgentKey, VectorClock)], limits: ExchangeLimits) -> Result<(), MessageError> {
    at_most("agents", agents.len(), limits.agents)?;
    agents.iter().try_for_each(|(_, version)| check_version(version, limits))
}

fn check_version(version: &VectorClock, limits: ExchangeLimits) -> Result<(), MessageError> {
    at_most("replicas in a version", version.iter().count(), limits.replicas)?;
    let longest = version.iter().map(|(replica, _)| replica.as_str().len()).max();
    at_most("bytes in the name of a replica", longest.unwrap_or(0), limits.name_bytes)
}

fn check_events(agent: &AgentKey, events: &[NewEvent], limits: ExchangeLimits) -> Result<(), MessageError> {
    at_most("events", events.len(), limits.events)?;
    let bytes: usize = events.iter().skip(1).map(NewEvent::size).sum();
    at_most("bytes of events", bytes, limits.bytes)?;
    for event in events {
        check_version(&event.causality, limits)?;
        if event.dot().is_none() {
            return Err(MessageError::Unnamed { agent: agent.clone() });
        }
    }
    Ok(())
}

fn at_most(what: &'static str, size: usize, limit: usize) -> Result<(), MessageError> {
    if size <= limit { Ok(()) } else { Err(MessageError::TooLarge { what, size, limit }) }
}
