//! One line of an exported log: written with its checksum, and read back only if that is right.

use std::num::NonZeroU32;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::events::{
    Answered, EventPlace, EventType, Json, Metadata, NewEvent, RecordedAnswer, Replica, RequestKey, Sequence,
    Snapshot, StateEvent, Timestamp, VectorClock,
};
use crate::identity::{AgentKey, AgentName, DomainName, InstanceId};

/// The version of the form that is written. Older ones are read; newer ones are refused.
pub(super) const VERSION: u32 = 1;

/// Why a line cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// It is no exported log.
    #[error("expected the first line of an exported log, {{\"mistersmith_events\":1}}, got {got:?}")]
    NotAnExport {
        /// The beginning of what came.
        got: String,
    },
    /// It was written by a newer version.
    #[error(
        "expected an export of version {VERSION} at most, got {found}; import it with the version that wrote it, or a newer one"
    )]
    Newer {
        /// The version that it has.
        found: u32,
    },
    /// It is not what was written.
    #[error("the line is damaged: expected the checksum {written}, got {found:08x}")]
    Checksum {
        /// What the line says.
        written: String,
        /// What it has.
        found: u32,
    },
    /// It has no checksum, or something in it is not what it should be.
    #[error("the line cannot be read: {what}")]
    Unreadable {
        /// What is wrong.
        what: String,
    },
}

/// What a line says.
#[derive(Debug)]
pub(super) enum Line {
    Event(Box<(AgentKey, Sequence, NewEvent)>),
    Snapshot(Box<Snapshot>),
    End(End),
}

/// How many lines there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    pub(super) events: u64,
    pub(super) snapshots: u64,
    /// Why there are no more, where that is because of damage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) damaged: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    mistersmith_events: u32,
}

#[derive(Serialize, Deserialize)]
struct Last {
    end: End,
}

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
    answered: Option<AnsweredLine>,
}

#[derive(Serialize, Deserialize)]
struct CauseLine {
    agent: String,
    sequence: u64,
}

#[derive(Serialize, Deserialize)]
struct AnsweredLine {
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

#[derive(Serialize, Deserialize)]
struct SnapshotLine {
    snapshot_of: String,
    sequence: u64,
    time: u64,
    version: NonZeroU32,
    #[serde(default, skip_serializing_if = "VectorClock::is_empty")]
    causality: VectorClock,
    state: Box<RawValue>,
}

pub(super) fn head() -> String {
    format!("{{\"mistersmith_events\":{VERSION}}}")
}

pub(super) fn read_head(line: &str) -> Result<(), LineError> {
    match serde_json::from_str::<Head>(line) {
        Ok(Head { mistersmith_events: 1..=VERSION }) => Ok(()),
        Ok(Head { mistersmith_events: found }) => Err(LineError::Newer { found }),
        Err(_) => Err(LineError::NotAnExport { got: line.chars().take(60).collect() }),
    }
}

pub(super) fn of_end(end: End) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Last { end })
}

pub(super) fn of_event(event: &StateEvent) -> Result<String, serde_json::Error> {
    let Metadata { trace, cause, by, answered, replica } = event.metadata.clone();
    let cause = cause.map(|EventPlace { agent, sequence }| CauseLine {
        agent: agent.to_string(),
        sequence: sequence.number(),
    });
    let answered = answered.map(|Answered { key, answer }| {
        let (reply, refusal) = match answer {
            RecordedAnswer::Reply(json) => (Some(raw(&json)?), None),
            RecordedAnswer::Refusal(json) => (None, Some(raw(&json)?)),
        };
        Ok(AnsweredLine { action: key.action().to_owned(), key: key.key().to_owned(), reply, refusal })
    });
    let line = EventLine {
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
        answered: answered.transpose()?,
    };
    sealed(&line)
}

pub(super) fn of_snapshot(snapshot: &Snapshot) -> Result<String, serde_json::Error> {
    sealed(&SnapshotLine {
        snapshot_of: snapshot.agent.to_string(),
        sequence: snapshot.sequence.number(),
        time: snapshot.timestamp.as_micros(),
        version: snapshot.version,
        causality: snapshot.causality.clone(),
        state: raw(&snapshot.state)?,
    })
}

/// JSON in a line has no line feeds; the text of a [`Json`] may, between its parts.
fn raw(json: &Json) -> Result<Box<RawValue>, serde_json::Error> {
    RawValue::from_string(json.as_str().replace(['\n', '\r'], " "))
}

/// The line with its checksum.
fn sealed(line: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string(line)?;
    text.pop();
    let crc = crc32fast::hash(text.as_bytes());
    text.push_str(&format!(",\"crc\":\"{crc:08x}\"}}"));
    Ok(text)
}

/// What a line says, after its checksum was found to be right.
pub(super) fn read(line: &str) -> Result<Line, LineError> {
    let line = line.trim_end();
    if line.starts_with("{\"end\":") {
        let Last { end } = serde_json::from_str(line).map_err(unreadable)?;
        return Ok(Line::End(end));
    }
    let no_checksum =
        || unreadable("expected an object that ends with its checksum, as \"crc\":\"1c291ca3\"");
    let (body, crc) = line.rsplit_once(",\"crc\":\"").ok_or_else(no_checksum)?;
    let written = crc.strip_suffix("\"}").ok_or_else(no_checksum)?;
    let found = crc32fast::hash(body.as_bytes());
    if u32::from_str_radix(written, 16) != Ok(found) {
        return Err(LineError::Checksum { written: written.to_owned(), found });
    }
    if line.starts_with("{\"snapshot_of\":") {
        return serde_json::from_str::<SnapshotLine>(line).map_err(unreadable)?.into_line();
    }
    serde_json::from_str::<EventLine>(line).map_err(unreadable)?.into_line()
}

fn unreadable(what: impl ToString) -> LineError {
    LineError::Unreadable { what: what.to_string() }
}

fn json(raw: &RawValue) -> Result<Json, LineError> {
    Json::parse(raw.get()).map_err(unreadable)
}

/// The agent that `domain/name#instance` says.
fn agent(text: &str) -> Result<AgentKey, LineError> {
    let wrong = || unreadable(format!("expected an agent as domain/name#uuid, got {text:?}"));
    let (domain, rest) = text.split_once('/').ok_or_else(wrong)?;
    let (name, instance) = rest.split_once('#').ok_or_else(wrong)?;
    Ok(AgentKey {
        domain: DomainName::new(domain).map_err(unreadable)?,
        name: AgentName::new(name).map_err(unreadable)?,
        instance: instance.parse::<InstanceId>().map_err(unreadable)?,
    })
}

impl EventLine {
    fn into_line(self) -> Result<Line, LineError> {
        let cause = self.cause.map(|CauseLine { agent: of, sequence }| {
            Ok(EventPlace { agent: agent(&of)?, sequence: Sequence::new(sequence) })
        });
        let answered = self.answered.map(|AnsweredLine { action, key, reply, refusal }| {
            let answer = match (reply, refusal) {
                (Some(reply), None) => RecordedAnswer::Reply(json(&reply)?),
                (None, Some(refusal)) => RecordedAnswer::Refusal(json(&refusal)?),
                _ => return Err(unreadable("expected a reply or a refusal in `answered`, one of them")),
            };
            Ok(Answered { key: RequestKey::new(action, key).map_err(unreadable)?, answer })
        });
        let Self { trace, by, replica, .. } = self;
        let (cause, answered) = (cause.transpose()?, answered.transpose()?);
        let metadata = Metadata { trace, cause, by, answered, replica };
        let event_type: EventType = self.event_type.parse().map_err(unreadable)?;
        let event = NewEvent {
            timestamp: Timestamp::from_micros(self.time),
            event_type,
            data: json(&self.data)?,
            causality: self.causality,
            metadata,
        };
        Ok(Line::Event(Box::new((agent(&self.agent)?, Sequence::new(self.sequence), event))))
    }
}

impl SnapshotLine {
    fn into_line(self) -> Result<Line, LineError> {
        Ok(Line::Snapshot(Box::new(Snapshot {
            agent: agent(&self.snapshot_of)?,
            sequence: Sequence::new(self.sequence),
            timestamp: Timestamp::from_micros(self.time),
            version: self.version,
            causality: self.causality,
            state: json(&self.state)?,
        })))
    }
}
