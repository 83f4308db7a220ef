//! One event as a row: written with a checksum over everything in it, and read back only if that is right.

use std::num::NonZeroU32;

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, Row};

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

/// Writes an event.
pub(super) fn insert(
    insertion: &mut CachedStatement<'_>,
    agent: Number,
    sequence: Sequence,
    position: Position,
    event: &NewEvent,
) -> Result<(), Fault> {
    let causality = (!event.causality.is_empty()).then(|| Json::of(&event.causality)).transpose();
    let metadata = (event.metadata != Metadata::default()).then(|| Json::of(&event.metadata)).transpose();
    let unwritable =
        |error: serde_json::Error| Fault::damaged(DamagedPlace::Event { position }, error.to_string());
    let (causality, metadata) = (causality.map_err(unwritable)?, metadata.map_err(unwritable)?);
    let fields = Fields {
        position: signed(position.number()),
        agent,
        sequence: signed(sequence.number()),
        time: signed(event.timestamp.as_micros()),
        name: event.event_type.name.as_str(),
        version: i64::from(event.event_type.version.get()),
        data: event.data.as_str(),
        causality: causality.as_ref().map(Json::as_str),
        metadata: metadata.as_ref().map(Json::as_str),
    };
    insertion.execute((
        fields.position,
        fields.agent,
        fields.sequence,
        fields.time,
        fields.name,
        fields.version,
        fields.data,
        fields.causality,
        fields.metadata,
        fields.checksum(),
    ))?;
    Ok(())
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
        name: needed(4)?,
        version: number(5)?,
        data: needed(6)?,
        causality: text(7)?,
        metadata: text(8)?,
    };
    let (written, found) = (number(9)?, fields.checksum());
    if written != i64::from(found) {
        return Err(format!("expected the checksum {written:08x}, got {found:08x}"));
    }
    fields.record()
}

/// What is in a row, without its checksum.
struct Fields<'a> {
    position: i64,
    agent: Number,
    sequence: i64,
    time: i64,
    name: &'a str,
    version: i64,
    data: &'a str,
    causality: Option<&'a str>,
    metadata: Option<&'a str>,
}

impl Fields<'_> {
    fn checksum(&self) -> u32 {
        let numbers = [self.position, self.agent, self.sequence, self.time, self.version];
        let checksum =
            numbers.into_iter().fold(Checksum::of("events"), |sum, number| sum.number(unsigned(number)));
        checksum.text(self.name).text(self.data).perhaps(self.causality).perhaps(self.metadata).value()
    }

    fn record(&self) -> Result<Record, String> {
        let version = u32::try_from(self.version).ok().and_then(NonZeroU32::new);
        let version = version.ok_or_else(|| format!("expected a version from 1, got {}", self.version))?;
        let name = EventName::new(self.name).map_err(|error| error.to_string())?;
        let data = Json::trusted(self.data);
        let event_type = EventType { name, version };
        let mut new = NewEvent::new(Timestamp::from_micros(unsigned(self.time)), event_type, data);
        if let Some(causality) = self.causality {
            new.causality = written::<VectorClock>(causality)?;
        }
        if let Some(metadata) = self.metadata {
            new.metadata = written(metadata)?;
        }
        let position = Position::new(unsigned(self.position));
        let sequence = Sequence::new(unsigned(self.sequence));
        Ok(Record { agent: self.agent, event: Unowned { position, sequence, new } })
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
