//! What may be said to the resource governor. In all limits, 0 means none.

use mistersmith::identity::{AgentId, DomainName};
use mistersmith::replies;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NoSuchAgent;

/// The contract of the resource governor.
#[derive(Debug)]
pub struct ResourceGovernor;

/// What an agent, or a domain, may use.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Which one: a domain by its name alone.
    pub of: String,
}

/// What the domains and their agents use, as of the last look.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Of this domain; of all when left out.
    pub domain: Option<DomainName>,
}

/// Changes one limit, from the next message on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetLimit {
    /// Of which agent or domain.
    pub of: String,
    /// Which limit.
    pub limit: Limit,
    /// To how much; 0 means no limit, which a mailbox cannot have.
    pub value: u64,
}

/// The limits that were overstepped, oldest first, and what was done about it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Violations {
    /// Only those with a higher number.
    #[serde(default)]
    pub since: u64,
}

/// One of the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Bytes of memory that the agent accounts for; for a domain, of all its agents together.
    MemoryBytes,
    /// Of an agent: processor time in percent of one core.
    CpuPercent,
    /// Of an agent: tasks beside it.
    Tasks,
    /// Messages per second; for a domain, of all its agents together.
    MessagesPerSecond,
    /// Of an agent: messages that wait.
    Mailbox,
    /// Of a domain: agents, each instance counted.
    Agents,
}

/// What may be asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "each variant is the request of its name")]
pub enum Request {
    Limits(Limits),
    Usage(Usage),
    SetLimit(SetLimit),
    Violations(Violations),
}

/// What is answered.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    /// These are in force.
    Limits(Allowance),
    /// So much is used.
    Usage(Vec<DomainUsage>),
    /// These are in force since.
    Set(Allowance),
    /// These were overstepped.
    Violations(Vec<Violation>),
}

/// The limits of an agent or of a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Allowance {
    /// Those of one agent.
    Agent(AgentAllowance),
    /// Those of one domain.
    Domain(DomainAllowance),
}

/// The limits of one agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgentAllowance {
    /// Whose.
    pub id: AgentId,
    /// Bytes of memory that it accounts for. Beyond it the agent ends at its next accounting.
    pub memory_bytes: u64,
    /// Processor time in percent of one core. Beyond it, if it is less than one core, the agent is paced between
    /// two messages; if it is more, it is reported.
    pub cpu_percent: u64,
    /// Tasks beside it. Further ones are refused.
    pub tasks: u64,
    /// Messages per second. Further ones are refused.
    pub messages_per_second: u64,
    /// Messages that wait.
    pub mailbox: u64,
    /// While its domain is over its message rate: the lower rate that is in force instead.
    pub throttled_to: Option<u64>,
}

/// The limits of one domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DomainAllowance {
    /// Whose.
    pub domain: DomainName,
    /// Agents, each instance counted. Further ones are not started.
    pub agents: u64,
    /// Bytes of memory that all its agents account for together. Beyond it, for longer than one look, the agent with
    /// the most is suspended.
    pub memory_bytes: u64,
    /// Messages per second of all its agents together. Beyond it, for longer than one look, the rates of the
    /// busiest agents are lowered.
    pub messages_per_second: u64,
}

/// What one domain uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DomainUsage {
    /// What it may use.
    pub limits: DomainAllowance,
    /// Bytes of memory that its agents account for.
    pub memory_bytes: u64,
    /// Messages handled per second, between the last two looks.
    pub messages_per_second: u64,
    /// What is done about it at present; empty when nothing has to be.
    pub corrections: Vec<String>,
    /// Its agents.
    pub agents: Vec<AgentUsage>,
}

/// What one agent uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgentUsage {
    /// Which one.
    pub id: AgentId,
    /// Bytes of memory that it accounts for.
    pub memory_bytes: u64,
    /// Processor time in percent of one core, between the last two looks.
    pub cpu_percent: u64,
    /// The longest time, in microseconds, for which it did not yield: nothing can stop an agent meanwhile.
    pub longest_poll_micros: u64,
    /// Tasks that run beside it.
    pub tasks: u64,
    /// Messages that wait.
    pub queued: u64,
    /// Messages handled per second, between the last two looks.
    pub messages_per_second: u64,
    /// Messages and tasks that were refused because of a limit, ever.
    pub refused: u64,
}

/// A limit that was overstepped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Violation {
    /// They are numbered from 1.
    pub number: u64,
    /// When it was seen: milliseconds since the Unix epoch.
    pub wall_millis: u64,
    /// Whose limit: a domain, or the id of an agent.
    pub of: String,
    /// Which limit.
    pub limit: Limit,
    /// How much is allowed.
    pub allowed: u64,
    /// How much it was.
    pub used: u64,
    /// What was done.
    pub action: String,
}

/// Why the resource governor does not do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum Refusal {
    /// Nobody answers to what was given.
    #[error(transparent)]
    NoSuchAgent(NoSuchAgent),
    /// No such domain runs.
    #[error("no domain {domain} runs; there are: {}", .known.join(", "))]
    NoSuchDomain {
        /// What was given.
        domain: String,
        /// Those that run.
        known: Vec<String>,
    },
    /// What was named has no such limit.
    #[error("{of} has no such limit; it has: {}", .known.join(", "))]
    NoSuchLimit {
        /// What was given.
        of: String,
        /// The limits that it has.
        known: Vec<String>,
    },
    /// The value is none for the limit.
    #[error("expected {expected}, got {got}")]
    Value {
        /// What would be one.
        expected: String,
        /// What was given.
        got: u64,
    },
    /// The system is starting or ending.
    #[error("the system is starting or ending; try again when it runs")]
    NotReady,
}

replies! { ResourceGovernor refuses Refusal:
    Limits => Limits(Allowance),
    Usage => Usage(Vec<DomainUsage>),
    SetLimit => Set(Allowance),
    Violations => Violations(Vec<Violation>),
}
