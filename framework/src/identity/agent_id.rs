//! The identity of one agent: where it belongs, what it is called, which one it is, which version of it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AgentName, DomainName, InstanceId, NameError, Version};

/// Who an agent is. Written `domain/name@1.2.3#uuid`; as data, a struct.
///
/// The instance survives restarts, moves and upgrades; the version changes in an upgrade. State that outlives a
/// start is therefore kept under [`key`](Self::key), which leaves the version out.
///
/// ```
/// use mistersmith::identity::AgentId;
///
/// let written = "data/kvcache@1.4.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44";
/// let id: AgentId = written.parse()?;
/// assert_eq!(id.to_string(), written);
/// assert_eq!(id.key().to_string(), "data/kvcache#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44");
/// # Ok::<(), mistersmith::identity::AgentIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct AgentId {
    /// The domain that it belongs to.
    pub domain: DomainName,
    /// Its name there; several instances may share it.
    pub name: AgentName,
    /// Which one of that name it is.
    pub instance: InstanceId,
    /// The version of its code.
    pub version: Version,
}

/// What the state of an agent is kept under: its identity without the version.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct AgentKey {
    /// The domain that it belongs to.
    pub domain: DomainName,
    /// Its name there.
    pub name: AgentName,
    /// Which one of that name it is.
    pub instance: InstanceId,
}

/// Why a text is no agent id.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentIdError {
    /// A separator is missing.
    #[error("expected an agent id as domain/name@1.2.3#uuid, got {got:?}, in which {missing:?} is missing")]
    Shape {
        /// What came.
        got: String,
        /// The separator that is not there.
        missing: char,
    },
    /// The domain or the name is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The version is none.
    #[error("expected an agent id as domain/name@1.2.3#uuid, got the version {got:?}")]
    Version {
        /// What stands for the version.
        got: String,
        /// What is wrong with it.
        source: semver::Error,
    },
    /// The instance is none.
    #[error("expected an agent id as domain/name@1.2.3#uuid, got the instance {got:?}")]
    Instance {
        /// What stands for the instance.
        got: String,
        /// What is wrong with it.
        source: uuid::Error,
    },
}

impl AgentId {
    /// What its state is kept under.
    #[must_use]
    pub fn key(&self) -> AgentKey {
        AgentKey { domain: self.domain.clone(), name: self.name.clone(), instance: self.instance }
    }
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@{}#{}", self.domain, self.name, self.version, self.instance)
    }
}

impl fmt::Debug for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentId({self})")
    }
}

impl FromStr for AgentId {
    type Err = AgentIdError;

    fn from_str(text: &str) -> Result<Self, AgentIdError> {
        let cut = |part: &str, at: char| match part.split_once(at) {
            Some((before, after)) => Ok((before.to_owned(), after.to_owned())),
            None => Err(AgentIdError::Shape { got: text.to_owned(), missing: at }),
        };
        let (domain, rest) = cut(text, '/')?;
        let (name, rest) = cut(&rest, '@')?;
        let (version, instance) = cut(&rest, '#')?;
        Ok(Self {
            domain: DomainName::new(domain)?,
            name: AgentName::new(name)?,
            instance: instance
                .parse()
                .map_err(|source| AgentIdError::Instance { got: instance.clone(), source })?,
            version: version
                .parse()
                .map_err(|source| AgentIdError::Version { got: version.clone(), source })?,
        })
    }
}

impl fmt::Display for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}#{}", self.domain, self.name, self.instance)
    }
}

impl fmt::Debug for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UUID: &str = "6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44";

    proptest! {
        #[test]
        fn every_id_reads_back_as_it_was_written(
            domain in "[a-z0-9_-]{1,64}",
            name in "[a-z0-9_-]{1,64}",
            instance in any::<u128>(),
            (major, minor, patch) in any::<(u32, u32, u32)>(),
            pre in "(alpha\\.[1-9][0-9]{0,3})?",
            build in "([a-z0-9]{1,8})?",
        ) {
            prop_assume!(DomainName::new(&domain).is_ok() && AgentName::new(&name).is_ok());
            let mut version = Version::new(major.into(), minor.into(), patch.into());
            version.pre = pre.parse().unwrap();
            version.build = build.parse().unwrap();
            let id = AgentId {
                domain: DomainName::new(&domain).unwrap(),
                name: AgentName::new(&name).unwrap(),
                instance: InstanceId::new(uuid::Uuid::from_u128(instance)),
                version,
            };
            prop_assert_eq!(&id.to_string().parse::<AgentId>().unwrap(), &id);
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(&serde_json::from_str::<AgentId>(&json).unwrap(), &id);
            let bytes = bincode::serialize(&id).unwrap();
            prop_assert_eq!(&bincode::deserialize::<AgentId>(&bytes).unwrap(), &id);
        }
    }

    #[test]
    fn what_is_wrong_with_a_written_id_is_said() {
        let error = |text: &str| text.parse::<AgentId>().unwrap_err();
        for (text, missing) in [("data", '/'), ("data/kv", '@'), ("data/kv@1.0.0", '#')] {
            assert!(matches!(error(text), AgentIdError::Shape { missing: m, .. } if m == missing), "{text}");
        }
        assert!(matches!(error(&format!("Data/kv@1.0.0#{UUID}")), AgentIdError::Name(_)));
        assert!(
            matches!(error(&format!("data/kv@1.0#{UUID}")), AgentIdError::Version { got, .. } if got == "1.0")
        );
        assert!(matches!(error("data/kv@1.0.0#7"), AgentIdError::Instance { got, .. } if got == "7"));
    }

    #[test]
    fn an_upgrade_keeps_the_key() {
        let old: AgentId = format!("data/kv@1.0.0#{UUID}").parse().unwrap();
        let new: AgentId = format!("data/kv@2.0.0#{UUID}").parse().unwrap();
        assert_ne!(old, new);
        assert_eq!(old.key(), new.key());
    }
}
