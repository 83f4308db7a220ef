//! JSON that travels as text, so that it can be inside of data for any codec.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A JSON value as its text. What is no JSON cannot be made into one. Cheap to clone.
///
/// As data it is a string: a `serde_json::Value` could be written as bincode and not be read back.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json(Arc<str>);

impl Json {
    /// The text of `value`.
    ///
    /// # Errors
    /// When JSON has no form for it, such as a map whose keys are no strings.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(|text| Self(text.into()))
    }

    /// The value that `text` spells.
    ///
    /// # Errors
    /// When it spells none.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, serde_json::Error> {
        let text = text.as_ref();
        serde_json::from_str::<IgnoredAny>(text).map(|_| Self(text.into()))
    }

    /// `null`.
    #[must_use]
    pub fn null() -> Self {
        Self("null".into())
    }

    /// A text that was a [`Json`] before and whose checksum is right.
    #[cfg(feature = "sqlite")]
    pub(crate) fn trusted(text: &str) -> Self {
        Self(text.into())
    }

    /// The value as a `T`.
    ///
    /// # Errors
    /// When it is no `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({self})")
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text)
            .map_err(|error| D::Error::custom(format_args!("expected JSON as text, got none: {error}")))
    }
}

impl JsonSchema for Json {
    fn schema_name() -> Cow<'static, str> {
        "JsonText".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}
