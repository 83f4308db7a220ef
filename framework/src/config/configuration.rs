//! The checked configuration of a node, as plain data.

use std::collections::BTreeMap;
use std::fmt;

use super::outline::Outline;
use super::reader::Reader;
use super::section::{
    AgentLimits, AgentSettings, AgentsSettings, ControlSettings, DomainLimits, DomainSettings,
    EventsSettings, HeartbeatSettings, LogSettings, NodeSettings, Run, Section, SupervisionSettings,
};
use crate::identity::{AgentName, DomainName};

/// Everything that can be said about a node without code. It displays as the YAML that says it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Configuration {
    /// Who this node is.
    pub node: NodeSettings,
    /// What runs.
    pub agents: AgentsSettings,
    /// How much each agent may use.
    pub agent_limits: AgentLimits,
    /// How much each domain may use.
    pub domain_limits: DomainLimits,
    /// The upper levels of the tree.
    pub supervision: SupervisionSettings,
    /// What is different for single domains.
    pub domains: BTreeMap<DomainName, DomainSettings>,
    /// Where its event log is.
    pub events: EventsSettings,
    /// Where the node can be looked at.
    pub control: ControlSettings,
    /// How much is told.
    pub log: LogSettings,
    /// How soon silence is noticed.
    pub heartbeat: HeartbeatSettings,
}

/// The messages that may wait for an agent of which nobody said otherwise.
const MAILBOX_CAPACITY: u32 = 10_000;

impl Default for Configuration {
    fn default() -> Self {
        Self {
            node: NodeSettings::default(),
            agents: AgentsSettings::default(),
            agent_limits: AgentLimits { max_message_queue: Some(MAILBOX_CAPACITY), ..AgentLimits::default() },
            domain_limits: DomainLimits::default(),
            supervision: SupervisionSettings::default(),
            domains: BTreeMap::new(),
            events: EventsSettings::default(),
            control: ControlSettings::default(),
            log: LogSettings::default(),
            heartbeat: HeartbeatSettings::default(),
        }
    }
}

impl Configuration {
    /// What is said about one agent, if anything is.
    #[must_use]
    pub fn agent(&self, domain: &DomainName, agent: &AgentName) -> Option<&AgentSettings> {
        self.domains.get(domain)?.agents.get(agent)
    }

    /// Whether this agent runs: its domain does, it is the single one if there is one, and it is not disabled.
    #[must_use]
    pub fn runs(&self, domain: &DomainName, agent: &AgentName) -> bool {
        let chosen = match &self.agents.run {
            Run::Single { domain: one, agent: alone } => one == domain && alone == agent,
            run => run.includes(domain),
        };
        chosen && self.agent(domain, agent).and_then(|settings| settings.enabled).unwrap_or(true)
    }

    /// The limits of one agent: its own, and where it has none, those of every agent.
    #[must_use]
    pub fn limits_of_agent(&self, domain: &DomainName, agent: &AgentName) -> AgentLimits {
        let own = self.agent(domain, agent).map(|settings| settings.limits).unwrap_or_default();
        own.or(self.agent_limits)
    }

    /// The limits of one domain: its own, and where it has none, those of every domain.
    #[must_use]
    pub fn limits_of_domain(&self, domain: &DomainName) -> DomainLimits {
        let own = self.domains.get(domain).map(|settings| settings.limits).unwrap_or_default();
        own.or(self.domain_limits)
    }

    /// How many messages may wait for one agent: what its mailbox says, then its limits, then those of every agent,
    /// then 10,000.
    #[must_use]
    pub fn mailbox_capacity(&self, domain: &DomainName, agent: &AgentName) -> u32 {
        let mailbox = self.agent(domain, agent).and_then(|settings| settings.mailbox.capacity);
        let limit = || self.limits_of_agent(domain, agent).max_message_queue;
        mailbox.or_else(limit).unwrap_or(MAILBOX_CAPACITY)
    }

    /// The YAML that says all this. For a configuration that was itself loaded, loading it again without other
    /// sources gives an equal one.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        self.to_string()
    }

    pub(super) fn read(&mut self, at: &mut Reader<'_>) {
        at.section("node", |at| self.node.read(at));
        self.agents.read(at);
        at.section("agent_limits", |at| self.agent_limits.read(at));
        at.section("domain_limits", |at| self.domain_limits.read(at));
        at.section("supervision", |at| self.supervision.read(at));
        let known = at.known.domains().cloned().collect::<Vec<_>>();
        at.each("domains", &known, |name, at| {
            self.domains.entry(name.clone()).or_default().read(name, at);
        });
        at.section("events", |at| self.events.read(at));
        at.section("control", |at| self.control.read(at));
        at.section("log", |at| self.log.read(at));
        at.section("heartbeat", |at| self.heartbeat.read(at));
    }

    pub(super) fn outline(&self) -> Outline {
        let domains =
            self.domains.iter().fold(Outline::map(), |map, (name, domain)| map.with(name, domain.outline()));
        self.agents
            .outline(Outline::map().with("node", self.node.outline()))
            .nest("agent_limits", self.agent_limits.outline())
            .nest("domain_limits", self.domain_limits.outline())
            .with("supervision", self.supervision.outline())
            .nest("domains", domains)
            .with("events", self.events.outline())
            .with("control", self.control.outline())
            .with("log", self.log.outline())
            .with("heartbeat", self.heartbeat.outline())
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.outline().fmt(f)
    }
}
