//! The supervision tree as it travels.

use mistersmith::supervisor::{ChildState, ChildType, Flags, Node, Restart};
use serde::{Deserialize, Serialize};

use super::{AgentReport, ExitReport};

/// The answer of `GET /v1/tree`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreeReport {
    /// The name of the system.
    pub system: String,
    /// The process of the operating system that it runs in.
    pub pid: u32,
    /// The root, and everything below it.
    pub root: TreeNode,
}

/// One process of the tree, and everything below it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreeNode {
    /// What its supervisor knows of it.
    #[serde(flatten)]
    pub child: ChildReport,
    /// If it is a supervisor that runs: by which rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supervision: Option<SupervisionReport>,
    /// If it is an agent: what is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentReport>,
    /// Its children, in start order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<TreeNode>,
}

/// What a supervisor knows of a child.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChildReport {
    /// What it is called in its supervisor.
    pub child: String,
    /// Whether it works or has children.
    pub child_type: ChildType,
    /// Whether it has a process.
    pub process: ChildState,
    /// Whether it is started again when it ends.
    pub restart: Restart,
    /// How often it was restarted by its supervisor's present incarnation; for an agent, [`AgentReport::restarts`]
    /// counts on.
    pub restarts: u64,
    /// How long its present incarnation has run, in seconds.
    pub age_seconds: Option<f64>,
    /// How its last incarnation ended, if one has.
    pub last_exit: Option<ExitReport>,
    /// Whether an earlier process of it was killed and has not yielded: no other is started until it has.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub orphaned: bool,
    /// In how many seconds its next start is tried, if that was put off for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_seconds: Option<f64>,
}

/// By which rules a supervisor supervises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupervisionReport {
    /// Strategy, intensity and automatic shutdown.
    #[serde(flatten)]
    pub flags: Flags,
    /// How many restarts it may still make now.
    pub budget_left: u32,
}

impl From<&Node> for ChildReport {
    fn from(node: &Node) -> Self {
        Self {
            child: node.id.to_string(),
            child_type: node.child_type,
            process: node.state,
            restart: node.restart,
            restarts: node.restarts,
            age_seconds: node.age,
            last_exit: node.last_exit.as_ref().map(ExitReport::from),
            orphaned: node.orphaned,
            next_attempt_seconds: node.next_attempt,
        }
    }
}

impl TreeNode {
    /// The node as data, with what `agent_of` knows of those that are agents.
    pub(in crate::control) fn new(node: &Node, agent_of: &dyn Fn(&Node) -> Option<AgentReport>) -> Self {
        let supervision = node.flags.zip(node.budget_left);
        Self {
            child: ChildReport::from(node),
            supervision: supervision.map(|(flags, budget_left)| SupervisionReport { flags, budget_left }),
            agent: agent_of(node),
            children: node.children.iter().map(|child| Self::new(child, agent_of)).collect(),
        }
    }
}
