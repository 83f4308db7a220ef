//! What kind of event it is, and in which version of its form it was written.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest name of a kind of event, in bytes.
const NAME_LIMIT: usize = 128;

/// What kind of event it is: at most 128 bytes of letters, digits, `_`, `-` and `.`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct EventName(Arc<str>);

/// The kind of an event and the version of the form in which it was written. Written `Deposited@2`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct EventType {
    /// The kind.
    pub name: EventName,
    /// The version of the form of its data: 1, 2, 3 and so on.
    pub version: NonZeroU32,
}

/// Why a text names no kind of event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected the name of a kind of event (letters, digits, _, - and ., at most 128 bytes, perhaps @ and a version from 1), got {got:?}"
)]
pub struct EventTypeError {
    /// What came.
    pub got: String,
}

impl EventName {
    /// The name that `text` spells.
    ///
    /// # Errors
    /// When it is empty, too long, or has a character that has no place in a name.
    pub fn new(text: impl AsRef<str>) -> Result<Self, EventTypeError> {
        let text = text.as_ref();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if text.is_empty() || text.len() > NAME_LIMIT || !text.bytes().all(fits) {
            return Err(EventTypeError { got: text.chars().take(NAME_LIMIT).collect() });
        }
        Ok(Self(text.into()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl EventType {
    /// The first version of the kind called `name`.
    ///
    /// # Errors
    /// When that is no name of a kind.
    pub fn first(name: impl AsRef<str>) -> Result<Self, EventTypeError> {
        EventName::new(name).map(|name| Self { name, version: NonZeroU32::MIN })
    }

    /// The kind in this version.
    #[must_use]
    pub fn version(self, version: NonZeroU32) -> Self {
        Self { version, ..self }
    }
}

impl TryFrom<String> for EventName {
    type Error = EventTypeError;

    fn try_from(text: String) -> Result<Self, EventTypeError> {
        Self::new(text)
    }
}

impl From<EventName> for String {
    fn from(name: EventName) -> Self {
        name.as_str().to_owned()
    }
}

impl FromStr for EventType {
    type Err = EventTypeError;

    fn from_str(text: &str) -> Result<Self, EventTypeError> {
        let (name, version) = text.split_once('@').unwrap_or((text, "1"));
        let version =
            version.parse().map_err(|_| EventTypeError { got: text.chars().take(NAME_LIMIT).collect() })?;
        Ok(Self { name: EventName::new(name)?, version })
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventName({self})")
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

impl fmt::Debug for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventType({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_reads_back_as_it_was_written_and_without_a_version_it_is_the_first() {
        for written in ["Deposited@1", "account.closed@17"] {
            assert_eq!(written.parse::<EventType>().unwrap().to_string(), written);
        }
        assert_eq!("Deposited".parse::<EventType>().unwrap(), EventType::first("Deposited").unwrap());
    }

    #[test]
    fn what_is_no_type_is_refused_and_said_to_be_none() {
        for text in ["", "a b", "@1", "a@0", "a@x", "a@1@2", "ä", &"a".repeat(129)] {
            let error = text.parse::<EventType>().unwrap_err();
            assert!(error.to_string().starts_with("expected the name of a kind of event"), "{text}");
        }
    }
}
