//! `agent_limits` and `domain_limits`: how much an agent and a domain may use.

use super::Section;
use crate::config::outline::Outline;
use crate::config::reader::Reader;
use crate::config::reading::{limit, parsed, whole};
use crate::config::value::{ByteSize, Limit, Rate};

/// How much one agent may use; what is not said is left to the wider place, and finally without a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentLimits {
    /// Memory.
    pub max_memory: Option<Limit<ByteSize>>,
    /// Processor time in hundredths of one core: 200 is two cores.
    pub max_cpu_shares: Option<Limit<u32>>,
    /// Messages that wait; a mailbox always has a bound.
    pub max_message_queue: Option<u32>,
    /// Tasks at one time.
    pub max_concurrent_tasks: Option<Limit<u32>>,
}

/// How much one domain may use; what is not said is left to the wider place, and finally without a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DomainLimits {
    /// Agents, instances counted.
    pub max_agents: Option<Limit<u32>>,
    /// Memory of all its agents.
    pub max_total_memory: Option<Limit<ByteSize>>,
    /// Messages to all its agents.
    pub message_rate_limit: Option<Limit<Rate>>,
}

impl AgentLimits {
    /// These limits, and those of `wider` where these say nothing.
    #[must_use]
    pub fn or(self, wider: Self) -> Self {
        Self {
            max_memory: self.max_memory.or(wider.max_memory),
            max_cpu_shares: self.max_cpu_shares.or(wider.max_cpu_shares),
            max_message_queue: self.max_message_queue.or(wider.max_message_queue),
            max_concurrent_tasks: self.max_concurrent_tasks.or(wider.max_concurrent_tasks),
        }
    }
}

impl DomainLimits {
    /// These limits, and those of `wider` where these say nothing.
    #[must_use]
    pub fn or(self, wider: Self) -> Self {
        Self {
            max_agents: self.max_agents.or(wider.max_agents),
            max_total_memory: self.max_total_memory.or(wider.max_total_memory),
            message_rate_limit: self.message_rate_limit.or(wider.message_rate_limit),
        }
    }
}

impl Section for AgentLimits {
    fn read(&mut self, at: &mut Reader<'_>) {
        at.some("max_memory", &mut self.max_memory, limit(parsed));
        at.some("max_cpu_shares", &mut self.max_cpu_shares, limit(whole(1..=u32::MAX)));
        at.some("max_message_queue", &mut self.max_message_queue, whole(1..=u32::MAX));
        at.some("max_concurrent_tasks", &mut self.max_concurrent_tasks, limit(whole(1..=u32::MAX)));
    }

    fn outline(&self) -> Outline {
        Outline::map()
            .maybe("max_memory", self.max_memory)
            .maybe("max_cpu_shares", self.max_cpu_shares)
            .maybe("max_message_queue", self.max_message_queue)
            .maybe("max_concurrent_tasks", self.max_concurrent_tasks)
    }
}

impl Section for DomainLimits {
    fn read(&mut self, at: &mut Reader<'_>) {
        at.some("max_agents", &mut self.max_agents, limit(whole(1..=u32::MAX)));
        at.some("max_total_memory", &mut self.max_total_memory, limit(parsed));
        at.some("message_rate_limit", &mut self.message_rate_limit, limit(parsed));
    }

    fn outline(&self) -> Outline {
        Outline::map()
            .maybe("max_agents", self.max_agents)
            .maybe("max_total_memory", self.max_total_memory)
            .maybe("message_rate_limit", self.message_rate_limit)
    }
}
