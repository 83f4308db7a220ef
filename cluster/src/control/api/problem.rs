//! A "no" of the interface: a stable code for programs, a sentence for people, and what would have been right.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ExitReport;

/// Why something was not done, as it travels: `{"error": {…}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProblemBody {
    /// The problem.
    pub error: Problem,
}

/// Why something was not done. What few problems have is boxed, because every answer may be one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// For programs.
    pub code: ProblemCode,
    /// For people.
    pub message: String,
    /// What was expected: a JSON schema where a payload was wrong, words otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Value>,
    /// What there is, where something was asked for that there is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Vec<String>>,
    /// The agent's refusal as its contract has it, where an agent said no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Box<Value>>,
    /// How the agent ended, where it did with the request in hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Box<ExitReport>>,
}

/// Why something was not done, for programs. A client must expect codes that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemCode {
    /// 401: no token, or not this node's.
    Unauthorized,
    /// 403: the request was addressed to a name that is not this machine's own.
    ForeignHost,
    /// 400: another version of the interface was asked for.
    UnsupportedVersion,
    /// 404: there is no such path.
    UnknownPath,
    /// 405: the path does not know this method.
    WrongMethod,
    /// 400: the query of the address cannot be read.
    BadQuery,
    /// 400: the body is no JSON, or not what the path takes.
    BadBody,
    /// 413: the body is larger than it may be.
    TooLarge,
    /// 408: the body did not come in time.
    TooSlow,
    /// 503: too many requests at a time.
    TooBusy,
    /// 404: there is no such domain.
    UnknownDomain,
    /// 404: no agent answers to what was given.
    UnknownAgent,
    /// 410: it was so long ago that it is not kept any more, or it has not been yet.
    NotKept,
    /// 404: the system has no event log.
    NoEventLog,
    /// 503, or in a stream: the event log cannot be read, or not from there on.
    LogUnreadable,
    /// 409: the agent has no state that can be made from its events here.
    NoState,
    /// 409: several agents answer to what was given.
    AmbiguousAgent,
    /// 404: the tree has no such child.
    UnknownChild,
    /// 409: several children of the tree are called that.
    AmbiguousChild,
    /// 409: the child has no process that could end.
    NotRunning,
    /// 404: the agent's contract has no such action.
    UnknownAction,
    /// 422: the payload is not what the action takes.
    WrongPayload,
    /// 409: the agent is in a stage in which that means nothing.
    WrongStage,
    /// 409: the agent said no.
    Refused,
    /// 503: the request did not reach the agent, and will not.
    NotDelivered,
    /// 504: there is no answer; the request may have been done.
    OutcomeUnknown,
    /// In a stream: the agent ended before it had sent everything.
    Interrupted,
    /// 503, or in a stream: the control interface stops.
    Stopping,
    /// 500: the node could not write its answer.
    Internal,
    /// A code of a later version.
    #[serde(other)]
    Other,
}

impl Problem {
    /// A problem without further hints.
    #[must_use]
    pub fn new(code: ProblemCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), expected: None, known: None, refusal: None, exit: None }
    }

    /// With what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<Value>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// With what there is.
    #[must_use]
    pub fn known<T: Into<String>>(mut self, known: impl IntoIterator<Item = T>) -> Self {
        self.known = Some(known.into_iter().map(Into::into).collect());
        self
    }

    /// With the agent's refusal.
    #[must_use]
    pub fn refusal(mut self, refusal: Value) -> Self {
        self.refusal = Some(Box::new(refusal));
        self
    }

    /// With the agent's exit.
    #[must_use]
    pub fn exit(mut self, exit: ExitReport) -> Self {
        self.exit = Some(Box::new(exit));
        self
    }
}

impl ProblemCode {
    /// Every code of this version.
    pub const ALL: [Self; 29] = [
        Self::Unauthorized,
        Self::ForeignHost,
        Self::UnsupportedVersion,
        Self::UnknownPath,
        Self::WrongMethod,
        Self::BadQuery,
        Self::BadBody,
        Self::TooLarge,
        Self::TooSlow,
        Self::TooBusy,
        Self::UnknownDomain,
        Self::UnknownAgent,
        Self::NotKept,
        Self::NoEventLog,
        Self::LogUnreadable,
        Self::NoState,
        Self::AmbiguousAgent,
        Self::UnknownChild,
        Self::AmbiguousChild,
        Self::NotRunning,
        Self::UnknownAction,
        Self::WrongPayload,
        Self::WrongStage,
        Self::Refused,
        Self::NotDelivered,
        Self::OutcomeUnknown,
        Self::Interrupted,
        Self::Stopping,
        Self::Internal,
    ];

    /// The status of the HTTP answer that carries it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::UnsupportedVersion | Self::BadQuery | Self::BadBody => 400,
            Self::Unauthorized => 401,
            Self::ForeignHost => 403,
            Self::UnknownPath | Self::UnknownDomain | Self::UnknownAgent | Self::UnknownAction => 404,
            Self::UnknownChild | Self::NoEventLog => 404,
            Self::WrongMethod => 405,
            Self::TooSlow => 408,
            Self::AmbiguousAgent | Self::AmbiguousChild | Self::NotRunning => 409,
            Self::WrongStage | Self::Refused | Self::NoState => 409,
            Self::NotKept => 410,
            Self::TooLarge => 413,
            Self::WrongPayload => 422,
            Self::TooBusy | Self::NotDelivered | Self::Stopping | Self::LogUnreadable => 503,
            Self::OutcomeUnknown | Self::Interrupted => 504,
            Self::Internal | Self::Other => 500,
        }
    }
}
