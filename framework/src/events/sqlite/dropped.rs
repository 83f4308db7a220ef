//! Up to where events of the log were dropped, and up to where that is missed by those who do not ask for lives.

use rusqlite::{Connection, OptionalExtension};

use super::checksum::Checksum;
use super::fault::Fault;
use super::index::{self, index_damage};
use super::record::{signed, unsigned};
use super::schema;
use crate::events::Position;

/// Up to where events were dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dropped {
    /// Of any agent.
    pub(super) all: Position,
    /// Of states: who reads all events misses them.
    pub(super) missed: Position,
}

impl Dropped {
    /// When events up to this position were dropped, too.
    pub(super) fn and(self, position: Position, is_of_life: bool) -> Self {
        let missed = if is_of_life { self.missed } else { self.missed.max(position) };
        Self { all: self.all.max(position), missed }
    }

    /// Writes it, with the position up to which events are in the index; within a transaction.
    pub(super) fn write(self, connection: &Connection, indexed: Position) -> Result<(), Fault> {
        index::write_state(connection, indexed, self.all)?;
        let (missed, all) = (signed(self.missed.number()), signed(self.all.number()));
        connection.execute(schema::MISSED, [])?;
        let mut replace =
            connection.prepare_cached("INSERT OR REPLACE INTO missed VALUES (1, ?1, ?2, ?3)")?;
        replace.execute((missed, all, checksum(missed, all)))?;
        Ok(())
    }

    /// Reads it; up to `all`, events were dropped.
    pub(super) fn read(connection: &Connection, all: Position) -> Result<Self, Fault> {
        if !connection.table_exists(None, "missed")? {
            return Ok(Self { all, missed: all });
        }
        let row = connection.query_row("SELECT position, compacted, crc FROM missed", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        });
        let Some((missed, for_all, crc)) = row.optional()? else { return Ok(Self { all, missed: all }) };
        if crc != i64::from(checksum(missed, for_all)) {
            return Err(index_damage("what is missed is not what was written".to_owned()));
        }
        let missed = if unsigned(for_all) == all.number() { Position::new(unsigned(missed)) } else { all };
        Ok(Self { all, missed })
    }
}

fn checksum(missed: i64, all: i64) -> u32 {
    Checksum::of("missed").number(unsigned(missed)).number(unsigned(all)).value()
}
