//! What is done to an agent, as it travels.

use mistersmith::identity::lifecycle::Stage;
use serde::{Deserialize, Serialize};

/// The answer of `POST /v1/agents/{selector}/kill`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KillReport {
    /// The agent.
    pub agent: String,
    /// Whether there was a process to kill; what follows is its supervisor's decision.
    pub killed: bool,
}

/// The body of `POST /v1/agents/{selector}/drain`; may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrainRequest {
    /// Why; `drained by hand` unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How long what waits may take, in milliseconds; 30,000 unless said otherwise, at most 600,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_ms: Option<u64>,
}

/// The answer of `POST /v1/agents/{selector}/drain`, when the agent has ended for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrainReport {
    /// The agent.
    pub agent: String,
    /// Whether everything that waited was handled in time; what was not came back to those who had sent it.
    pub drained: bool,
}

/// The body of `POST /v1/agents/{selector}/suspend`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuspendRequest {
    /// Why; whoever asks the agent is told.
    pub reason: String,
}

/// The answer of `POST /v1/agents/{selector}/suspend` and of `…/resume`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageReport {
    /// The agent.
    pub agent: String,
    /// The stage that it is in now.
    pub stage: Stage,
}
