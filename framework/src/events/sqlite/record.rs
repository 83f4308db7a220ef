//! One event as a row: written with a checksum over everything in it, and read back only if that is right.

use std::borrow::Cow;
use std::num::NonZeroU32;

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, Row};
use serde::{Deserialize, Serialize};

use super::checksum::Checksum;
use super::fault::Fault;
use crate::events::{
    DamagedPlace, EventName, EventType, Json, Metadata, NewEvent, Position, Sequence, StateEvent, Timestamp,
    VectorClock,
};
use crate::identity::AgentKey;

const COLUMNS: &str = "position, agent, sequence, time, type, version, data, causality, metadata, crc";

/// The number of an agent in this file.
pub(super) type Number = i64;

/// An event as a row, its agent by number.
pub(super) struct Record {
    pub(super) agent: Number,
    pub(super) event: Unowned,
}

/// An event without its agent's key.
pub(super) struct Unowned {
    pub(super) position: Position,
    pub(super) sequence: Sequence,
    pub(super) new: NewEvent,
}

impl Unowned {
    pub(super) fn of(self, agent: &AgentKey) -> StateEvent {
        self.new.at(agent.clone(), self.sequence, self.position)
    }
}

/// Prepares the writing of events; for use within one transaction.
pub(super) fn insertion(connection: &Connection) -> rusqlite::Result<CachedStatement<'_>> {
    connection.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
}

/// Prepares the reading of events by a condition on their position.
pub(super) fn selection<'a>(
    connection: &'a Connection,
    condition: &str,
) -> rusqlite::Result<CachedStatement<'a>> {
    connection.prepare_cached(&format!("SELECT {COLUMNS} FROM events WHERE {condition}"))
}

/// Reads the event in a row.
pub(super) fn read(row: &Row<'_>) -> Result<Record, Fault> {
    let position: i64 = row.get(0)?;
    let position = Position::new(unsigned(position));
    read_fields(row).map_err(|what| Fault::damaged(DamagedPlace::Event { position }, what))
}

fn read_fields(row: &Row<'_>) -> Result<Record, String> {
    let wrong = |error: rusqlite::Error| error.to_string();
    let text = |index| match row.get_ref(index).map_err(wrong)? {
        ValueRef::Null => Ok(None),
        value => value.as_str().map(Some).map_err(|error| error.to_string()),
    };
    let needed = |index| text(index)?.ok_or_else(|| "expected a text, got none".to_owned());
    let number = |index| row.get::<_, i64>(index).map_err(wrong);
    let fields = Fields {
        position: number(0)?,
        agent: number(1)?,
        sequence: number(2)?,
        time: number(3)?,
        name: needed(4)?.into(),
        version: number(5)?,
        data: needed(6)?.into(),
        causality: text(7)?.map(Cow::from),
        metadata: text(8)?.map(Cow::from),
    };
    let (written, found) = (number(9)?, fields.checksum());
    if written != i64::from(found) {
        return Err(format!("expected the checksum {written:08x}, got {found:08x}"));
    }
    fields.record()
}

/// What is in a row, without its checksum.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fields<'a> {
    position: i64,
    agent: Number,
    sequence: i64,
    time: i64,
    #[serde(borrow)]
    name: Cow<'a, str>,
    version: i64,
    #[serde(borrow)]
    data: Cow<'a, str>,
    causality: Option<Cow<'a, str>>,
    metadata: Option<Cow<'a, str>>,
}

impl<'a> Fields<'a> {
    /// Of an event at its place.
    pub(super) fn of(
        agent: Number,
        sequence: Sequence,
        position: Position,
        event: &'a NewEvent,
    ) -> Result<Self, Fault> {
        let unwritable =
            |error: serde_json::Error| Fault::damaged(DamagedPlace::Event { position }, error.to_string());
        let causality = (!event.causality.is_empty()).then(|| serde_json::to_string(&event.causality));
        let metadata =
            (event.metadata != Metadata::default()).then(|| serde_json::to_string(&event.metadata));
        Ok(Self {
            position: signed(position.number()),
            agent,
            sequence: signed(sequence.number()),
            time: signed(event.timestamp.as_micros()),
            name: event.event_type.name.as_str().into(),
            version: i64::from(event.event_type.version.get()),
            data: event.data.as_str().into(),
            causality: causality.transpose().map_err(unwritable)?.map(Cow::from),
            metadata: metadata.transpose().map_err(unwritable)?.map(Cow::from),
        })
    }

    pub(super) fn position(&self) -> Position {
        Position::new(unsigned(self.position))
    }

    pub(super) fn is_of(&self, agent: Number) -> bool {
        self.agent == agent
    }

    /// Writes the row, with its checksum.
    pub(super) fn insert(&self, insertion: &mut CachedStatement<'_>) -> Result<(), Fault> {
        insertion.execute((
            self.position,
            self.agent,
            self.sequence,
            self.time,
            &*self.name,
            self.version,
            &*self.data,
            self.causality.as_deref(),
            self.metadata.as_deref(),
            self.checksum(),
        ))?;
        Ok(())
    }

    fn checksum(&self) -> u32 {
        let numbers = [self.position, self.agent, self.sequence, self.time, self.version];
        let checksum =
            numbers.into_iter().fold(Checksum::of("events"), |sum, number| sum.number(unsigned(number)));
        let checksum = checksum.text(&self.name).text(&self.data);
        checksum.perhaps(self.causality.as_deref()).perhaps(self.metadata.as_deref()).value()
    }

    /// The event in it.
    pub(super) fn record(&self) -> Result<Record, String> {
        let version = u32::try_from(self.version).ok().and_then(NonZeroU32::new);
        let version = version.ok_or_else(|| format!("expected a version from 1, got {}", self.version))?;
        let name = EventName::new(&*self.name).map_err(|error| error.to_string())?;
        let data = Json::trusted(&self.data);
        let event_type = EventType { name, version };
        let mut new = NewEvent::new(Timestamp::from_micros(unsigned(self.time)), event_type, data);
        if let Some(causality) = &self.causality {
            new.causality = written::<VectorClock>(causality)?;
        }
        if let Some(metadata) = &self.metadata {
            new.metadata = written(metadata)?;
        }
        let sequence = Sequence::new(unsigned(self.sequence));
        Ok(Record { agent: self.agent, event: Unowned { position: self.position(), sequence, new } })
    }
}

/// What was written as JSON.
pub(super) fn written<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// SQLite's integers have a sign; the bits are the same.
pub(super) const fn signed(number: u64) -> i64 {
    number.cast_signed()
}

/// The number whose bits SQLite kept.
pub(super) const fn unsigned(number: i64) -> u64 {
    number.cast_unsigned()
}
