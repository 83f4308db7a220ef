//! Contracts as they travel: everything that can be asked in a system, with schemas.

use mistersmith::contract::{ReplyKind, RequestInfo};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The answer of `GET /v1/contracts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContractList {
    /// Every contract that an agent answers, by name.
    pub contracts: Vec<ContractReport>,
}

/// A contract, and who answers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContractReport {
    /// What it is called.
    pub contract: String,
    /// Who answers it: `domain/name`, each once, in start order.
    pub agents: Vec<String>,
    /// What can be asked, in the order of declaration.
    pub requests: Vec<RequestReport>,
}

/// One thing that can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestReport {
    /// What it is called.
    pub action: String,
    /// Whether it is answered once or by a stream.
    pub kind: ReplyKind,
    /// The JSON schema of the payload.
    pub request: Value,
    /// The JSON schema of the reply, or of one item of the stream.
    pub reply: Value,
    /// The digest of all this, words for people left out; nothing if a type in it is none for a wire.
    pub fingerprint: Option<String>,
}

impl From<&RequestInfo> for RequestReport {
    fn from(request: &RequestInfo) -> Self {
        Self {
            action: request.action().to_owned(),
            kind: request.kind(),
            request: request.request_schema().into(),
            reply: request.reply_schema().into(),
            fingerprint: request.fingerprint().ok().map(|fingerprint| fingerprint.to_string()),
        }
    }
}
