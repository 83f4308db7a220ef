//! The lives of agents as events: started, ready, suspended, ended, and why.
//!
//! They lie beside the events of the agent's state, not among them: under a [key of their own](LifeChange::key), so that
//! a change of life never gets in the way of a decision.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    EventName, EventType, EventTypeError, Json, NewEvent, Snapshot, StateEvent, Timestamp, VectorClock,
};
use crate::identity::lifecycle::Stage;
use crate::identity::{AgentKey, Incarnation, InstanceId};

/// One change in the life of an agent, as it is written into the log of its system.
///
/// ```
/// use mistersmith::events::{EventLog, LifeChange, MemoryLog, Query, Sequence};
/// use mistersmith::prelude::*;
/// # use std::sync::Arc;
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// # pub struct Read;
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// # pub enum Request { Read(Read) }
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// # pub enum Response { Total(i64) }
/// # pub struct Counter;
/// # replies! { Counter: Read => Total(i64) }
/// # struct Tally(i64);
/// # impl Agent for Tally {
/// #     type Contract = Counter;
/// #     type Args = i64;
/// #     async fn init(start: i64, _: &mut Context<Self>) -> anyhow::Result<Self> { Ok(Tally(start)) }
/// # }
/// # impl Handle<Read> for Tally {
/// #     async fn handle(&mut self, _: Read, _: &mut Context<Self>) -> Answer<Read> { Read::respond(self.0) }
/// # }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> anyhow::Result<()> {
/// let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new());
/// let counting = DomainSpec::new("counting", Flags::new(Strategy::OneForOne, 3, 5))?
///     .agent(AgentSpec::new::<Tally>("tally", 10)?);
/// let shop = System::builder("shop").event_log(Arc::clone(&log)).domain(counting).start().await?;
/// let tally = shop.agent("counting/tally")?.id().key();
/// shop.stop().await;
///
/// let life = log.read(Query::of(LifeChange::key(&tally), Sequence::START)).await?;
/// let stages: Vec<_> = life.events.iter().map(|event| LifeChange::of(event).map(|change| change.to.name())).collect();
/// assert_eq!(stages, [Some("registering"), Some("registered"), Some("active"), Some("terminated")]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifeChange {
    /// Which start of the agent it was.
    pub incarnation: Incarnation,
    /// The stage before.
    pub from: Stage,
    /// The stage since.
    pub to: Stage,
    /// Why.
    pub reason: String,
}

impl LifeChange {
    /// What kind of event it is in a log.
    pub const NAME: &str = "mistersmith.lifecycle";

    /// Under which key the life of an agent is kept: its domain and name, and an instance that follows from its own
    /// (the UUID of version 5 of `life` in the namespace of the instance).
    #[must_use]
    pub fn key(agent: &AgentKey) -> AgentKey {
        let instance = InstanceId::new(Uuid::new_v5(agent.instance.as_uuid(), b"life"));
        AgentKey { instance, ..agent.clone() }
    }

    /// The change in an event, if it is one.
    #[must_use]
    pub fn of(event: &StateEvent) -> Option<Self> {
        (event.event_type.name.as_str() == Self::NAME).then(|| event.data.read().ok()).flatten()
    }

    /// The change as an event.
    ///
    /// # Errors
    /// When it has no form in JSON, which does not happen.
    pub(crate) fn write(&self, timestamp: Timestamp) -> Result<NewEvent, LifeFormError> {
        Ok(NewEvent::new(timestamp, EventType::first(Self::NAME)?, Json::of(self)?))
    }
}

/// The name of the events that say what a supervisor did: in the event log of a system, under `system/supervision`.
pub const SUPERVISION_EVENT: &str = "mistersmith.supervision";

/// The name of the events that say how many changes of lives are not in the log; beside what supervisors did.
pub(crate) const LOST_EVENT: &str = "mistersmith.lost";

/// What stands for the part of a life that was dropped: the last change in it, or the last deed of a supervisor.
#[derive(Serialize, Deserialize)]
struct LifeBefore {
    #[serde(rename = "mistersmith.life")]
    last: Json,
}

/// How the snapshot of a life begins.
const MARK: &str = r#"{"mistersmith.life":"#;

/// The snapshot that stands for a life up to this event.
pub(crate) fn life_up_to(last: StateEvent) -> Result<Snapshot, serde_json::Error> {
    let StateEvent { agent, sequence, timestamp, data, .. } = last;
    let state = Json::of(&LifeBefore { last: data })?;
    Ok(Snapshot {
        agent,
        sequence,
        timestamp,
        version: NonZeroU32::MIN,
        causality: VectorClock::new(),
        state,
    })
}

impl Snapshot {
    /// Whether it stands for a part of a life that is not kept any more, and not for a state.
    #[must_use]
    pub fn is_of_life(&self) -> bool {
        self.state.as_str().starts_with(MARK)
    }
}

impl EventName {
    /// Whether such events say what happened to agents, and not what became of their states.
    #[must_use]
    pub fn is_of_life(&self) -> bool {
        [LifeChange::NAME, SUPERVISION_EVENT, LOST_EVENT].contains(&self.as_str())
    }
}

/// Why a change could not be written as an event.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LifeFormError {
    #[error(transparent)]
    Name(#[from] EventTypeError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}
