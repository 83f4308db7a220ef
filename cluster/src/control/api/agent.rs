//! Agents as they travel: what is known of each, and what each can be asked.

use mistersmith::agent::{Control, Limits, Usage, WhenFull};
use mistersmith::contract::{ReplyKind, RequestInfo};
use mistersmith::identity::lifecycle::Stage;
use mistersmith::registry::Health;
use serde::{Deserialize, Serialize};

use super::{ChildReport, EventReport};

/// The answer of `GET /v1/agents`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentList {
    /// All agents, in start order, whether they run or not.
    pub agents: Vec<AgentEntry>,
}

/// An agent, with what its supervisor knows of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentEntry {
    /// What is known of it.
    #[serde(flatten)]
    pub agent: AgentReport,
    /// What its supervisor knows of it; nothing while its domain is down.
    #[serde(flatten)]
    pub child: Option<ChildReport>,
}

/// The answer of `GET /v1/agents/{selector}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentDetail {
    /// The agent.
    #[serde(flatten)]
    pub entry: AgentEntry,
    /// What it can be asked.
    pub actions: Vec<ActionReport>,
    /// The newest events of the history that concern it, oldest first.
    pub events: Vec<EventReport>,
}

/// What is known of an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentReport {
    /// Who it is: `domain/name@1.2.3#uuid`.
    pub agent: String,
    /// Its domain.
    pub domain: String,
    /// Its name there.
    pub name: String,
    /// Which one of that name it is: a UUID.
    pub instance: String,
    /// The version of its code.
    pub version: String,
    /// The contract that it answers.
    pub contract: String,
    /// What else it can do.
    pub capabilities: Vec<String>,
    /// How often it was started.
    pub incarnation: u64,
    /// Where it is in its life.
    pub stage: Stage,
    /// Why, in the stages that somebody chose or something caused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why it was ended by hand, if it was: no restart brings it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// How it is; nothing while it is not registered.
    pub health: Option<Health>,
    /// How many messages wait.
    pub queued: usize,
    /// How many may.
    pub capacity: usize,
    /// What happens to the next message when there are so many.
    pub when_full: WhenFull,
    /// How many messages came back, were shed, or were too late.
    pub dead_letters: u64,
    /// How many messages were handled, by all incarnations.
    pub handled: u64,
    /// What it may use.
    pub limits: Limits,
    /// What it has used.
    pub usage: Usage,
}

/// One thing that an agent can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionReport {
    /// What it is called.
    pub action: String,
    /// Whether it is answered once or by a stream.
    pub kind: ReplyKind,
}

impl AgentReport {
    /// How often it was started again, whatever became of its supervisor meanwhile.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.incarnation.saturating_sub(1)
    }

    /// What `control`, its system and the registry say.
    pub(in crate::control) fn new(
        control: &dyn Control,
        ended: Option<String>,
        health: Option<Health>,
    ) -> Self {
        let (id, facts) = (control.id(), control.facts());
        Self {
            agent: id.to_string(),
            domain: id.domain.to_string(),
            name: id.name.to_string(),
            instance: id.instance.to_string(),
            version: id.version.to_string(),
            contract: facts.contract,
            capabilities: facts.capabilities.iter().map(ToString::to_string).collect(),
            incarnation: facts.incarnation.number(),
            stage: facts.state.stage(),
            reason: facts.state.reason().map(str::to_owned),
            ended,
            health,
            queued: facts.queued,
            capacity: facts.capacity,
            when_full: facts.when_full,
            dead_letters: facts.dead_letters,
            handled: facts.handled,
            limits: facts.limits,
            usage: facts.usage,
        }
    }
}

impl From<&RequestInfo> for ActionReport {
    fn from(request: &RequestInfo) -> Self {
        Self { action: request.action().to_owned(), kind: request.kind() }
    }
}
