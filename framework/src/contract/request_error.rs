//! Why a request could not be read from its action and its payload.

use schemars::Schema;

/// Why a request could not be read; it says what would have been right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The contract has no such action.
    #[error("{contract} has no action `{action}`; it has: {}", known.join(", "))]
    UnknownAction {
        /// The contract that was asked.
        contract: &'static str,
        /// What was asked for.
        action: String,
        /// What there is, in the order of declaration.
        known: Vec<&'static str>,
    },
    /// The payload is not what the action takes.
    #[error("{contract} cannot read the payload of `{action}` at `{place}`: {source}")]
    WrongPayload {
        /// The contract that was asked.
        contract: &'static str,
        /// The action that was asked for.
        action: &'static str,
        /// Where in the payload: `order.lines[2].amount`, or `payload` for the whole of it.
        place: String,
        /// The JSON schema of what was expected.
        schema: Box<Schema>,
        /// What serde expected and got, with line and column.
        source: serde_json::Error,
    },
}

impl RequestError {
    /// The JSON schema of what was expected, when the action is known.
    #[must_use]
    pub fn schema(&self) -> Option<&Schema> {
        match self {
            Self::UnknownAction { .. } => None,
            Self::WrongPayload { schema, .. } => Some(schema),
        }
    }
}
