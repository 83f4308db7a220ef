//! What may be said to the health monitor.

use mistersmith::identity::AgentId;
use mistersmith::registry::Health as Condition;
use mistersmith::replies;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NoSuchAgent;

/// The contract of the health monitor.
#[derive(Debug)]
pub struct HealthMonitor;

/// How one agent is, and by which signs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// Which one.
    pub agent: String,
}

/// How everybody is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Report;

/// First how everybody is, then every change.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Watch;

/// From which signs on an agent is degraded.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Thresholds;

/// Changes from which signs on an agent is degraded, from the next look on. What is left out stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetThresholds {
    /// How full a mailbox is, in percent: 1 to 100.
    pub mailbox_percent: Option<u32>,
    /// How long the oldest message has waited, in milliseconds; at least 1.
    pub oldest_millis: Option<u64>,
    /// How many ends in error there are within the window; at least 1.
    pub errors: Option<u32>,
    /// How many restarts there are within the window, for whatever reason; at least 1.
    pub restarts: Option<u32>,
    /// The window, in milliseconds; at least 1.
    pub window_millis: Option<u64>,
    /// After how many looks without any of these signs an agent is well again; at least 1.
    pub calm_looks: Option<u32>,
}

/// What may be asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "each variant is the request of its name")]
pub enum Request {
    Health(Health),
    Report(Report),
    Watch(Watch),
    Thresholds(Thresholds),
    SetThresholds(SetThresholds),
}

/// What is answered.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    /// How it is.
    Health(AgentHealth),
    /// How everybody is.
    Report(SystemHealth),
    /// One agent is better or worse.
    Changed(Change),
    /// From these signs on.
    Thresholds(Levels),
    /// From these signs on, since.
    Set(Levels),
}

/// From which signs on an agent is degraded. Any one of them is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Levels {
    /// Its mailbox is so full, in percent.
    pub mailbox_percent: u32,
    /// The oldest message has waited so long, in milliseconds, seen at looks.
    pub oldest_millis: u64,
    /// It has ended in error so often within the window.
    pub errors: u32,
    /// It was restarted so often within the window, for whatever reason.
    pub restarts: u32,
    /// The window, in milliseconds.
    pub window_millis: u64,
    /// For so many looks one after the other none of these may be so before it is well again.
    pub calm_looks: u32,
}

impl Default for Levels {
    /// A mailbox 80 % full, a message 30 s old, 3 errors or 3 restarts in 60 s; well again after 2 looks.
    fn default() -> Self {
        Self {
            mailbox_percent: 80,
            oldest_millis: 30_000,
            errors: 3,
            restarts: 3,
            window_millis: 60_000,
            calm_looks: 2,
        }
    }
}

/// How one agent is, and by which signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgentHealth {
    /// Which one.
    pub id: AgentId,
    /// How it is.
    pub condition: Condition,
    /// Whether work is sent there.
    pub fit: bool,
    /// The signs.
    pub signs: Signs,
}

/// What an agent's health is judged by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signs {
    /// How full its mailbox is, in percent.
    pub mailbox_percent: u32,
    /// How long its oldest message has waited at least, in milliseconds, as seen at looks.
    pub oldest_millis: u64,
    /// How often it has ended in error within the window.
    pub errors: u32,
    /// How often it was restarted within the window.
    pub restarts: u32,
}

/// How everybody is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SystemHealth {
    /// Whether every domain runs and every agent is fit.
    pub ready: bool,
    /// Why not.
    pub reasons: Vec<String>,
    /// The agents, in start order.
    pub agents: Vec<AgentHealth>,
}

/// One agent is better or worse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Change {
    /// It is so now.
    Is {
        /// Which agent.
        id: AgentId,
        /// How it is.
        condition: Condition,
    },
    /// It is gone.
    Gone {
        /// Which agent.
        id: AgentId,
    },
    /// The reader was too slow; so many changes are lost to it. The report says what is true.
    Lagged {
        /// How many.
        missed: u64,
    },
}

/// Why the health monitor does not do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum Refusal {
    /// Nobody answers to what was given.
    #[error(transparent)]
    NoSuchAgent(NoSuchAgent),
    /// The value is none for this threshold.
    #[error("expected {threshold} to be {expected}, got {got}")]
    Value {
        /// The threshold.
        threshold: String,
        /// What would be one.
        expected: String,
        /// What was given.
        got: u64,
    },
    /// No more can watch.
    #[error("{limit} watch already, and no more can; let one of them end")]
    TooManyWatchers {
        /// How many can.
        limit: u64,
    },
    /// The system is starting or ending.
    #[error("the system is starting or ending; try again when it runs")]
    NotReady,
}

replies! { HealthMonitor refuses Refusal:
    Health => Health(AgentHealth),
    Report => Report(SystemHealth),
    Watch => stream Changed(Change),
    Thresholds => Thresholds(Levels),
    SetThresholds => Set(Levels),
}
