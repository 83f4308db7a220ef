//! Which specification is meant when somebody wants an agent of a name, perhaps in a version.

use mistersmith::agent::AgentSpec;
use mistersmith::domain::DomainSpec;
use mistersmith::identity::{AgentName, DomainName, Version};

use crate::agent_lifecycle::contract::lifecycle_manager::Refusal;

/// What somebody wants to have started.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The domain.
    pub domain: &'a DomainName,
    /// The agent.
    pub agent: &'a AgentName,
    /// In this version; in the newest that is known when there is none.
    pub version: Option<&'a Version>,
}

/// The specification that is meant: among the agents of the domain, those included that start on demand, the one
/// of this name and version.
///
/// # Errors
/// [`Refusal::NoSuchDomain`], or [`Refusal::NotKnown`] with what is known.
pub fn choose(domains: &[DomainSpec], wanted: Wanted<'_>) -> Result<AgentSpec, Refusal> {
    let Some(domain) = domains.iter().find(|domain| domain.name() == wanted.domain) else {
        let known = domains.iter().map(|domain| domain.name().to_string()).collect();
        return Err(Refusal::NoSuchDomain { domain: wanted.domain.clone(), known });
    };
    let all = || domain.agents().iter().chain(domain.on_demand_agents());
    let fits = |spec: &&AgentSpec| {
        spec.name() == wanted.agent && wanted.version.is_none_or(|version| version == spec.agent_version())
    };
    let newest = all().filter(fits).max_by(|a, b| a.agent_version().cmp(b.agent_version()));
    newest.cloned().ok_or_else(|| Refusal::NotKnown {
        domain: wanted.domain.clone(),
        wanted: match wanted.version {
            Some(version) => format!("{}@{version}", wanted.agent),
            None => wanted.agent.to_string(),
        },
        known: all().map(|spec| format!("{}@{}", spec.name(), spec.agent_version())).collect(),
    })
}
