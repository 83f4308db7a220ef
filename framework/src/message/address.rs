//! Where an agent is reached, as data: people and other nodes read it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How to reach an agent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// In this process.
    InProcess,
    /// On another node of the cluster.
    Node {
        /// The node's name.
        name: String,
    },
    /// By a NATS subject.
    Nats {
        /// The subject, such as `agents.data_persistence.kv_cache.store`.
        subject: String,
        /// The queue group that shares the work, if one does.
        queue_group: Option<String>,
    },
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InProcess => f.write_str("in this process"),
            Self::Node { name } => write!(f, "on node {name}"),
            Self::Nats { subject, queue_group: None } => write!(f, "NATS {subject}"),
            Self::Nats { subject, queue_group: Some(group) } => write!(f, "NATS {subject} (group {group})"),
        }
    }
}
