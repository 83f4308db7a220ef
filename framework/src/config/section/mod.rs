//! The parts of a configuration, one file each: what is in it, how it is read, how it is shown.

mod agent;
mod agents;
mod control;
mod domain;
mod events;
mod heartbeat;
mod limits;
mod log;
mod node;
mod backoff;
mod supervision;

pub use agent::{AgentSettings, MailboxSettings, WhenFull};
pub use agents::{AgentsSettings, Run};
pub use control::ControlSettings;
pub use domain::{DomainSettings, OnGiveUp};
pub use events::{EventsOutlive, EventsSettings};
pub use heartbeat::HeartbeatSettings;
pub use limits::{AgentLimits, DomainLimits};
pub use log::{LogFormat, LogLevel, LogSettings};
pub use node::NodeSettings;
pub use supervision::{FlagOverrides, SupervisionSettings};

use super::outline::Outline;
use super::reader::Reader;

/// A part of the configuration: the same keys are read and shown.
pub(super) trait Section {
    /// Takes what is written at `at`; what is not written stays as it is.
    fn read(&mut self, at: &mut Reader<'_>);

    /// What would be written to get this.
    fn outline(&self) -> Outline;
}
