//! Snapshots in the file.

use std::num::NonZeroU32;

use rusqlite::{Connection, OptionalExtension, Row};

use super::checksum::Checksum;
use super::fault::Fault;
use super::record::{Number, signed, unsigned, written};
use crate::events::{DamagedPlace, Json, Sequence, Snapshot, Timestamp, VectorClock};
use crate::identity::AgentKey;

/// Writes a snapshot; one of the same event is replaced.
pub(super) fn write(connection: &Connection, number: Number, snapshot: &Snapshot) -> Result<(), Fault> {
    let causality = (!snapshot.causality.is_empty()).then(|| Json::of(&snapshot.causality)).transpose();
    let causality = causality.map_err(|error| Fault::damaged(DamagedPlace::File, error.to_string()))?;
    let causality = causality.as_ref().map(Json::as_str);
    let (sequence, time) = (signed(snapshot.sequence.number()), signed(snapshot.timestamp.as_micros()));
    let (version, state) = (snapshot.version.get(), snapshot.state.as_str());
    let crc = checksum([number, sequence, time, version.into()], causality, state);
    let mut replace =
        connection.prepare_cached("INSERT OR REPLACE INTO snapshots VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    replace.execute((number, sequence, time, version, causality, state, crc))?;
    Ok(())
}

/// The newest snapshot of an agent that is of no later event than `at_most`.
pub(super) fn newest(
    connection: &Connection,
    number: Number,
    agent: &AgentKey,
    at_most: Sequence,
) -> Result<Option<Snapshot>, Fault> {
    one(connection, number, agent, "sequence <= ?2 ORDER BY sequence DESC", at_most)
}

/// The oldest snapshot of an agent that is of no earlier event than `at_least`.
pub(super) fn oldest(
    connection: &Connection,
    number: Number,
    agent: &AgentKey,
    at_least: Sequence,
) -> Result<Option<Snapshot>, Fault> {
    one(connection, number, agent, "sequence >= ?2 ORDER BY sequence", at_least)
}

fn one(
    connection: &Connection,
    number: Number,
    agent: &AgentKey,
    condition: &str,
    sequence: Sequence,
) -> Result<Option<Snapshot>, Fault> {
    let sql = format!("{ALL} WHERE agent = ?1 AND {condition} LIMIT 1");
    let sequence = signed(sequence.number().min(i64::MAX.cast_unsigned()));
    let mut select = connection.prepare_cached(&sql)?;
    select.query_row((number, sequence), |row| Ok(read(row, agent))).optional()?.transpose()
}

/// Reads snapshots with the columns in the order of [`read`].
pub(super) const ALL: &str = "SELECT agent, sequence, time, version, causality, state, crc FROM snapshots";

/// Reads the snapshot in a row.
pub(super) fn read(row: &Row<'_>, agent: &AgentKey) -> Result<Snapshot, Fault> {
    let sequence = Sequence::new(unsigned(row.get(1)?));
    let place = DamagedPlace::Snapshot { agent: agent.clone(), sequence };
    read_fields(row, agent).map_err(|what| Fault::damaged(place, what))
}

fn read_fields(row: &Row<'_>, agent: &AgentKey) -> Result<Snapshot, String> {
    let number = |index| row.get::<_, i64>(index).map_err(|error| error.to_string());
    let causality: Option<String> = row.get(4).map_err(|error| error.to_string())?;
    let state: String = row.get(5).map_err(|error| error.to_string())?;
    let numbers = [number(0)?, number(1)?, number(2)?, number(3)?];
    let (was, found) = (number(6)?, checksum(numbers, causality.as_deref(), &state));
    if was != i64::from(found) {
        return Err(format!("expected the checksum {was:08x}, got {found:08x}"));
    }
    let [_, sequence, time, version] = numbers;
    let version = u32::try_from(version).ok().and_then(NonZeroU32::new);
    Ok(Snapshot {
        agent: agent.clone(),
        sequence: Sequence::new(unsigned(sequence)),
        timestamp: Timestamp::from_micros(unsigned(time)),
        version: version.ok_or("expected a version from 1")?,
        causality: causality.map_or_else(|| Ok(VectorClock::new()), |text| written(&text))?,
        state: Json::trusted(&state),
    })
}

fn checksum(numbers: [i64; 4], causality: Option<&str>, state: &str) -> u32 {
    let checksum =
        numbers.into_iter().fold(Checksum::of("snapshots"), |sum, number| sum.number(unsigned(number)));
    checksum.perhaps(causality).text(state).value()
}
