//! One change of the state of one agent, as it lies in a log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Answered, Dot, EventPlace, EventType, Json, Position, Replica, Sequence, Timestamp, VectorClock,
};
use crate::identity::AgentKey;

/// A change of the state of an agent, as it lies in a log.
///
/// It is kept under the agent's domain, name and instance; the version of the agent's code is no part of that, so an
/// upgraded agent has the history of the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StateEvent {
    /// Whose state changed.
    pub agent: AgentKey,
    /// Which change of it this is, from 1 and without gaps.
    pub sequence: Sequence,
    /// Where it stands in the log that it was read from. Another copy may have it elsewhere.
    pub position: Position,
    /// When it was decided, by the clock of the system that wrote it.
    pub timestamp: Timestamp,
    /// What kind of change it is, and in which form it was written.
    pub event_type: EventType,
    /// The change.
    pub data: Json,
    /// Which changes of which replica of the state went before; empty where there is one replica only.
    pub causality: VectorClock,
    /// Where it comes from.
    pub metadata: Metadata,
}

/// A change that is to be appended. The log gives it its sequence and its position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewEvent {
    /// When it was decided.
    pub timestamp: Timestamp,
    /// What kind of change it is.
    pub event_type: EventType,
    /// The change.
    pub data: Json,
    /// Which changes of which replica went before, this one included.
    pub causality: VectorClock,
    /// Where it comes from.
    pub metadata: Metadata,
}

/// Where an event comes from.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Metadata {
    /// The trace that it belongs to, as a W3C `traceparent`.
    #[serde(default)]
    pub trace: Option<String>,
    /// The event, of another agent as a rule, that led to it: it comes with the request that was decided on.
    #[serde(default)]
    pub cause: Option<EventPlace>,
    /// Who asked for it, if that is known: an agent, or a person with a tool.
    #[serde(default)]
    pub by: Option<String>,
    /// The request that it answers, if that came with a key, and the answer.
    #[serde(default)]
    pub answered: Option<Answered>,
    /// The replica that it happened on, where the state has replicas. What its cause says of sequences is true there.
    #[serde(default)]
    pub replica: Option<Replica>,
}

impl NewEvent {
    /// An event with nothing known of where it comes from.
    #[must_use]
    pub fn new(timestamp: Timestamp, event_type: EventType, data: Json) -> Self {
        Self { timestamp, event_type, data, causality: VectorClock::new(), metadata: Metadata::default() }
    }

    /// The event as it lies in a log, at this place.
    #[must_use]
    pub fn at(self, agent: AgentKey, sequence: Sequence, position: Position) -> StateEvent {
        let Self { timestamp, event_type, data, causality, metadata } = self;
        StateEvent { agent, sequence, position, timestamp, event_type, data, causality, metadata }
    }

    /// Its name where the state has replicas; `None` of one that does not say where it happened.
    #[must_use]
    pub fn dot(&self) -> Option<Dot> {
        dot(&self.metadata, &self.causality)
    }

    /// How many bytes of text it holds.
    #[must_use]
    pub fn size(&self) -> usize {
        size(&self.data, &self.metadata)
    }
}

impl StateEvent {
    /// Which event it is, in each copy of its log.
    #[must_use]
    pub fn place(&self) -> EventPlace {
        EventPlace { agent: self.agent.clone(), sequence: self.sequence }
    }

    /// Its name where the state has replicas; `None` of one that does not say where it happened.
    #[must_use]
    pub fn dot(&self) -> Option<Dot> {
        dot(&self.metadata, &self.causality)
    }

    /// How many bytes of text it holds: as many as when it was appended.
    #[must_use]
    pub fn size(&self) -> usize {
        size(&self.data, &self.metadata)
    }

    /// The event as it may be appended elsewhere.
    #[must_use]
    pub fn into_new(self) -> NewEvent {
        let Self { timestamp, event_type, data, causality, metadata, .. } = self;
        NewEvent { timestamp, event_type, data, causality, metadata }
    }
}

fn dot(metadata: &Metadata, causality: &VectorClock) -> Option<Dot> {
    let replica = metadata.replica.clone()?;
    let count = causality.get(&replica);
    (count > 0).then_some(Dot { replica, count })
}

fn size(data: &Json, metadata: &Metadata) -> usize {
    let Metadata { trace, by, answered, cause: _, replica } = metadata;
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let answer = answered.as_ref().map_or(0, |answered| match &answered.answer {
        super::RecordedAnswer::Reply(json) | super::RecordedAnswer::Refusal(json) => json.as_str().len(),
    });
    let replica = replica.as_ref().map_or(0, |replica| replica.as_str().len());
    data.as_str().len() + answer + text(trace) + text(by) + replica
}
