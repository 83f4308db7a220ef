//! One line of an exported log, whatever it says.

use serde::{Deserialize, Serialize};

use super::sealed::{self, LineError, VERSION, unreadable};
use super::{event_line, snapshot_line};
use crate::events::{Beginning, KeptAnswer, NewEvent, Sequence, Snapshot};
use crate::identity::AgentKey;

/// What a line says.
#[derive(Debug)]
pub(super) enum Line {
    Beginning(Box<Beginning>),
    Answer(Box<(AgentKey, KeptAnswer)>),
    Event(Box<(AgentKey, Sequence, NewEvent)>),
    Snapshot(Box<Snapshot>),
    End(End),
}

/// How many lines there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) beginnings: u64,
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) answers: u64,
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// What a line says, after its checksum was found to be right.
pub(super) fn read(line: &str) -> Result<Line, LineError> {
    let line = line.trim_end();
    if line.starts_with("{\"end\":") {
        let Last { end } = serde_json::from_str(line).map_err(unreadable)?;
        return Ok(Line::End(end));
    }
    sealed::check(line)?;
    let (first, _) = line.split_once(':').unwrap_or_default();
    Ok(match first {
        "{\"beginning_of\"" => Line::Beginning(Box::new(snapshot_line::read_beginning(line)?)),
        "{\"answer_of\"" => Line::Answer(Box::new(event_line::read_answer(line)?)),
        "{\"snapshot_of\"" => Line::Snapshot(Box::new(snapshot_line::read_snapshot(line)?)),
        _ => Line::Event(Box::new(event_line::read_event(line)?)),
    })
}
