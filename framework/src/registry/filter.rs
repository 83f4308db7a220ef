//! Which agents are meant: by domain, name, contract, capability and version.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Record;
use crate::identity::{AgentName, Capability, DomainName, VersionRequirement};

/// Which agents are meant; what is not set does not matter, so the default means all.
///
/// ```
/// use mistersmith::identity::Capability;
/// use mistersmith::registry::Filter;
///
/// let stores = Filter::default().capability(Capability::new("data.store")?).version("^1.2".parse()?);
/// assert!(stores.domain.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default)]
pub struct Filter {
    /// Of this domain.
    pub domain: Option<DomainName>,
    /// Of this name.
    pub name: Option<AgentName>,
    /// Answering the contract of this name.
    pub contract: Option<String>,
    /// With this capability.
    pub capability: Option<Capability>,
    /// In a version that will do.
    pub version: Option<VersionRequirement>,
}

/// Whether it matters how an agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum Fitness {
    /// It does not matter.
    #[default]
    Any,
    /// Those that work is sent to.
    Fit,
    /// The others.
    Unfit,
}

impl Filter {
    /// The same, of this domain.
    #[must_use]
    pub fn domain(mut self, domain: DomainName) -> Self {
        self.domain = Some(domain);
        self
    }

    /// The same, of this name.
    #[must_use]
    pub fn name(mut self, name: AgentName) -> Self {
        self.name = Some(name);
        self
    }

    /// The same, answering the contract of this name.
    #[must_use]
    pub fn contract(mut self, contract: impl Into<String>) -> Self {
        self.contract = Some(contract.into());
        self
    }

    /// The same, with this capability.
    #[must_use]
    pub fn capability(mut self, capability: Capability) -> Self {
        self.capability = Some(capability);
        self
    }

    /// The same, in a version that will do.
    #[must_use]
    pub fn version(mut self, version: VersionRequirement) -> Self {
        self.version = Some(version);
        self
    }

    /// Whether the agent of this record is meant.
    #[must_use]
    pub fn matches(&self, record: &Record) -> bool {
        self.domain.as_ref().is_none_or(|domain| *domain == record.id.domain)
            && self.name.as_ref().is_none_or(|name| *name == record.id.name)
            && self.contract.as_ref().is_none_or(|contract| *contract == record.contract)
            && self
                .capability
                .as_ref()
                .is_none_or(|capability| record.capabilities.binary_search(capability).is_ok())
            && self.version.as_ref().is_none_or(|version| version.matches(&record.id.version))
    }
}

impl Fitness {
    /// Whether an agent in this health is meant.
    #[must_use]
    pub fn matches(self, record: &Record) -> bool {
        match self {
            Self::Any => true,
            Self::Fit => record.is_fit(),
            Self::Unfit => !record.is_fit(),
        }
    }
}
