//! What may be said to the agent registry.

use mistersmith::identity::lifecycle::Stage;
use mistersmith::identity::{
    AgentId, AgentName, Capability, DomainName, Incarnation, InstanceId, Version, VersionRequirement,
};
use mistersmith::message::Address;
use mistersmith::registry::{Filter, Fitness, Health};
use mistersmith::replies;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NoSuchAgent;

/// The contract of the agent registry.
#[derive(Debug)]
pub struct AgentRegistry;

/// Lets an agent be found that is no process of this node, for as long as it says this again and again: with the
/// same instance it is a heartbeat, and what it says differently from before holds from then on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The domain it belongs to.
    pub domain: DomainName,
    /// What it is called there.
    pub name: AgentName,
    /// Which one it is. Left out the first time, one is drawn and returned.
    pub instance: Option<InstanceId>,
    /// Its version; 1.0.0 when left out.
    pub version: Option<Version>,
    /// What it can be asked for.
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    /// The NATS subject that it answers under; `agents.{domain}.{name}` when left out.
    pub subject: Option<String>,
    /// The queue group in which it shares work with others.
    pub queue_group: Option<String>,
}

/// Takes an agent out that was registered with [`Register`].
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deregister {
    /// Which one.
    pub instance: InstanceId,
}

/// Where an agent is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolve {
    /// `domain/name`, which means a healthy instance if there is one; a full id; or an instance.
    pub agent: String,
}

/// All agents that are meant. What is left out does not matter.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Discover {
    /// Of this domain.
    pub domain: Option<DomainName>,
    /// Of this name.
    pub name: Option<AgentName>,
    /// Answering the contract of this name.
    pub contract: Option<String>,
    /// With this capability.
    pub capability: Option<Capability>,
    /// In a version that will do, such as `^1.2`.
    pub version: Option<VersionRequirement>,
    /// In this health; any when left out.
    pub health: Option<Fitness>,
}

/// A healthy agent that can do this, each in turn.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindHealthy {
    /// What it can do.
    pub capability: Capability,
}

/// First the agents that are there, then every change, in order and without a gap.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// Of this domain.
    pub domain: Option<DomainName>,
    /// Of this name.
    pub name: Option<AgentName>,
    /// With this capability.
    pub capability: Option<Capability>,
}

/// What may be asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "each variant is the request of its name")]
pub enum Request {
    Register(Register),
    Deregister(Deregister),
    Resolve(Resolve),
    Discover(Discover),
    FindHealthy(FindHealthy),
    Watch(Watch),
}

/// What is answered.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    /// It can be found.
    Registered(Lease),
    /// It cannot be found any more.
    Deregistered(AgentId),
    /// Here it is.
    Resolved(AgentRecord),
    /// Here they are, by id.
    Found(Vec<AgentRecord>),
    /// One of them; null when none is healthy.
    Healthy(Option<AgentRecord>),
    /// One thing that changed.
    Changed(Change),
}

/// Being registered, for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lease {
    /// Who it is; its instance is to be given with every further [`Register`].
    pub id: AgentId,
    /// Which declaration of it this is.
    pub incarnation: Incarnation,
    /// Within how long it has to register again, in milliseconds.
    pub again_within_millis: u64,
    /// After how long without that it is unhealthy, in milliseconds.
    pub unhealthy_after_millis: u64,
    /// After how long without that it is taken out, in milliseconds.
    pub forgotten_after_millis: u64,
}

/// What is known of one agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgentRecord {
    /// Who it is.
    pub id: AgentId,
    /// Which start of it this is.
    pub incarnation: Incarnation,
    /// The contract that it answers; `external` for an agent that was registered with [`Register`].
    pub contract: String,
    /// What it can be asked for.
    pub capabilities: Vec<Capability>,
    /// Where it is.
    pub address: Address,
    /// Where in its life it is.
    pub stage: Stage,
    /// How it is.
    pub health: Health,
    /// When it was registered, in milliseconds since the system began.
    pub registered_at_millis: u64,
}

/// One change of what is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Change {
    /// An agent is there.
    Registered(AgentRecord),
    /// An incarnation of an agent is not there any more.
    Deregistered {
        /// Whose.
        id: AgentId,
        /// Which one.
        incarnation: Incarnation,
        /// How it left.
        reason: String,
    },
    /// An agent is in another stage of its life.
    StageChanged {
        /// Which agent.
        id: AgentId,
        /// The stage before.
        from: Stage,
        /// The stage since.
        to: Stage,
        /// Why.
        reason: String,
    },
    /// An agent is better or worse.
    HealthChanged {
        /// Which agent.
        id: AgentId,
        /// How it was.
        from: Health,
        /// How it is.
        to: Health,
    },
    /// The reader was too slow; so many changes are lost to it. Discover says what is true.
    Lagged {
        /// How many.
        missed: u64,
    },
}

/// Why the registry does not do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum Refusal {
    /// Nobody answers to what was given.
    #[error(transparent)]
    NoSuchAgent(NoSuchAgent),
    /// No such instance was registered with [`Register`].
    #[error(
        "no agent was registered under instance {instance}; one that runs in this node is drained instead"
    )]
    NotRegistered {
        /// The instance.
        instance: InstanceId,
    },
    /// The instance is another agent's.
    #[error("instance {instance} is that of {owner}; leave it out, and one is drawn")]
    Taken {
        /// The instance.
        instance: InstanceId,
        /// Whose it is.
        owner: String,
    },
    /// The subject is none to answer under.
    #[error("expected a NATS subject without wildcards, such as agents.data.store, got \"{subject}\"")]
    Subject {
        /// What was given.
        subject: String,
    },
    /// No more can be registered.
    #[error("{limit} agents are registered, and no more can be; deregister some")]
    Full {
        /// How many can be.
        limit: u32,
    },
    /// No more can watch.
    #[error("{limit} watch already, and no more can; let one of them end")]
    TooManyWatchers {
        /// How many can.
        limit: u64,
    },
}

replies! { AgentRegistry refuses Refusal:
    Register => Registered(Lease),
    Deregister => Deregistered(AgentId),
    Resolve => Resolved(AgentRecord),
    Discover => Found(Vec<AgentRecord>),
    FindHealthy => Healthy(Option<AgentRecord>),
    Watch => stream Changed(Change),
}

impl Discover {
    /// Which agents are meant, whatever their health.
    #[must_use]
    pub fn filter(&self) -> Filter {
        let Self { domain, name, contract, capability, version, .. } = self.clone();
        Filter { domain, name, contract, capability, version }
    }
}

impl Watch {
    /// Which agents are meant.
    #[must_use]
    pub fn filter(&self) -> Filter {
        let Self { domain, name, capability } = self.clone();
        Filter { domain, name, capability, ..Filter::default() }
    }
}
