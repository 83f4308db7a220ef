//! Which log this is, and how often its tables were changed otherwise than by applying the redo log: by a snapshot, a
//! compaction, a beginning.
//!
//! A round in the redo log says how many such changes there were before it. One that is missing, because the end of SQLite's
//! write-ahead log is, is so noticed: what was appended after it does not follow what is in the tables.

use rusqlite::{Connection, OptionalExtension};

use super::checksum::Checksum;
use super::fault::Fault;
use super::index::index_damage;
use super::record::{signed, unsigned};

/// What the redo log of a log is known by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// A random number, the log's own: what lies beside it may be of another one.
    pub(super) log: u64,
    /// How many changes there were.
    pub(super) count: u64,
}

impl Changes {
    /// Gives a log that has no number one; within a transaction.
    pub(super) fn begin(connection: &Connection) -> rusqlite::Result<()> {
        let log: i64 = connection.query_row("SELECT random()", [], |row| row.get(0))?;
        let begun = Self { log: unsigned(log), count: 0 };
        connection.execute("INSERT INTO changes VALUES (1, ?1, 0, ?2)", (log, begun.checksum()))?;
        Ok(())
    }

    /// What is written of it.
    pub(super) fn read(connection: &Connection) -> Result<Self, Fault> {
        let row = connection.query_row("SELECT log, count, crc FROM changes", [], |row| {
            let read = Self { log: unsigned(row.get(0)?), count: unsigned(row.get(1)?) };
            Ok((read, row.get::<_, i64>(2)?))
        });
        match row.optional()? {
            Some((read, crc)) if crc == i64::from(read.checksum()) => Ok(read),
            _ => Err(index_damage("the number of changes is not what was written".to_owned())),
        }
    }

    /// With one more, which is written within its transaction.
    pub(super) fn another(self, connection: &Connection) -> Result<Self, Fault> {
        let next = Self { count: self.count + 1, ..self };
        let mut replace =
            connection.prepare_cached("INSERT OR REPLACE INTO changes VALUES (1, ?1, ?2, ?3)")?;
        replace.execute((signed(next.log), signed(next.count), next.checksum()))?;
        Ok(next)
    }

    fn checksum(self) -> u32 {
        Checksum::of("changes").number(self.log).number(self.count).value()
    }
}
