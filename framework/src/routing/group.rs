//! Which agents share a load: those of a capability, of a contract, or of a name.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::identity::{AgentName, Capability, DomainName, NameError};
use crate::registry::{Filter, Fitness, Record, Registry};

/// Agents of which any one will do. Members come and go; who is healthy is looked up at each request.
///
/// As text it is told by its form: `security/auth` is a name, `data.store` a capability, and `Counter`, with a
/// capital letter, a contract.
///
/// ```
/// use mistersmith::routing::Group;
///
/// assert!(matches!("security/auth".parse()?, Group::Name(..)));
/// assert!(matches!("data.store".parse()?, Group::Capability(_)));
/// assert!(matches!("Counter".parse()?, Group::Contract(_)));
/// # Ok::<(), mistersmith::routing::GroupError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Group {
    /// Those that can do this.
    Capability(Capability),
    /// Those that answer the contract of this name.
    Contract(String),
    /// The instances of this name.
    Name(DomainName, AgentName),
}

/// Why a text means no group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected domain/name, a capability (lower case) or a contract (with a capital letter), got {got:?}: {source}"
)]
pub struct GroupError {
    got: String,
    source: NameError,
}

impl Group {
    /// One of the healthy members, each in turn; what it costs does not depend on how many there are.
    pub(super) fn pick(&self, registry: &Registry) -> Option<Arc<Record>> {
        match self {
            Self::Capability(capability) => registry.find_healthy(capability),
            Self::Contract(contract) => registry.find_healthy_contract(contract),
            Self::Name(domain, name) => registry.find_healthy_name(domain, name),
        }
    }

    /// All healthy members, by id.
    pub(super) fn fit(&self, registry: &Registry) -> Vec<Arc<Record>> {
        let filter = Filter::default();
        let filter = match self.clone() {
            Self::Capability(capability) => filter.capability(capability),
            Self::Contract(contract) => filter.contract(contract),
            Self::Name(domain, name) => filter.domain(domain).name(name),
        };
        registry.discover(&filter, Fitness::Fit)
    }

    /// What it is, for people.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Capability(capability) => format!("capability {capability}"),
            Self::Contract(contract) => format!("contract {contract}"),
            Self::Name(domain, name) => format!("name {domain}/{name}"),
        }
    }
}

impl From<Capability> for Group {
    fn from(capability: Capability) -> Self {
        Self::Capability(capability)
    }
}

impl FromStr for Group {
    type Err = GroupError;

    fn from_str(text: &str) -> Result<Self, GroupError> {
        let wrong = |source| GroupError { got: text.to_owned(), source };
        if let Some((domain, name)) = text.split_once('/') {
            let domain = DomainName::new(domain).map_err(wrong)?;
            return Ok(Self::Name(domain, AgentName::new(name).map_err(wrong)?));
        }
        let is_type_name = text.chars().any(|c| c.is_ascii_uppercase())
            && text.chars().all(|c| c.is_alphanumeric() || c == '_');
        if is_type_name {
            return Ok(Self::Contract(text.to_owned()));
        }
        Capability::new(text).map(Self::Capability).map_err(wrong)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capability(capability) => write!(f, "{capability}"),
            Self::Contract(contract) => f.write_str(contract),
            Self::Name(domain, name) => write!(f, "{domain}/{name}"),
        }
    }
}

impl TryFrom<String> for Group {
    type Error = GroupError;

    fn try_from(text: String) -> Result<Self, GroupError> {
        text.parse()
    }
}

impl From<Group> for String {
    fn from(group: Group) -> Self {
        group.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_written_as_it_is_read() {
        for text in ["security/auth", "data.store", "cache", "Counter", "KvCache2"] {
            assert_eq!(text.parse::<Group>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_means_no_group_is_refused_with_what_was_expected() {
        for text in ["", "a/b/c", "security/", "Data.Store", "my shop", "/"] {
            let error = text.parse::<Group>().unwrap_err().to_string();
            assert!(error.contains("expected domain/name"), "{text}: {error}");
        }
    }
}
