//! `agents`, and `agent` as phase 2 wrote it: what runs.

use crate::config::outline::{Outline, quoted};
use crate::config::reader::Reader;
use crate::config::reading;
use crate::config::value::Refused;
use crate::identity::{AgentName, DomainName};

/// What runs on this node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentsSettings {
    /// Whether agents are registered, so that they can be found; they are unless said otherwise.
    pub registry_enabled: bool,
    /// Which domains and agents run.
    pub run: Run,
}

/// Which domains and agents run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// Every domain that there is; the default.
    All,
    /// These domains, in the order of writing, each once; none means that no domain runs.
    Only(Vec<DomainName>),
    /// One agent alone, as in phase 2: `agent: { type: single }`.
    Single {
        /// Its domain.
        domain: DomainName,
        /// Its name.
        agent: AgentName,
    },
}

impl Run {
    /// Whether this domain runs, if only in part.
    #[must_use]
    pub fn includes(&self, domain: &DomainName) -> bool {
        match self {
            Self::All => true,
            Self::Only(domains) => domains.contains(domain),
            Self::Single { domain: single, .. } => single == domain,
        }
    }
}

impl Default for AgentsSettings {
    fn default() -> Self {
        Self { registry_enabled: true, run: Run::All }
    }
}

impl AgentsSettings {
    /// Reads `agent` and `agents` of the document. Where both say what runs, the later layer wins, and in one layer
    /// `agents.domains`, which is the newer form.
    pub(in crate::config) fn read(&mut self, at: &mut Reader<'_>) {
        let mut single = None;
        at.section("agent", |at| {
            let alone = at.known.single_agent().cloned();
            let mut run = None;
            at.some("type", &mut run, |written| {
                reading::choice(&["single"])(written)?;
                let hint = "write agents.domains";
                alone.ok_or_else(|| Refused::new("no type, as no agent here runs alone").hint(hint))
            });
            single = run.zip(at.origin("type").cloned());
        });
        let mut only = None;
        at.section("agents", |at| {
            at.section("registry", |at| at.set("enabled", &mut self.registry_enabled, reading::boolean));
            let known = at.known.domains().cloned().collect::<Vec<_>>();
            only = at.names("domains", &known).zip(at.origin("domains").cloned());
        });
        match (single, only) {
            (Some((_, alone)), Some((domains, many))) if alone.layer() <= many.layer() => {
                self.run = Run::Only(domains);
            }
            (Some(((domain, agent), _)), _) => self.run = Run::Single { domain, agent },
            (None, Some((domains, _))) => self.run = Run::Only(domains),
            (None, None) => {}
        }
    }

    /// Adds `agent` and `agents` to the document.
    pub(in crate::config) fn outline(&self, document: Outline) -> Outline {
        let agents = Outline::map().with("registry", Outline::map().put("enabled", self.registry_enabled));
        match &self.run {
            Run::All => document.with("agents", agents),
            Run::Only(domains) => {
                let names = domains.iter().map(|name| quoted(name.as_str())).collect();
                document.with("agents", agents.with("domains", Outline::List(names)))
            }
            Run::Single { .. } => {
                document.with("agent", Outline::map().put("type", "single")).with("agents", agents)
            }
        }
    }
}
