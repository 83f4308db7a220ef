//! What an application has: its domains and their agents, the only ones that a configuration may speak of.

use std::collections::{BTreeMap, BTreeSet};

use crate::identity::{AgentName, DomainName};

/// The domains and agents that exist, and which agent stands alone in a phase 2 configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    domains: BTreeMap<DomainName, BTreeSet<AgentName>>,
    single: Option<(DomainName, AgentName)>,
}

impl Known {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// And this domain with these agents.
    #[must_use]
    pub fn domain(mut self, name: DomainName, agents: impl IntoIterator<Item = AgentName>) -> Self {
        self.domains.entry(name).or_default().extend(agents);
        self
    }

    /// And `agent: { type: single }` runs this agent of this domain, which is known thereby.
    #[must_use]
    pub fn single(self, domain: DomainName, agent: AgentName) -> Self {
        let mut known = self.domain(domain.clone(), [agent.clone()]);
        known.single = Some((domain, agent));
        known
    }

    /// The names of the domains, sorted.
    pub fn domains(&self) -> impl Iterator<Item = &DomainName> {
        self.domains.keys()
    }

    /// The names of a domain's agents, sorted; none of a domain that does not exist.
    pub fn agents(&self, domain: &DomainName) -> impl Iterator<Item = &AgentName> {
        self.domains.get(domain).into_iter().flatten()
    }

    /// The agent that runs alone, with its domain, if there is one.
    #[must_use]
    pub fn single_agent(&self) -> Option<&(DomainName, AgentName)> {
        self.single.as_ref()
    }
}
