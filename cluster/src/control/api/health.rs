//! Readiness as it travels.

use serde::{Deserialize, Serialize};

/// The answer of `GET /v1/health`: status 200 when the system is ready, 503 when it is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthReport {
    /// Whether every domain runs, and every agent is healthy.
    pub ready: bool,
    /// Why not, a line each; empty when it is ready.
    pub reasons: Vec<String>,
    /// What is not as it was specified because somebody wanted that, a line each: agents that were ended by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The name of the system.
    pub system: String,
    /// The process of the operating system that it runs in.
    pub pid: u32,
    /// The version of this interface.
    pub api_version: u32,
}
