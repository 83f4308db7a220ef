//! Domain 2, agent_lifecycle: who is here, how they are, and how they come and go.
//!
//! | agent | promise | why it is its own process |
//! |---|---|---|
//! | `agent_registry` | registration and discovery for every agent, here and outside | its leases expire by a clock of their own, and lookups for outsiders must not wait for anything else here |
//! | `lifecycle_manager` | moves agents through their lives, starts them on demand | its work waits for others (drains, starts) for minutes |
//! | `resource_governor` | limits kept, overstepped ones reported and corrected | it must act when everybody else is busy, so it shares its queue with nobody |
//! | `health_monitor` | the health of each agent, and degraded ones kept out of discovery | a monitor that fails with what it watches sees nothing |
//!
//! What an agent here has acknowledged outlives its incarnation: registrations from outside, spawned agents,
//! corrections in force. It lies beside the seat, in memory: a node that is started again begins anew.

mod agent_registry;
pub mod contract;
mod externals;
mod governance;
mod health_monitor;
mod lifecycle_manager;
mod resource_governor;
pub mod rules;
#[cfg(test)]
mod tests;
mod vitals;

use mistersmith::agent::AgentSpec;
use mistersmith::config::DomainSettings;
use mistersmith::domain::DomainSpec;
use mistersmith::identity::Capability;
use mistersmith::supervisor::{Flags, Strategy};

use crate::roster::Entry;
use crate::settings::{DomainReader, SetupError};
use agent_registry::AgentRegistryAgent;
use health_monitor::HealthMonitorAgent;
use lifecycle_manager::LifecycleManagerAgent;
use resource_governor::ResourceGovernorAgent;

/// What this domain is called.
pub const NAME: &str = "agent_lifecycle";

/// This domain in the roster.
pub const ENTRY: Entry = Entry { name: NAME, domain };

/// The domain as a value.
///
/// # Errors
/// [`SetupError::Settings`] when the settings of its agents are not what they understand.
pub fn domain(settings: &DomainSettings) -> Result<DomainSpec, SetupError> {
    let mut reader = DomainReader::new(NAME, settings);
    let registry = reader.agent("agent_registry", agent_registry::Setup::read);
    let manager = reader.agent("lifecycle_manager", lifecycle_manager::Setup::read);
    let governor = reader.agent("resource_governor", resource_governor::Setup::read);
    let monitor = reader.agent("health_monitor", health_monitor::Setup::read);
    reader.finish()?;
    let can = |capability| Capability::new(capability);
    Ok(DomainSpec::new(NAME, Flags::new(Strategy::OneForOne, 3, 5))?
        .agent(
            AgentSpec::new::<AgentRegistryAgent>("agent_registry", registry)?
                .capability(can("agent.register")?)
                .capability(can("agent.discover")?),
        )
        .agent(
            AgentSpec::new::<LifecycleManagerAgent>("lifecycle_manager", manager)?
                .capability(can("agent.lifecycle")?),
        )
        .agent(
            AgentSpec::new::<ResourceGovernorAgent>("resource_governor", governor)?
                .capability(can("agent.limits")?),
        )
        .agent(
            AgentSpec::new::<HealthMonitorAgent>("health_monitor", monitor)?.capability(can("agent.health")?),
        ))
}
