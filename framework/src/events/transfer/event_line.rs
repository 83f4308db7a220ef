//! An event as a line.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::sealed::{LineError, agent, json, raw, sealed, unreadable};
use crate::events::{
    Answered, EventPlace, EventType, KeptAnswer, Metadata, NewEvent, RecordedAnswer, Repeated, Replica,
    RequestKey, Sequence, StateEvent, Timestamp, VectorClock,
};
use crate::identity::AgentKey;

#[derive(Serialize, Deserialize)]
struct EventLine {
    position: u64,
    agent: String,
    sequence: u64,
    time: u64,
    #[serde(rename = "type")]
    event_type: String,
    data: Box<RawValue>,
    #[serde(default, skip_serializing_if = "VectorClock::is_empty")]
    causality: VectorClock,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<CauseLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replica: Option<Replica>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answered: Option<AnsweredPart>,
}

#[derive(Serialize, Deserialize)]
struct CauseLine {
    agent: String,
    sequence: u64,
}

/// A request and its answer, beside an event or in a line of its own.
#[derive(Serialize, Deserialize)]
struct AnsweredPart {
    action: String,
    key: String,
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    reply: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    refusal: Option<Box<RawValue>>,
}

/// An answer that has outlived its events.
#[derive(Serialize, Deserialize)]
struct AnswerLine {
    answer_of: String,
    sequence: u64,
    time: u64,
    action: String,
    key: String,
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    reply: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    refusal: Option<Box<RawValue>>,
}

/// What is there, `null` too: a reply may be that.
fn there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::deserialize(deserializer).map(Some)
}

pub(super) fn of_event(event: &StateEvent) -> Result<String, serde_json::Error> {
    let Metadata { trace, cause, by, answered, replica } = event.metadata.clone();
    let cause = cause.map(|EventPlace { agent, sequence }| CauseLine {
        agent: agent.to_string(),
        sequence: sequence.number(),
    });
    let answered = answered.map(|Answered { key, answer }| AnsweredPart::of(&key, &answer)).transpose()?;
    sealed(&EventLine {
        position: event.position.number(),
        agent: event.agent.to_string(),
        sequence: event.sequence.number(),
        time: event.timestamp.as_micros(),
        event_type: event.event_type.to_string(),
        data: raw(&event.data)?,
        causality: event.causality.clone(),
        trace,
        cause,
        by,
        replica,
        answered,
    })
}

pub(super) fn of_answer(agent: &AgentKey, answer: &KeptAnswer) -> Result<String, serde_json::Error> {
    let AnsweredPart { action, key, reply, refusal } =
        AnsweredPart::of(&answer.key, &answer.repeated.answer)?;
    sealed(&AnswerLine {
        answer_of: agent.to_string(),
        sequence: answer.repeated.sequence.number(),
        time: answer.given.as_micros(),
        action,
        key,
        reply,
        refusal,
    })
}

pub(super) fn read_event(line: &str) -> Result<(AgentKey, Sequence, NewEvent), LineError> {
    let line: EventLine = serde_json::from_str(line).map_err(unreadable)?;
    let cause = line.cause.map(|CauseLine { agent: of, sequence }| {
        Ok(EventPlace { agent: agent(&of)?, sequence: Sequence::new(sequence) })
    });
    let answered = line.answered.map(|answered| {
        let (key, answer) = answered.read()?;
        Ok(Answered { key, answer })
    });
    let (cause, answered) = (cause.transpose()?, answered.transpose()?);
    let metadata = Metadata { trace: line.trace, cause, by: line.by, answered, replica: line.replica };
    let event_type: EventType = line.event_type.parse().map_err(unreadable)?;
    let event = NewEvent {
        timestamp: Timestamp::from_micros(line.time),
        event_type,
        data: json(&line.data)?,
        causality: line.causality,
        metadata,
    };
    Ok((agent(&line.agent)?, Sequence::new(line.sequence), event))
}

pub(super) fn read_answer(line: &str) -> Result<(AgentKey, KeptAnswer), LineError> {
    let line: AnswerLine = serde_json::from_str(line).map_err(unreadable)?;
    let AnswerLine { action, key, reply, refusal, .. } = line;
    let (key, answer) = AnsweredPart { action, key, reply, refusal }.read()?;
    let repeated = Repeated { sequence: Sequence::new(line.sequence), answer };
    let answer = KeptAnswer { key, repeated, given: Timestamp::from_micros(line.time) };
    Ok((agent(&line.answer_of)?, answer))
}

impl AnsweredPart {
    fn of(key: &RequestKey, answer: &RecordedAnswer) -> Result<Self, serde_json::Error> {
        let (reply, refusal) = match answer {
            RecordedAnswer::Reply(json) => (Some(raw(json)?), None),
            RecordedAnswer::Refusal(json) => (None, Some(raw(json)?)),
        };
        Ok(Self { action: key.action().to_owned(), key: key.key().to_owned(), reply, refusal })
    }

    fn read(self) -> Result<(RequestKey, RecordedAnswer), LineError> {
        let answer = match (self.reply, self.refusal) {
            (Some(reply), None) => RecordedAnswer::Reply(json(&reply)?),
            (None, Some(refusal)) => RecordedAnswer::Refusal(json(&refusal)?),
            _ => return Err(unreadable("expected a reply or a refusal of an answered request, one of them")),
        };
        Ok((RequestKey::new(self.action, self.key).map_err(unreadable)?, answer))
    }
}
