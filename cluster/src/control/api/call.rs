//! Asking an agent, as it travels: any JSON in, any JSON or a stream of it out.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Problem;

/// The body of `POST /v1/call`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallRequest {
    /// The domain.
    pub domain: String,
    /// The name of an agent there, or the beginning of its instance's UUID; of several agents of one name, one
    /// that is healthy is asked.
    pub agent: String,
    /// What is asked: an action of the agent's contract.
    pub action: String,
    /// With what; may be left out where the action takes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Box<RawValue>>,
    /// How long an answer, or the opening of a stream, is waited for, in milliseconds; 30,000 unless said
    /// otherwise, at most 600,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// The answer to a request with one reply.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallReply {
    /// The reply as the agent's contract has it.
    pub reply: Box<RawValue>,
}

/// One line of the answer to a request with a stream of replies.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamLine {
    /// An item as the agent's contract has it.
    Item(Box<RawValue>),
    /// This was everything: the last line, with how many items there were.
    End(u64),
    /// The stream broke off: the last line.
    Error(Problem),
}
