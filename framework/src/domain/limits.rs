//! What all agents of a domain together may use.

use serde::{Deserialize, Serialize};

/// What all agents of a domain together may use. 0 means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DomainLimits {
    /// Agents, each instance counted.
    pub agents: u64,
    /// Bytes of memory that its agents account for, in all.
    pub memory_bytes: u64,
    /// Messages per second, in all.
    pub messages_per_second: u64,
}

impl Default for DomainLimits {
    /// 10 agents, 4 GB, 100,000 messages per second: the numbers of the design.
    fn default() -> Self {
        Self { agents: 10, memory_bytes: 4_000_000_000, messages_per_second: 100_000 }
    }
}
