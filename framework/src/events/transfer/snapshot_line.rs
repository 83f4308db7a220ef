//! A snapshot as a line, and the beginning of an agent whose first events were dropped.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::sealed::{LineError, agent, json, raw, sealed, unreadable};
use crate::events::{Beginning, Sequence, Snapshot, Timestamp, VectorClock};

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

/// The snapshot that stands for the events up to `after`, and perhaps for some that come.
#[derive(Serialize, Deserialize)]
struct BeginningLine {
    beginning_of: String,
    after: u64,
    sequence: u64,
    time: u64,
    version: NonZeroU32,
    #[serde(default, skip_serializing_if = "VectorClock::is_empty")]
    causality: VectorClock,
    state: Box<RawValue>,
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

pub(super) fn of_beginning(beginning: &Beginning) -> Result<String, serde_json::Error> {
    let snapshot = &beginning.snapshot;
    sealed(&BeginningLine {
        beginning_of: snapshot.agent.to_string(),
        after: beginning.after.number(),
        sequence: snapshot.sequence.number(),
        time: snapshot.timestamp.as_micros(),
        version: snapshot.version,
        causality: snapshot.causality.clone(),
        state: raw(&snapshot.state)?,
    })
}

pub(super) fn read_snapshot(line: &str) -> Result<Snapshot, LineError> {
    serde_json::from_str::<SnapshotLine>(line).map_err(unreadable)?.read()
}

pub(super) fn read_beginning(line: &str) -> Result<Beginning, LineError> {
    let line: BeginningLine = serde_json::from_str(line).map_err(unreadable)?;
    let after = Sequence::new(line.after);
    let BeginningLine { beginning_of, sequence, time, version, causality, state, .. } = line;
    let snapshot = SnapshotLine { snapshot_of: beginning_of, sequence, time, version, causality, state };
    Ok(Beginning { after, snapshot: snapshot.read()?, answers: Vec::new() })
}

impl SnapshotLine {
    fn read(self) -> Result<Snapshot, LineError> {
        Ok(Snapshot {
            agent: agent(&self.snapshot_of)?,
            sequence: Sequence::new(self.sequence),
            timestamp: Timestamp::from_micros(self.time),
            version: self.version,
            causality: self.causality,
            state: json(&self.state)?,
        })
    }
}
