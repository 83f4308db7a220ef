//! Find an agent by who it is, what it can do and how it is; and hear of every change.
//!
//! A [`Registry`] is a value of one system; nothing of it is shared with another. An agent's start registers a
//! [`Record`], the [`Registration`] it gets takes the record out again, and a newer [incarnation] fences the older
//! ones. What a record points at is opaque here, so that an agent of this process and one of another node are
//! found alike.
//!
//! ```
//! use std::sync::Arc;
//! use mistersmith::clock::Clock;
//! use mistersmith::identity::lifecycle::Stage;
//! use mistersmith::identity::{AgentId, Capability, Incarnation};
//! use mistersmith::registry::{Heartbeat, Pulse, Record, Registry};
//!
//! let registry = Registry::new(Clock::machine(), Heartbeat::default());
//! let id: AgentId = "data/kvcache@1.4.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44".parse()?;
//! let store = Capability::new("data.store")?;
//! let pulse = Arc::new(Pulse::default());
//! let record = Record::new(id.clone(), Incarnation::FIRST, "KvCache", Arc::new("its address"), pulse)
//!     .with_capabilities([store.clone()]);
//!
//! let registration = registry.register(record)?;
//! assert!(registry.find_healthy(&store).is_none(), "it has not begun to work");
//! registration.set_stage(Stage::Active, "ready");
//! assert!(registry.find_healthy(&store).is_some_and(|found| *found.id == id));
//! drop(registration);
//! assert!(registry.by_id(&id).is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What costs what
//! Reads take no lock that a writer holds while it works. A look-up by id is one look into a concurrent map;
//! `find_healthy` is two, however many agents there are and however many of them are unwell, and a few more while
//! agents restart. A restart in a [reserved](Reservation) place writes nothing but that place. Writers wait for
//! each other; each does work in proportion to the capabilities of one agent, and to the number of watchers.
//! What a record holds may be dropped a little after the agent has left: the maps free their entries in batches.
//!
//! [incarnation]: crate::identity::Incarnation

mod pulse;
mod health;
mod record;
mod filter;
mod table;
mod entry;
mod row;
mod groups;
mod watch;
mod writer;
mod directory;
mod admission;
mod lookup;
mod registration;
mod reservation;
#[cfg(test)]
mod tests;

pub use directory::Registry;
pub use filter::{Filter, Fitness};
pub use health::{Health, Heartbeat};
pub use pulse::{Pulse, Sample};
pub use record::Record;
pub use registration::{RegisterError, Registration};
pub use reservation::Reservation;
pub use watch::{Change, Changes, Departure, WATCH_CAPACITY};
