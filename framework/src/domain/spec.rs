//! One domain that is to be.

use serde::{Deserialize, Serialize};

use super::DomainLimits;
use crate::agent::AgentSpec;
use crate::identity::{DomainName, NameError};
use crate::supervisor::Flags;

/// What follows when a domain gives up: when its agents needed more restarts than its intensity allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnGiveUp {
    /// The supervisor of the domains decides, as in Erlang: it restarts the domain and those that stand after it,
    /// and when that is too much, the system gives up.
    Escalate,
    /// It stays down, its agents leave discovery, and readiness says why. The rest goes on.
    Degrade,
}

/// A domain that is to be.
#[derive(Clone, Debug)]
pub struct DomainSpec {
    pub(crate) name: DomainName,
    pub(crate) flags: Flags,
    pub(crate) agents: Vec<AgentSpec>,
    pub(crate) on_demand: Vec<AgentSpec>,
    pub(crate) needs: Vec<DomainName>,
    pub(crate) on_give_up: OnGiveUp,
    pub(crate) limits: DomainLimits,
}

impl DomainSpec {
    /// A domain without agents that needs no other, with the default limits; when it gives up, it escalates.
    ///
    /// # Errors
    /// When `name` is not a name for a domain.
    pub fn new(name: impl AsRef<str>, flags: Flags) -> Result<Self, NameError> {
        Ok(Self {
            name: DomainName::new(name)?,
            flags,
            agents: Vec::new(),
            on_demand: Vec::new(),
            needs: Vec::new(),
            on_give_up: OnGiveUp::Escalate,
            limits: DomainLimits::default(),
        })
    }

    /// With one more agent, started after those before it.
    #[must_use]
    pub fn agent(mut self, agent: AgentSpec) -> Self {
        self.agents.push(agent);
        self
    }

    /// With one more agent that is known but not started: whoever needs it adds it to the running domain
    /// ([`System::add_agent`](crate::system::System::add_agent)). It may have the name of another one, in another
    /// version.
    #[must_use]
    pub fn on_demand(mut self, agent: AgentSpec) -> Self {
        self.on_demand.push(agent);
        self
    }

    /// Started after that domain, and restarted with it.
    ///
    /// # Errors
    /// When `domain` is not a name for a domain.
    pub fn needs(mut self, domain: impl AsRef<str>) -> Result<Self, NameError> {
        self.needs.push(DomainName::new(domain)?);
        Ok(self)
    }

    /// With these flags of its supervisor.
    #[must_use]
    pub fn flags(mut self, flags: Flags) -> Self {
        self.flags = flags;
        self
    }

    /// What follows when it gives up.
    #[must_use]
    pub fn on_give_up(mut self, on_give_up: OnGiveUp) -> Self {
        self.on_give_up = on_give_up;
        self
    }

    /// With these limits.
    #[must_use]
    pub fn limits(mut self, limits: DomainLimits) -> Self {
        self.limits = limits;
        self
    }

    /// With each agent changed by `change`, or left out when it returns `None`.
    #[must_use]
    pub fn map_agents(mut self, change: impl FnMut(AgentSpec) -> Option<AgentSpec>) -> Self {
        self.agents = self.agents.into_iter().filter_map(change).collect();
        self
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &DomainName {
        &self.name
    }

    /// Its agents, in start order.
    #[must_use]
    pub fn agents(&self) -> &[AgentSpec] {
        &self.agents
    }

    /// The agents that are known but not started with it.
    #[must_use]
    pub fn on_demand_agents(&self) -> &[AgentSpec] {
        &self.on_demand
    }

    /// The domains that it needs.
    #[must_use]
    pub fn needed(&self) -> &[DomainName] {
        &self.needs
    }

    /// What its agents together may use, when it starts.
    #[must_use]
    pub fn domain_limits(&self) -> DomainLimits {
        self.limits
    }

    /// What follows when it gives up.
    #[must_use]
    pub fn gives_up(&self) -> OnGiveUp {
        self.on_give_up
    }

    /// The flags of its supervisor.
    #[must_use]
    pub fn supervision(&self) -> Flags {
        self.flags
    }
}
