//! Dropping the oldest events of an agent from the file.

use rusqlite::Connection;

use super::fault::Fault;
use super::record::{Number, signed};
use crate::events::{Compacted, Compaction, Position, Sequence};

/// Drops the events at these positions, the snapshots before the one that is needed, and the old answers.
pub(super) fn carry_out(
    connection: &Connection,
    positions: &[Position],
    number: Number,
    compaction: &Compaction,
    needed: Sequence,
) -> Result<Compacted, Fault> {
    let up_to = signed(compaction.up_to.number());
    let mut compacted = Compacted::default();
    let mut delete = connection.prepare_cached("DELETE FROM events WHERE position = ?1")?;
    for position in positions {
        compacted.events += delete.execute([signed(position.number())])? as u64;
    }
    let drop = |sql: &str, with: &[i64]| -> Result<u64, Fault> {
        let mut statement = connection.prepare_cached(sql)?;
        Ok(statement.execute(rusqlite::params_from_iter(with))? as u64)
    };
    compacted.snapshots =
        drop("DELETE FROM snapshots WHERE agent = ?1 AND sequence < ?2", &[number, signed(needed.number())])?;
    let since = signed(compaction.keep_answers_since.as_micros().min(i64::MAX.cast_unsigned()));
    compacted.answers = drop(
        "DELETE FROM answers WHERE agent = ?1 AND sequence <= ?2 AND time < ?3",
        &[number, up_to, since],
    )?;
    // A run is needed while it holds a kept event, and the newest says which event is the last.
    let runs = "DELETE FROM runs WHERE agent = ?1 AND first + length(positions) / 8 - 1 <= ?2
                AND first < (SELECT max(first) FROM runs WHERE agent = ?1)";
    drop(runs, &[number, up_to])?;
    Ok(compacted)
}
