//! What may be said to the agents of this domain; the domain's border.
//!
//! Where a request names an agent of this node, it takes `name`, `domain/name`, `domain/name#2` of several instances, a full
//! id, or the first four or more characters of the instance's UUID.

pub mod agent_registry;
pub mod lifecycle_manager;
pub mod resource_governor;
pub mod health_monitor;

use mistersmith::system::UnknownAgent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// No agent, or more than one, answers to what was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum NoSuchAgent {
    /// None does.
    #[error("no agent answers to \"{wanted}\"; there are: {}", .known.join(", "))]
    None {
        /// What was given.
        wanted: String,
        /// The agents there are, at most [`NoSuchAgent::LISTED`] of them.
        known: Vec<String>,
    },
    /// Several do.
    #[error("\"{wanted}\" means several agents: {}; say which", .matching.join(", "))]
    Several {
        /// What was given.
        wanted: String,
        /// The agents it means, at most [`NoSuchAgent::LISTED`] of them.
        matching: Vec<String>,
    },
}

impl NoSuchAgent {
    /// How many agents a refusal lists.
    pub const LISTED: usize = 64;
}

impl From<UnknownAgent> for NoSuchAgent {
    fn from(unknown: UnknownAgent) -> Self {
        let first = |mut agents: Vec<String>| {
            agents.truncate(Self::LISTED);
            agents
        };
        match unknown {
            UnknownAgent::None { wanted, known } => Self::None { wanted, known: first(known) },
            UnknownAgent::Several { wanted, matching } => Self::Several { wanted, matching: first(matching) },
        }
    }
}
