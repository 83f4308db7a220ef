//! A request that was answered with events: its key, and the answer, kept beside the events.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Json, Sequence};

/// The longest key, in bytes.
const KEY_LIMIT: usize = 256;

/// A request that is to be done once: what is asked, and the key that its sender gave it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "(String, String)", into = "(String, String)")]
pub struct RequestKey {
    action: Arc<str>,
    key: Arc<str>,
}

/// Why a key is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an idempotency key of 1 to 256 bytes for `{action}`, got {length} bytes")]
pub struct RequestKeyError {
    /// What was asked.
    pub action: String,
    /// The bytes that came.
    pub length: usize,
}

/// What a request was answered with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordedAnswer {
    /// This reply.
    Reply(Json),
    /// This refusal.
    Refusal(Json),
}

/// A request that was answered, and with what. It stands beside the last of the events that it led to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Answered {
    /// The request.
    pub key: RequestKey,
    /// The answer.
    pub answer: RecordedAnswer,
}

/// A request that was answered before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Repeated {
    /// The last of the events that it led to.
    pub sequence: Sequence,
    /// The answer that it got.
    pub answer: RecordedAnswer,
}

impl RequestKey {
    /// The request `action` with the key `key`. The same key beside another action is another request.
    ///
    /// # Errors
    /// When the key is empty or longer than 256 bytes.
    pub fn new(action: impl AsRef<str>, key: impl AsRef<str>) -> Result<Self, RequestKeyError> {
        let (action, key) = (action.as_ref(), key.as_ref());
        if key.is_empty() || key.len() > KEY_LIMIT || action.len() > KEY_LIMIT {
            return Err(RequestKeyError {
                action: action.chars().take(KEY_LIMIT).collect(),
                length: key.len(),
            });
        }
        Ok(Self { action: action.into(), key: key.into() })
    }

    /// What is asked, in snake case.
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The key that the sender gave.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl TryFrom<(String, String)> for RequestKey {
    type Error = RequestKeyError;

    fn try_from((action, key): (String, String)) -> Result<Self, RequestKeyError> {
        Self::new(action, key)
    }
}

impl From<RequestKey> for (String, String) {
    fn from(key: RequestKey) -> Self {
        (key.action.as_ref().to_owned(), key.key.as_ref().to_owned())
    }
}

impl fmt::Display for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.action, self.key)
    }
}

impl fmt::Debug for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestKey({self})")
    }
}
