//! State that survives: the events of agents, the logs that keep them, and what is made of them again.
//!
//! The truth about an agent's state is the sequence of the changes that it went through. They are appended to an
//! [`EventLog`] before anybody hears of them; what an agent holds in memory is made from them, and can be made again,
//! here or elsewhere, up to now or up to any moment.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use mistersmith::events::{Append, AppendError, EventLog, EventType, Json, MemoryLog, NewEvent, Query};
//! use mistersmith::events::{Sequence, Timestamp};
//! use mistersmith::identity::AgentId;
//!
//! let log = MemoryLog::new();
//! let account = "bank/account@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44".parse::<AgentId>()?.key();
//! let paid_in = |cents: u64| -> Result<_, Box<dyn std::error::Error>> {
//!     Ok(NewEvent::new(Timestamp::from_micros(1), EventType::first("PaidIn")?, Json::of(&cents)?))
//! };
//!
//! log.append(Append::new(account.clone(), Sequence::START, [paid_in(500)?, paid_in(250)?])).await?;
//! let page = log.read(Query::of(account.clone(), Sequence::START)).await?;
//! let cents: u64 = page.events.iter().map(|event| event.data.read::<u64>()).sum::<Result<_, _>>()?;
//! assert_eq!(cents, 750);
//!
//! // Somebody who has not seen those two events does not get to add a third.
//! let late = log.append(Append::new(account, Sequence::START, [paid_in(1)?])).await;
//! assert!(matches!(late, Err(AppendError::Conflict { found, .. }) if found == Sequence::new(2)));
//! # Ok(())
//! # }
//! ```
//!
//! What is promised, sentence by sentence with the tests that hold it: `docs/events.md`.

mod vector_clock;
mod dot;
mod json;
mod place;
mod timestamp;
mod event_type;
mod upcast;
mod answered;
mod event;
mod log;
mod life;
mod follow;
mod causal_past;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;
mod sourced;
pub mod replication;
mod projection;
mod agent_events;
mod whose;
mod transfer;

pub use agent_events::{AgentEvent, AgentEvents, AgentEventsWanted};
pub use answered::{Answered, RecordedAnswer, Repeated, RequestKey, RequestKeyError};
pub use causal_past::{CausalPast, Influence, Link};
pub use dot::Dot;
pub use event::{Metadata, NewEvent, StateEvent};
pub use event_type::{EventName, EventType, EventTypeError};
pub use follow::Follow;
pub use json::Json;
pub(crate) use life::{LOST_EVENT, life_up_to};
pub use life::{LifeChange, SUPERVISION_EVENT};
pub use log::{
    Append, AppendError, Appended, BeginError, Beginning, CompactError, Compacted, Compaction, Damage,
    DamagedLog, DamagedPlace, Durability, EventLog, KeptAnswer, LogLimits, Page, Query, ReadError, SaveError,
    Scope, Snapshot, TooLarge, Underway,
};
pub use memory::MemoryLog;
pub use place::{EventPlace, Position, Sequence};
pub use projection::{
    ChangeError, Checkpoint, HowFar, MemoryReadModel, Progress, Projecting, Projection, ProjectionHandle,
    ProjectionSpec, ReadModel, ReadModelError, Rebuild, Standing, Step, Work,
};
pub use sourced::{
    AsOf, ConvergedHistory, CorrectError, Correction, Decide, Deciding, Decision, Event, EventSourced,
    EventSourcedSpec, FormError, Observe, PastState, PastStateError, PastStates, Persisting, Poison,
    RecoverError, Recovered, RecoveredReplica, Recovery, Reminder, Reminders, Replacement, Resolution,
    SnapshotFault, Sourced, TooEarly, UselessSnapshot, ValueChange, ValueHistory, WhenLate, correct, persist,
    recover, recover_replica,
};
#[cfg(feature = "sqlite")]
pub use sqlite::{OpenError, SqliteLog, SqliteOptions, SqliteReadModel};
pub use timestamp::Timestamp;
pub use transfer::{Export, ExportError, Exported, Import, ImportError, Imported, LineError};
pub use upcast::{UpcastError, Upcasts};
pub use vector_clock::{Causality, Replica, VectorClock};
pub use whose::{UnknownOwner, owner};
