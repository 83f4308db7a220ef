//! Read models: what is made of the events of a log, for those who ask in another way than by agent.
//!
//! A [`Projection`] says what one event does to a model. An agent drives it: it follows the log, and has the
//! [`ReadModel`] keep the effect of some events together with the position up to which they go, or neither. So each event
//! counts once, whatever is killed at whatever instant; a projection has no other way to do anything.
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::sync::Arc;
//!
//! use mistersmith::events::{
//!     Append, EventLog, EventType, Json, MemoryLog, MemoryReadModel, NewEvent, Projection, ProjectionSpec, Sequence,
//!     StateEvent, Timestamp,
//! };
//! use mistersmith::prelude::*;
//!
//! /// How often each kind of event has happened.
//! struct Count;
//!
//! impl Projection for Count {
//!     type Model = BTreeMap<String, u64>;
//!
//!     fn takes(&self, event: &StateEvent) -> bool {
//!         event.agent.domain.as_str() == "bank"
//!     }
//!     fn begin(&self, model: &mut Self::Model) -> anyhow::Result<()> {
//!         model.clear();
//!         Ok(())
//!     }
//!     fn apply(&self, model: &mut Self::Model, event: &StateEvent) -> anyhow::Result<()> {
//!         *model.entry(event.event_type.name.to_string()).or_default() += 1;
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> anyhow::Result<()> {
//! let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new());
//! let model = MemoryReadModel::new(BTreeMap::new());
//! let count = ProjectionSpec::new(Count, Arc::new(model.clone()), Arc::clone(&log));
//! let handle = count.handle();
//! let views = DomainSpec::new("views", Flags::new(Strategy::OneForOne, 3, 5))?.agent(count.agent("count")?);
//! let system = System::builder("town").domain(views).start().await?;
//!
//! # let account = "bank/account@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44".parse::<mistersmith::identity::AgentId>()?.key();
//! let opened = NewEvent::new(Timestamp::from_micros(1), EventType::first("Opened")?, Json::parse("{}")?);
//! let appended = log.append(Append::new(account, Sequence::START, [opened])).await?;
//! handle.reached(appended.position).await; // what was written can be read from here on
//! assert_eq!(model.read(|count| count["Opened"]), 1);
//! # system.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! An event that cannot be applied suspends the agent, with the event's place and the reason; nothing of it is kept. It is
//! tried again when the agent is resumed, or passed over or replaced when it has been [corrected](super::correct).

mod model;
mod memory;
mod progress;
mod contract;
mod batch;
mod running;
mod spec;

use std::num::NonZeroU32;

use super::StateEvent;

pub use contract::{HowFar, Projecting, Rebuild};
pub use memory::MemoryReadModel;
pub use model::{ChangeError, Checkpoint, ReadModel, ReadModelError, Step, Work};
pub use progress::{Progress, ProjectionHandle, Standing};
pub use spec::ProjectionSpec;

/// What events do to a model.
///
/// Everything that it does, it does to the model it is lent. It cannot wait, ask anybody, or end the transaction that the
/// model may be in: so what it does is kept together with the position of its event.
pub trait Projection: Send + Sync + 'static {
    /// What it changes: a value, or a connection to a database in the middle of a transaction.
    type Model: 'static;

    /// The version of what it makes of events. A model of another version is made again from the beginning.
    const VERSION: NonZeroU32 = NonZeroU32::MIN;

    /// Whether it is made of this event. Events of the framework's own, such as corrections, are not offered.
    fn takes(&self, event: &StateEvent) -> bool;

    /// Makes the model an empty one: called before the first event, and when it is to be made again. The model may hold
    /// what an older version has left.
    ///
    /// # Errors
    /// When that cannot be done; the agent is suspended.
    fn begin(&self, model: &mut Self::Model) -> anyhow::Result<()>;

    /// Changes the model as the event says. Events come in the order of their positions.
    ///
    /// # Errors
    /// When the event makes no sense; what was done for it is undone, and the agent is suspended.
    fn apply(&self, model: &mut Self::Model, event: &StateEvent) -> anyhow::Result<()>;
}
