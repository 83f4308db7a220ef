//! Names of domains, agents and capabilities: short, lower case, and safe as a part of a NATS subject.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a domain: one token of `a-z`, `0-9`, `_` and `-`, at most 64 bytes.
///
/// Cloning shares the text. See [`DomainName::new`] for what is refused.
#[derive(Clone, Eq, PartialOrd, Ord)]
pub struct DomainName(Arc<str>);

/// The name of an agent within its domain: one token of `a-z`, `0-9`, `_` and `-`, at most 64 bytes.
///
/// Several instances may share it. Cloning shares the text. See [`AgentName::new`] for what is refused.
#[derive(Clone, Eq, PartialOrd, Ord)]
pub struct AgentName(Arc<str>);

/// What an agent can be asked for: tokens of `a-z`, `0-9`, `_` and `-` joined by dots, at most 128 bytes, such as
/// `data.store`.
///
/// Cloning shares the text. See [`Capability::new`] for what is refused.
#[derive(Clone, Eq, PartialOrd, Ord)]
pub struct Capability(Arc<str>);

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// There is nothing in it, or nothing between two dots.
    #[error("expected {expected}, got {got:?}, in which a part is empty")]
    Empty {
        /// The form of such a name.
        expected: &'static str,
        /// What came.
        got: String,
    },
    /// It is longer than such a name may be.
    #[error("expected {expected}, got {length} bytes; use at most {limit}")]
    TooLong {
        /// The form of such a name.
        expected: &'static str,
        /// The bytes that came.
        length: usize,
        /// The most that may come.
        limit: usize,
    },
    /// A character is in it that a subject cannot carry.
    #[error("expected {expected}, got {got:?}, in which {character:?} has no place")]
    Character {
        /// The form of such a name.
        expected: &'static str,
        /// What came.
        got: String,
        /// The first character that has no place in it.
        character: char,
    },
    /// The word means something else in a subject.
    #[error("expected {expected}, got {got:?}, which is reserved; use another word")]
    Reserved {
        /// The form of such a name.
        expected: &'static str,
        /// What came.
        got: String,
    },
}

/// The words that mean something else where a domain or an agent stands in a subject.
const RESERVED: [&str; 3] = ["discovery", "registry", "event"];

/// What one kind of name must be.
struct Form {
    expected: &'static str,
    pattern: &'static str,
    limit: usize,
    dotted: bool,
}

impl Form {
    const DOMAIN: Self = Self {
        expected: "a domain name (a-z, 0-9, _ and -, at most 64 bytes)",
        pattern: "^[a-z0-9_-]+$",
        limit: 64,
        dotted: false,
    };

    const AGENT: Self =
        Self { expected: "an agent name (a-z, 0-9, _ and -, at most 64 bytes)", ..Self::DOMAIN };

    const CAPABILITY: Self = Self {
        expected: "a capability (a-z, 0-9, _ and -, parts joined by dots, at most 128 bytes)",
        pattern: r"^[a-z0-9_-]+(\.[a-z0-9_-]+)*$",
        limit: 128,
        dotted: true,
    };

    fn check(&self, text: &str) -> Result<(), NameError> {
        let expected = self.expected;
        let got = || text.to_owned();
        if text.len() > self.limit {
            return Err(NameError::TooLong { expected, length: text.len(), limit: self.limit });
        }
        let fits = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-') || (c == '.' && self.dotted);
        if let Some(character) = text.chars().find(|&c| !fits(c)) {
            return Err(NameError::Character { expected, got: got(), character });
        }
        if text.split('.').any(str::is_empty) {
            return Err(NameError::Empty { expected, got: got() });
        }
        if !self.dotted && RESERVED.contains(&text) {
            return Err(NameError::Reserved { expected, got: got() });
        }
        Ok(())
    }

    fn schema(&self) -> Schema {
        let mut schema = json_schema!({ "type": "string", "pattern": self.pattern, "maxLength": self.limit });
        if !self.dotted {
            schema.insert("not".to_owned(), serde_json::json!({ "enum": RESERVED }));
        }
        schema
    }
}

macro_rules! impl_name {
    ($name:ident, $form:expr) => {
        impl $name {
            /// The name that `text` spells.
            ///
            /// # Errors
            /// [`NameError`] when the text is empty, too long, has a character that has no place in it, or, for
            /// domains and agents, is one of the reserved words `discovery`, `registry` and `event`.
            pub fn new(text: impl AsRef<str>) -> Result<Self, NameError> {
                let text = text.as_ref();
                $form.check(text).map(|()| Self(text.into()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        // Names are shared far more often than they are spelled anew; the text is read only when it is another's.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = NameError;

            fn try_from(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_id() -> Cow<'static, str> {
                concat!(module_path!(), "::", stringify!($name)).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $form.schema()
            }
        }
    };
}

impl DomainName {
    /// Its text, shared.
    pub(crate) fn text(&self) -> &Arc<str> {
        &self.0
    }
}

impl_name!(DomainName, Form::DOMAIN);
impl_name!(AgentName, Form::AGENT);
impl_name!(Capability, Form::CAPABILITY);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_token_and_a_capability_may_have_several() {
        for good in ["a", "kv_cache-2", &"x".repeat(64)] {
            assert_eq!(DomainName::new(good).unwrap().as_str(), good);
            assert_eq!(AgentName::new(good).unwrap().as_str(), good);
            assert_eq!(Capability::new(good).unwrap().as_str(), good);
        }
        assert_eq!(Capability::new("data.store").unwrap().to_string(), "data.store");
    }

    #[test]
    fn what_a_subject_cannot_carry_is_refused_with_what_came() {
        for (bad, character) in [("Data", 'D'), ("a b", ' '), ("a.b", '.'), ("a>", '>'), ("é", 'é')] {
            let error = AgentName::new(bad).unwrap_err();
            assert!(
                matches!(&error, NameError::Character { got, character: c, .. } if got == bad && *c == character)
            );
        }
        assert_eq!(
            DomainName::new("Data").unwrap_err().to_string(),
            "expected a domain name (a-z, 0-9, _ and -, at most 64 bytes), got \"Data\", in which 'D' has no place"
        );
    }

    #[test]
    fn nothing_is_no_name_not_even_between_dots() {
        assert!(matches!(DomainName::new(""), Err(NameError::Empty { .. })));
        for bad in ["", ".", "a.", ".a", "a..b"] {
            assert!(matches!(Capability::new(bad), Err(NameError::Empty { .. })), "{bad:?}");
        }
    }

    #[test]
    fn a_name_ends_at_its_limit() {
        assert!(matches!(
            DomainName::new("x".repeat(65)),
            Err(NameError::TooLong { length: 65, limit: 64, .. })
        ));
        assert!(Capability::new("x".repeat(128)).is_ok());
        assert!(matches!(Capability::new("x".repeat(129)), Err(NameError::TooLong { limit: 128, .. })));
    }

    #[test]
    fn reserved_words_name_no_domain_and_no_agent() {
        for word in RESERVED {
            assert!(matches!(DomainName::new(word), Err(NameError::Reserved { .. })));
            assert!(matches!(AgentName::new(word), Err(NameError::Reserved { .. })));
            assert!(Capability::new(word).is_ok());
        }
    }

    #[test]
    fn a_decoder_refuses_what_the_constructor_refuses() {
        let name: AgentName = serde_json::from_str("\"kvcache\"").unwrap();
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"kvcache\"");
        let error = serde_json::from_str::<AgentName>("\"registry\"").unwrap_err();
        assert!(error.to_string().contains("\"registry\", which is reserved"), "{error}");
        assert!(bincode::deserialize::<DomainName>(&bincode::serialize("Data").unwrap()).is_err());
    }

    #[test]
    fn the_schema_says_what_the_constructor_checks() {
        let schema = schemars::schema_for!(Capability);
        assert_eq!(schema.get("pattern").unwrap(), r"^[a-z0-9_-]+(\.[a-z0-9_-]+)*$");
        assert_eq!(schema.get("maxLength").unwrap(), 128);
    }
}
