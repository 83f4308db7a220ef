//! Who an agent is: names, a version, an instance that outlives every restart, and the stages of its life.
//!
//! An [`AgentId`] says who answers, a [`Capability`] what for, an [`Incarnation`] which start of it this is, and
//! [`lifecycle`] what it may become next. All of it is data: it can be logged, stored, sent and compared, and
//! what does not name anything cannot be made, by a constructor or by a decoder.
//!
//! ```
//! use mistersmith::identity::{AgentId, Capability, VersionRequirement};
//!
//! let id: AgentId = "data/kvcache@1.4.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44".parse()?;
//! assert_eq!(id.domain.as_str(), "data");
//! assert!("^1.2".parse::<VersionRequirement>()?.matches(&id.version));
//! assert!(Capability::new("data.Store").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod name;
mod version;
mod instance;
mod agent_id;
pub mod lifecycle;

pub use agent_id::{AgentId, AgentIdError, AgentKey};
pub use instance::{Incarnation, InstanceId};
pub use name::{AgentName, Capability, DomainName, NameError};
pub use version::{Version, VersionRequirement, VersionRequirementError};
