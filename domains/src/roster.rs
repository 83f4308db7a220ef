//! All domains there are. Adding one touches its folder and one line here.

use mistersmith::config::{DomainSettings, Known};
use mistersmith::domain::DomainSpec;
use mistersmith::identity::{AgentName, DomainName};

use crate::agent_lifecycle;
use crate::settings::SetupError;

/// One domain: what it is called, and how it is made from its settings.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it is called.
    pub name: &'static str,
    /// Makes it.
    pub domain: fn(&DomainSettings) -> Result<DomainSpec, SetupError>,
}

/// All domains, in the order of reading; they start in the order of their needs.
pub const ROSTER: &[Entry] = &[
    agent_lifecycle::ENTRY, //
];

/// The domains and agents that a configuration may speak of. `agent: { type: single }` means the agent registry.
///
/// # Errors
/// When a domain has a name that is none: a mistake in its code.
pub fn known() -> Result<Known, SetupError> {
    let mut known = Known::new();
    for entry in ROSTER {
        let spec = (entry.domain)(&DomainSettings::default())?;
        let agents = spec.agents().iter().chain(spec.on_demand_agents()).map(|agent| agent.name().clone());
        known = known.domain(spec.name().clone(), agents);
    }
    let single = (DomainName::new(agent_lifecycle::NAME)?, AgentName::new("agent_registry")?);
    Ok(known.single(single.0, single.1))
}
