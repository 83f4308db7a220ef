//! What may be said to the lifecycle manager.

use mistersmith::identity::lifecycle::AgentState;
use mistersmith::identity::{AgentId, AgentName, DomainName, Incarnation, Version};
use mistersmith::replies;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NoSuchAgent;

/// The contract of the lifecycle manager.
#[derive(Debug)]
pub struct LifecycleManager;

/// Starts one more instance of an agent that a running domain knows, or the first one of an agent that starts on
/// demand. When it has handled nothing for the idle timeout, it is drained and forgotten.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spawn {
    /// The domain.
    pub domain: DomainName,
    /// The agent.
    pub agent: AgentName,
    /// In this version; in the newest that is known when left out.
    pub version: Option<Version>,
}

/// Lets an agent finish what waits for it, then ends it for good.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drain {
    /// Which one.
    pub agent: String,
    /// Why; what it refuses meanwhile says it too.
    pub reason: Option<String>,
    /// How long it may take, in milliseconds; 30,000 when left out.
    pub within_millis: Option<u64>,
}

/// Stops an agent after the message in hand; what waits stays, what comes is refused with the reason.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suspend {
    /// Which one.
    pub agent: String,
    /// Why.
    pub reason: String,
}

/// Lets a suspended agent go on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// Which one.
    pub agent: String,
}

/// Ends an agent for good after the message in hand; what waits comes back to its senders.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terminate {
    /// Which one.
    pub agent: String,
}

/// Where in its life an agent is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Which one.
    pub agent: String,
}

/// Starts the agent in another version beside the old one, then drains the old one. The new one has an instance of
/// its own: what the old one kept only in memory is gone with it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upgrade {
    /// Which one.
    pub agent: String,
    /// To this version; to the newest that is known when left out, which may be the one that runs.
    pub version: Option<Version>,
    /// How long draining the old one may take, in milliseconds; 30,000 when left out.
    pub within_millis: Option<u64>,
}

/// What may be asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "each variant is the request of its name")]
pub enum Request {
    Spawn(Spawn),
    Drain(Drain),
    Suspend(Suspend),
    Resume(Resume),
    Terminate(Terminate),
    State(State),
    Upgrade(Upgrade),
}

/// What is answered.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    /// It runs.
    Spawned(AgentId),
    /// It has ended.
    Drained(Drained),
    /// It is suspended.
    Suspended(AgentId),
    /// It goes on.
    Resumed(AgentId),
    /// It has ended.
    Terminated(AgentId),
    /// Here it is.
    Status(AgentStatus),
    /// The new one runs, the old one has ended.
    Upgraded(Upgraded),
}

/// How a drain ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drained {
    /// Who was drained.
    pub id: AgentId,
    /// Whether everything that waited was handled; what was not has come back to its senders.
    pub finished: bool,
}

/// How an upgrade ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Upgraded {
    /// The new one.
    pub started: AgentId,
    /// The old one.
    pub drained: Drained,
}

/// Where in its life an agent is, and how much it has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgentStatus {
    /// Who it is.
    pub id: AgentId,
    /// Which start of it this is.
    pub incarnation: Incarnation,
    /// Where it is.
    pub state: AgentState,
    /// The messages that wait.
    pub queued: u64,
    /// The messages handled by all its incarnations.
    pub handled: u64,
    /// For an agent that was spawned here: how long it has handled nothing, in milliseconds, at the last look.
    pub idle_millis: Option<u64>,
}

/// Why the lifecycle manager does not do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum Refusal {
    /// Nobody answers to what was given.
    #[error(transparent)]
    NoSuchAgent(NoSuchAgent),
    /// No such domain runs.
    #[error("no domain {domain} runs; there are: {}", .known.join(", "))]
    NoSuchDomain {
        /// What was given.
        domain: DomainName,
        /// Those that run.
        known: Vec<String>,
    },
    /// The domain knows no such agent, or none of this version.
    #[error("domain {domain} knows no agent {wanted}; it knows: {}", .known.join(", "))]
    NotKnown {
        /// The domain.
        domain: DomainName,
        /// What was given, as name@version.
        wanted: String,
        /// What it knows, as name@version.
        known: Vec<String>,
    },
    /// It was not started, and nothing has changed.
    #[error("not started: {reason}")]
    NotStarted {
        /// Why.
        reason: String,
    },
    /// It is in a state in which that means nothing.
    #[error("{agent} is {stage}; expected {expected}")]
    WrongStage {
        /// Which agent.
        agent: String,
        /// What it is.
        stage: String,
        /// What it would have to be.
        expected: String,
    },
    /// It would be done to the one who does it.
    #[error("the lifecycle manager cannot do that to itself; use the command line or the control API")]
    Itself,
    /// So many drains and upgrades run already.
    #[error("{limit} drains and upgrades run, and no more can; try again when one of them has ended")]
    Busy {
        /// How many can.
        limit: u64,
    },
    /// The system is starting or ending.
    #[error("the system is starting or ending; try again when it runs")]
    NotReady,
}

replies! { LifecycleManager refuses Refusal:
    Spawn => Spawned(AgentId),
    Drain => Drained(Drained),
    Suspend => Suspended(AgentId),
    Resume => Resumed(AgentId),
    Terminate => Terminated(AgentId),
    State => Status(AgentStatus),
    Upgrade => Upgraded(Upgraded),
}
