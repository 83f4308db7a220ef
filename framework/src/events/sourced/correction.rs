//! What is done about an event that cannot be applied: it is passed over, or another one is applied in its place, and
//! the log says who decided that, and why.
//!
//! The event stays where it is. The correction is an event itself, so it is as durable, as ordered and as visible as
//! what it corrects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::events::{
    Append, AppendError, Appended, EventLog, EventName, EventPlace, EventType, EventTypeError, Json,
    NewEvent, Query, ReadError, Sequence, StateEvent, Timestamp,
};
use crate::identity::AgentKey;

/// What kind of event a correction is.
const NAME: &str = "mistersmith.correction";

/// What begins the names of events that are the framework's own. They change no agent's state.
const OURS: &str = "mistersmith.";

/// What is done about one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Which event of the agent.
    pub sequence: Sequence,
    /// What is applied in its place; nothing where it is passed over.
    pub instead: Option<Replacement>,
    /// Who decided that.
    pub by: String,
    /// Why.
    pub why: String,
}

/// What is applied in the place of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// Its type.
    pub event_type: EventType,
    /// Its data.
    pub data: Json,
}

/// Why a correction was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorrectError {
    /// There is no such event.
    #[error("expected one of the {last} events of {}, got {}", place.agent, place.sequence)]
    NoSuchEvent {
        /// What was to be corrected.
        place: EventPlace,
        /// The last event of the agent.
        last: Sequence,
    },
    /// The event was dropped.
    #[error(
        "{place} was dropped, with those up to {up_to}: a snapshot stands for them, and what is in it cannot be corrected"
    )]
    Dropped {
        /// What was to be corrected.
        place: EventPlace,
        /// The last event that was dropped.
        up_to: Sequence,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The correction was not appended; after a conflict, try again.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// It cannot be written.
    #[error("a correction cannot be written: {0}")]
    Unwritable(#[from] serde_json::Error),
    /// Its name is none.
    #[error(transparent)]
    Name(#[from] EventTypeError),
}

/// Appends a correction of an event of `agent`, written at `timestamp`. A suspended agent sees it when it is resumed.
///
/// # Errors
/// When there is no such event, or none any more, or the correction cannot be appended.
///
/// # Cancel safety
/// Dropping the future gives up waiting: the correction may be appended all the same, or not.
pub async fn correct(
    log: &dyn EventLog,
    agent: &AgentKey,
    correction: &Correction,
    timestamp: Timestamp,
) -> Result<Appended, CorrectError> {
    let last = log.last(agent).await?;
    if correction.sequence == Sequence::START || correction.sequence > last {
        let place = EventPlace { agent: agent.clone(), sequence: correction.sequence };
        return Err(CorrectError::NoSuchEvent { place, last });
    }
    let before = Sequence::new(correction.sequence.number() - 1);
    match log.read(Query::of(agent.clone(), before).up_to(correction.sequence)).await {
        Err(ReadError::CompactedOf { up_to, .. }) => {
            let place = EventPlace { agent: agent.clone(), sequence: correction.sequence };
            return Err(CorrectError::Dropped { place, up_to });
        }
        there => there?,
    };
    let mut event = NewEvent::new(timestamp, EventType::first(NAME)?, Json::of(correction)?);
    event.metadata.by = Some(correction.by.clone());
    Ok(log.append(Append::new(agent.clone(), last, [event])).await?)
}

/// Whether an event is the framework's own.
pub(in crate::events) fn is_ours(event: &StateEvent) -> bool {
    event.event_type.name.as_str().starts_with(OURS)
}

/// All corrections of an agent's events that the log still has, by the event that they are of; the last one counts.
pub(in crate::events) async fn of_kept(
    log: &dyn EventLog,
    agent: &AgentKey,
) -> Result<BTreeMap<Sequence, Correction>, ReadError> {
    match of(log, agent, Sequence::START).await {
        Err(ReadError::CompactedOf { up_to, .. }) => of(log, agent, up_to).await,
        corrections => corrections,
    }
}

/// Those that stand after `after`.
async fn of(
    log: &dyn EventLog,
    agent: &AgentKey,
    after: Sequence,
) -> Result<BTreeMap<Sequence, Correction>, ReadError> {
    let mut corrections = BTreeMap::new();
    let Ok(name) = EventName::new(NAME) else { return Ok(corrections) };
    let mut query = Query::of(agent.clone(), after).of_type(name);
    loop {
        let page = log.read(query).await?;
        for event in &page.events {
            match event.data.read::<Correction>() {
                Ok(correction) => {
                    corrections.insert(correction.sequence, correction);
                }
                Err(error) => tracing::warn!(place = %event.place(), %error, "a correction cannot be read"),
            }
        }
        if page.at_end {
            return Ok(corrections);
        }
        query = page.next;
    }
}
