//! One round of appends as bytes: its length, its checksum, and the rows.

use std::io;
use std::sync::Arc;

use crc32fast::Hasher;
use serde::{Deserialize, Serialize};

use crate::events::sqlite::fault::Fault;
use crate::events::sqlite::record::{Fields, Number, Record};
use crate::events::{DamagedPlace, Position};
use crate::identity::AgentKey;

/// Before the rows come their length and the checksum, four bytes each.
pub(super) const PREFIX: usize = 8;

/// So many bytes are made room for at first, for each event.
const USUAL: usize = 192;

/// What one round adds to the tables.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::events::sqlite) struct Addition<'a> {
    /// How many changes of the tables went before it that are no events.
    pub(in crate::events::sqlite) changes: u64,
    /// Agents that are new.
    pub(in crate::events::sqlite) agents: Vec<(Number, AgentKey)>,
    /// Events, by position.
    #[serde(borrow)]
    pub(in crate::events::sqlite) events: Vec<Fields<'a>>,
}

/// One round, written.
#[derive(Debug)]
pub(in crate::events::sqlite) struct Frame {
    first: Position,
    last: Position,
    changes: u64,
    bytes: Vec<u8>,
}

impl Frame {
    /// Of a round with at least one event.
    pub(in crate::events::sqlite) fn of(addition: &Addition<'_>) -> Result<Self, Fault> {
        let mut bytes = Vec::with_capacity(PREFIX + USUAL * addition.events.len());
        bytes.resize(PREFIX, 0);
        let first = addition.events.first().map(Fields::position).unwrap_or_default();
        let last = addition.events.last().map(Fields::position).unwrap_or_default();
        let written = rmp_serde::encode::write(&mut bytes, addition);
        written.map_err(|error| {
            Fault::damaged(DamagedPlace::Event { position: first }, format!("it cannot be written: {error}"))
        })?;
        if u32::try_from(bytes.len()).is_err() {
            let what = format!("a round of {} bytes is larger than any may be", bytes.len());
            return Err(Fault::Broken(Arc::new(io::Error::other(what))));
        }
        Ok(Self { first, last, changes: addition.changes, bytes })
    }

    /// From these bytes, which include the prefix and have the right checksum.
    pub(super) fn read(bytes: Vec<u8>) -> io::Result<Self> {
        let frame = Self { first: Position::START, last: Position::START, changes: 0, bytes };
        let unreadable = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let rows = frame.bytes.get(PREFIX..).unwrap_or_default();
        let addition: Addition<'_> =
            rmp_serde::from_slice(rows).map_err(|error| unreadable(&error.to_string()))?;
        let (Some(first), Some(last)) = (addition.events.first(), addition.events.last()) else {
            return Err(unreadable("expected a round of events, got none"));
        };
        let (first, last, changes) = (first.position(), last.position(), addition.changes);
        Ok(Self { first, last, changes, ..frame })
    }

    /// The position of its first event.
    pub(in crate::events::sqlite) fn first(&self) -> Position {
        self.first
    }

    /// The position of its last event.
    pub(in crate::events::sqlite) fn last(&self) -> Position {
        self.last
    }

    /// How many changes of the tables went before it that are no events.
    pub(in crate::events::sqlite) fn changes(&self) -> u64 {
        self.changes
    }

    /// How many bytes it has.
    pub(in crate::events::sqlite) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// What it adds.
    pub(in crate::events::sqlite) fn addition(&self) -> Result<Addition<'_>, Fault> {
        let rows = self.bytes.get(PREFIX..).unwrap_or_default();
        rmp_serde::from_slice(rows).map_err(|error| self.unreadable(error.to_string()))
    }

    /// Its events from this position on, of one agent or of all.
    pub(in crate::events::sqlite) fn records(
        &self,
        from: Position,
        of: Option<Number>,
    ) -> Result<Vec<Record>, Fault> {
        let addition = self.addition()?;
        let wanted = |event: &&Fields<'_>| event.position() >= from && of.is_none_or(|of| event.is_of(of));
        let records = addition.events.iter().filter(wanted).map(|event| {
            let place = DamagedPlace::Event { position: event.position() };
            event.record().map_err(|what| Fault::damaged(place, what))
        });
        records.collect()
    }

    fn unreadable(&self, what: String) -> Fault {
        Fault::damaged(DamagedPlace::Event { position: self.first }, what)
    }

    /// Writes length and checksum before the rows; the checksum goes on from that of the frame `before`, so that no frame is
    /// taken for the next one but the next one. Says the checksum, and gives all of it.
    pub(super) fn seal(&mut self, before: u32) -> (u32, &[u8]) {
        let length = u32::try_from(self.bytes.len() - PREFIX).unwrap_or(u32::MAX).to_le_bytes();
        let sum = checksum(before, length, &self.bytes[PREFIX..]);
        self.bytes[..4].copy_from_slice(&length);
        self.bytes[4..PREFIX].copy_from_slice(&sum.to_le_bytes());
        (sum, &self.bytes)
    }
}

/// The checksum of a frame that follows the one with the checksum `before`.
pub(super) fn checksum(before: u32, length: [u8; 4], rows: &[u8]) -> u32 {
    let mut sum = Hasher::new_with_initial(before);
    sum.update(&length);
    sum.update(rows);
    sum.finalize()
}
