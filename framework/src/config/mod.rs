//! Configuration: YAML, environment and flags become one checked value, or a list of everything that is wrong.
//!
//! There are four layers, and a later one wins value by value: the defaults, a file, the environment
//! (`SMITH_NODE__NAME`), flags (`--set node.name=left`). Unknown keys and wrong values are refused with their file,
//! line, column and path, all of them at once. The value is plain data; what it is turned into is for others.
//!
//! ```
//! use mistersmith::config::{Configuration, Known};
//!
//! let known = Known::new();
//! let problems = Configuration::parse("smith.yaml", b"heartbeat:\n  interval: 5\n", &known).unwrap_err();
//! assert_eq!(
//!     problems.to_string(),
//!     "smith.yaml:2:13: heartbeat.interval: expected a duration with its unit, such as 250ms, 5s or 2min, \
//!      got \"5\"; did you mean 5s?"
//! );
//! ```
//!
//! `docs/configuration.md` lists every setting with its unit and default.

mod value;
mod known;
mod nearest;
mod origin;
mod problem;
mod source;
mod reading;
mod reader;
mod outline;
mod section;
mod configuration;
mod load;

pub use configuration::Configuration;
pub use known::Known;
pub use load::{EffectiveValue, Loaded};
pub use origin::Origin;
pub use problem::{Problem, Problems};
pub use section::{
    AgentLimits, AgentSettings, AgentsSettings, ControlSettings, DomainLimits, DomainSettings, EventsOutlive,
    EventsSettings, FlagOverrides, HeartbeatSettings, LogFormat, LogLevel, LogSettings, MailboxSettings,
    NodeSettings, OnGiveUp, Run, SupervisionSettings, WhenFull,
};
pub use source::Sources;
pub use value::{ByteSize, Limit, Per, Rate, Refused, Scalar};
