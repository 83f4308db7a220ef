//! Which version an agent is, and which versions will do: semantic versions, as Cargo reads them.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The version of an agent's code. It changes in an upgrade; the agent stays who it is.
pub use semver::Version;

/// Which versions will do, in Cargo's notation: `^1.2`, `>=1.2, <3`, `*`.
///
/// A pre-release such as `1.2.0-beta` does only when the requirement names a pre-release of the same three
/// numbers, so that nobody gets one unasked.
///
/// ```
/// use mistersmith::identity::{Version, VersionRequirement};
///
/// let requirement: VersionRequirement = ">=1.2, <3".parse()?;
/// assert!(requirement.matches(&Version::new(2, 0, 0)));
/// assert!(!requirement.matches(&Version::new(3, 0, 0)));
/// # Ok::<(), mistersmith::identity::VersionRequirementError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionRequirement(semver::VersionReq);

/// Why a text is no requirement.
#[derive(Debug, thiserror::Error)]
#[error("expected a version requirement such as ^1.2 or \">=1.2, <3\", got {got:?}")]
pub struct VersionRequirementError {
    /// What came.
    pub got: String,
    /// What is wrong with it.
    pub source: semver::Error,
}

impl VersionRequirement {
    /// Any version, except pre-releases.
    pub const ANY: Self = Self(semver::VersionReq::STAR);

    /// Whether `version` will do.
    #[must_use]
    pub fn matches(&self, version: &Version) -> bool {
        self.0.matches(version)
    }
}

impl FromStr for VersionRequirement {
    type Err = VersionRequirementError;

    fn from_str(text: &str) -> Result<Self, VersionRequirementError> {
        text.parse().map(Self).map_err(|source| VersionRequirementError { got: text.to_owned(), source })
    }
}

impl From<semver::VersionReq> for VersionRequirement {
    fn from(requirement: semver::VersionReq) -> Self {
        Self(requirement)
    }
}

impl fmt::Display for VersionRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for VersionRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VersionRequirement({})", self.0)
    }
}

impl JsonSchema for VersionRequirement {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "VersionRequirement".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["^1.2", ">=1.2, <3", "*"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_is_read_as_cargo_reads_it() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        for (requirement, fits, does_not) in [
            ("1.2", "1.9.0", "2.0.0"),
            ("~1.2", "1.2.9", "1.3.0"),
            (">=1.2, <3", "2.9.9", "3.0.0"),
            ("*", "9.9.9", "1.0.0-beta"),
        ] {
            let requirement: VersionRequirement = requirement.parse().unwrap();
            assert!(requirement.matches(&version(fits)), "{requirement} {fits}");
            assert!(!requirement.matches(&version(does_not)), "{requirement} {does_not}");
        }
    }

    #[test]
    fn what_is_no_requirement_is_refused_with_what_was_expected() {
        let error = "newest".parse::<VersionRequirement>().unwrap_err();
        assert!(error.to_string().starts_with("expected a version requirement such as ^1.2"), "{error}");
        assert!(serde_json::from_str::<VersionRequirement>("\"newest\"").is_err());
    }

    #[test]
    fn it_travels_as_text() {
        let requirement: VersionRequirement = "^1.2".parse().unwrap();
        assert_eq!(serde_json::to_string(&requirement).unwrap(), "\"^1.2\"");
        assert_eq!(
            bincode::deserialize::<VersionRequirement>(&bincode::serialize(&requirement).unwrap()).unwrap(),
            requirement
        );
    }
}
