//! `domains.NAME`: what is different for one domain.

use std::collections::BTreeMap;
use std::fmt;

use super::{AgentSettings, DomainLimits, FlagOverrides, Section};
use crate::config::outline::Outline;
use crate::config::reader::Reader;
use crate::config::reading::choice;
use crate::identity::{AgentName, DomainName};

/// What is different for one domain from what its own code says.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct DomainSettings {
    /// Its supervisor.
    pub flags: FlagOverrides,
    /// What happens when its supervisor gives up.
    pub on_give_up: Option<OnGiveUp>,
    /// How much it may use, where that differs from `domain_limits`.
    pub limits: DomainLimits,
    /// What is different for its agents.
    pub agents: BTreeMap<AgentName, AgentSettings>,
}

/// What happens when a domain's supervisor gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnGiveUp {
    /// The domains' supervisor decides, as in OTP.
    Escalate,
    /// The domain stays down and the rest stays up.
    Degrade,
}

impl fmt::Display for OnGiveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Escalate => "escalate",
            Self::Degrade => "degrade",
        })
    }
}

impl DomainSettings {
    /// Reads what stands under the name of the domain `name`.
    pub(in crate::config) fn read(&mut self, name: &DomainName, at: &mut Reader<'_>) {
        self.flags.read(at);
        at.some("on_give_up", &mut self.on_give_up, choice(&[OnGiveUp::Escalate, OnGiveUp::Degrade]));
        at.section("limits", |at| self.limits.read(at));
        let agents = at.known.agents(name).cloned().collect::<Vec<_>>();
        at.each("agents", &agents, |agent, at| self.agents.entry(agent.clone()).or_default().read(at));
    }

    pub(in crate::config) fn outline(&self) -> Outline {
        let agents =
            self.agents.iter().fold(Outline::map(), |map, (name, agent)| map.with(name, agent.outline()));
        self.flags
            .outline()
            .maybe("on_give_up", self.on_give_up)
            .nest("limits", self.limits.outline())
            .nest("agents", agents)
    }
}
