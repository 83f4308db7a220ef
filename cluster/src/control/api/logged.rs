//! What the event log has of an agent, as it travels.

use std::collections::BTreeMap;

use mistersmith::events::{AgentEvent, Json, LifeChange, StateEvent};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Which events of an agent are wanted: the query of `GET /v1/agents/{selector}/events`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggedQuery {
    /// Only those after this one of its state; what happened in its life is left out then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Only those up to this one of its state; what happened in its life is left out then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<u64>,
    /// Only those written at this time or later, in microseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_micros: Option<u64>,
    /// Only those written at this time or earlier, in microseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_micros: Option<u64>,
    /// Only those of this kind.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// Whether the stream goes on with what comes.
    #[serde(default)]
    pub follow: bool,
}

/// Which state of an agent is wanted: the query of `GET /v1/agents/{selector}/state`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateQuery {
    /// That after this event; the present one when nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<u64>,
    /// That at this time, in microseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_micros: Option<u64>,
}

/// A line of the answer of `GET /v1/agents/{selector}/events`.
#[derive(Clone, Debug)]
pub enum LoggedItem {
    /// The events before those that follow are not kept any more.
    Dropped(DroppedEvents),
    /// An event.
    Event(Box<LoggedEvent>),
}

/// Says of an agent that the log has its first events no more: a compaction has dropped them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DroppedEvents {
    /// The last event that was dropped; those that follow begin after it.
    pub dropped_up_to: u64,
    /// Whether that is said of the agent's life; otherwise it is said of its state.
    pub life: bool,
}

/// One event of an agent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoggedEvent {
    /// Where it stands in the log.
    pub position: u64,
    /// Whose it is, as `domain/name#instance`.
    pub agent: String,
    /// Which one of the agent's it is.
    pub sequence: u64,
    /// Whether it is of the agent's life; otherwise it is of its state.
    pub life: bool,
    /// When it was written, in microseconds since the Unix epoch.
    pub time_micros: u64,
    /// Its kind, and the version of the form of its data: `PaidIn@2`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// What happened.
    pub data: Box<RawValue>,
    /// The version of the state, by replica, where there are several.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub causality: BTreeMap<String, u64>,
    /// The trace that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The event that led to it, in words: `event 3 of bank/account#…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The request that it answers, if that came with a key: action and key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<(String, String)>,
}

/// The answer of `GET /v1/agents/{selector}/state`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StateReport {
    /// Whose it is, as `domain/name#instance`.
    pub agent: String,
    /// The last event in it; 0 when there is none.
    pub sequence: u64,
    /// The state.
    pub state: Box<RawValue>,
}

impl LoggedItem {
    /// What the log has, or has no more, as it travels.
    ///
    /// # Errors
    /// When the data of the event is no JSON.
    pub fn new(event: &AgentEvent) -> Result<Self, serde_json::Error> {
        match event {
            AgentEvent::Dropped { life, up_to } => {
                Ok(Self::Dropped(DroppedEvents { dropped_up_to: up_to.number(), life: *life }))
            }
            AgentEvent::Event(event) => LoggedEvent::new(event).map(|event| Self::Event(Box::new(event))),
        }
    }

    /// What a line says.
    ///
    /// # Errors
    /// When it says neither.
    pub fn parse(line: &str) -> Result<Self, serde_json::Error> {
        match serde_json::from_str(line) {
            Ok(dropped) => Ok(Self::Dropped(dropped)),
            Err(_) => serde_json::from_str(line).map(|event| Self::Event(Box::new(event))),
        }
    }

    /// Its line.
    ///
    /// # Errors
    /// When it has no form in JSON, which does not happen.
    pub fn to_line(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::Dropped(dropped) => serde_json::to_string(dropped),
            Self::Event(event) => serde_json::to_string(event),
        }
    }
}

impl LoggedEvent {
    /// The event as it travels.
    ///
    /// # Errors
    /// When its data is no JSON.
    pub fn new(event: &StateEvent) -> Result<Self, serde_json::Error> {
        let metadata = event.metadata.clone();
        Ok(Self {
            position: event.position.number(),
            agent: event.agent.to_string(),
            sequence: event.sequence.number(),
            life: event.event_type.name.as_str() == LifeChange::NAME,
            time_micros: event.timestamp.as_micros(),
            event_type: event.event_type.to_string(),
            data: raw(&event.data)?,
            causality: event.causality.iter().map(|(replica, count)| (replica.to_string(), count)).collect(),
            trace: metadata.trace,
            cause: metadata.cause.map(|cause| cause.to_string()),
            by: metadata.by,
            answers: metadata
                .answered
                .map(|answered| (answered.key.action().to_owned(), answered.key.key().to_owned())),
        })
    }
}

impl StateReport {
    /// The state of an agent as it travels.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn new(
        agent: &mistersmith::identity::AgentKey,
        past: &mistersmith::events::PastState,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self { agent: agent.to_string(), sequence: past.sequence.number(), state: raw(&past.state)? })
    }
}

/// On one line, whatever stood between the parts of the text.
fn raw(json: &Json) -> Result<Box<RawValue>, serde_json::Error> {
    RawValue::from_string(json.as_str().replace(['\n', '\r'], " "))
}
