//! The supervision tree as it was, as it travels.

use std::time::Duration;

use mistersmith::supervisor::{ChildState, ChildType, PastNode, Restart};
use serde::{Deserialize, Serialize};

/// A moment that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PastMoment {
    /// When the event of this number happened; what that led to came after it.
    Event(u64),
    /// So long ago.
    Ago(Duration),
}

/// The answer of `GET /v1/past`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastReport {
    /// The name of the system.
    pub system: String,
    /// The process of the operating system that it runs in.
    pub pid: u32,
    /// The moment, in seconds since the system began.
    pub at: f64,
    /// The root as it was, and everything below it.
    pub root: PastProcess,
}

/// One process of the tree as it was, and everything below it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastProcess {
    /// What it was called in its supervisor.
    pub child: String,
    /// Whether it worked or had children.
    pub child_type: ChildType,
    /// Whether it had a process.
    pub process: ChildState,
    /// Whether it was started again when it ended.
    pub restart: Restart,
    /// Since when it had been so, in seconds since the system began, if that is still known.
    pub since: Option<f64>,
    /// Its children, in the order in which they were added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<PastProcess>,
}

impl From<&PastNode> for PastProcess {
    fn from(node: &PastNode) -> Self {
        Self {
            child: node.id.to_string(),
            child_type: node.child_type,
            process: node.state,
            restart: node.restart,
            since: node.since,
            children: node.children.iter().map(Self::from).collect(),
        }
    }
}
