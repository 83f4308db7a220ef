//! A system: one tree of domains with their agents, as a value.
//!
//! Two systems can live in one process; nothing is shared between them.
//!
//! ```text
//! root (one_for_all)
//! ├── registry          looks at the health of every agent
//! ├── event_log         records the lives of agents, where the system has an event log
//! └── domains (rest_for_one)
//!     ├── domain (one_for_one)
//!     │   ├── agent
//!     │   └── agent
//!     └── domain that needs the one above
//! ```

mod builder;
mod sweeper;
mod recording;
mod retention;
mod recorder;
mod branch;
mod why;
mod readiness;
mod naming;
mod handle;
mod changing;
mod seats;
mod upgrading;

pub use crate::events::SUPERVISION_EVENT;
pub use builder::{Builder, StartError};
pub use changing::{AddDomainError, RemoveDomainError, RestoreDomainError};
pub use handle::System;
pub use naming::UnknownAgent;
pub use readiness::Readiness;
pub use recording::RecordingReport;
pub use retention::LifeRetention;
pub use upgrading::{UpgradeError, Upgraded};
