//! What can go wrong with a call, by what the caller would do about it.

use std::fmt;
use std::sync::Arc;

use crate::contract::{Ask, Contract, Never, Subscribe};
use crate::exit::Exit;
use crate::message::{WaitPath, Why};

/// Why an ask was not answered with a reply. `R` is the request, which comes back when it was never handled.
pub type AskError<R> = CallError<R, <<R as Ask>::Contract as Contract>::Refusal>;

/// Why a stream was not opened.
pub type SubscribeError<R> = CallError<R, <<R as Subscribe>::Contract as Contract>::Refusal>;

/// Why a message that nobody waits for was not delivered.
pub type TellError<R> = CallError<R, Never>;

/// Why a call came to nothing. Variants that hold the `request` say that it was not handled, and will not be.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum CallError<R, N> {
    /// The agent said no, and why.
    #[error("refused: {0}")]
    Refused(N),
    /// The agent's queue is full.
    #[error("overloaded: the agent's queue is full; try again later, or ask another instance")]
    Overloaded {
        /// What was asked.
        request: R,
    },
    /// The agent is down and being started again, and its queue is full.
    #[error(
        "restarting: the agent is down, its queue is full, and it is being started again; try again later"
    )]
    Restarting {
        /// What was asked.
        request: R,
    },
    /// The agent takes no messages at present.
    #[error("suspended: {reason}; try again when the agent is resumed, or ask another instance")]
    Suspended {
        /// What was asked.
        request: R,
        /// Why the agent was suspended.
        reason: String,
    },
    /// The agent has ended for good, or is about to.
    #[error(
        "gone: the agent has ended, or takes no new work because it is about to; look for another instance"
    )]
    Gone {
        /// What was asked.
        request: R,
    },
    /// There is no way to the agent.
    #[error("unreachable: {reason}")]
    Unreachable {
        /// What was asked.
        request: R,
        /// What stands in the way.
        reason: String,
    },
    /// Nobody was found to send it to.
    #[error("{missing}")]
    NotFound {
        /// What was asked.
        request: R,
        /// Who was looked for.
        missing: NotFound,
    },
    /// An agent on the way waits for the answer already: A asks B, which asks A.
    #[error("the answer would wait for itself: {path} -> {to}; let one of them answer later, or from a task")]
    WouldDeadlock {
        /// What was asked.
        request: R,
        /// Who waits, the first asker first.
        path: Box<WaitPath>,
        /// Who was to be asked.
        to: String,
    },
    /// The time given was up. The request may have been handled, or may still be in hand.
    #[error("the deadline passed before there was an answer; it may have been done")]
    DeadlineExceeded,
    /// The agent ended with the request in hand. It may have been handled, in part or in whole.
    #[error("unknown: {}; it may have been done", lost(.exit.as_deref()))]
    Unknown {
        /// How the agent ended; `None` when it has dropped the reply, or how it ended was not known yet.
        exit: Option<Arc<Exit>>,
    },
    /// The request was done before, under the same idempotency key, and the answer that is kept cannot be read any more.
    #[error("it was done before, and its answer cannot be read: {reason}")]
    AnswerUnreadable {
        /// What is wrong with the answer.
        reason: String,
    },
}

/// No agent was found that answers the contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no agent of {wanted} that answers contract {contract} can take work now; it may be restarting, or not be there"
)]
pub struct NotFound {
    /// The contract.
    pub contract: &'static str,
    /// By what it was looked for.
    pub wanted: String,
}

/// What may be done about a call that came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The same will happen again.
    Never,
    /// It was not handled; the same agent may take it later.
    Later,
    /// It was not handled; another instance may take it now.
    Elsewhere,
    /// It may have been handled: only with an idempotency key.
    WithIdempotencyKey,
}

impl<R, N> CallError<R, N> {
    /// What may be done about it.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Refused(_) | Self::WouldDeadlock { .. } | Self::AnswerUnreadable { .. } => Retry::Never,
            Self::Overloaded { .. }
            | Self::Restarting { .. }
            | Self::Suspended { .. }
            | Self::NotFound { .. } => Retry::Later,
            Self::Gone { .. } | Self::Unreachable { .. } => Retry::Elsewhere,
            Self::DeadlineExceeded | Self::Unknown { .. } => Retry::WithIdempotencyKey,
        }
    }

    /// The request, if it was not handled and came back.
    pub fn into_request(self) -> Option<R> {
        match self {
            Self::Overloaded { request }
            | Self::Restarting { request }
            | Self::Suspended { request, .. }
            | Self::Gone { request }
            | Self::Unreachable { request, .. }
            | Self::NotFound { request, .. }
            | Self::WouldDeadlock { request, .. } => Some(request),
            Self::Refused(_)
            | Self::DeadlineExceeded
            | Self::Unknown { .. }
            | Self::AnswerUnreadable { .. } => None,
        }
    }

    /// The request that came back, or the error itself when it holds none.
    pub(super) fn into_returned(self) -> Result<R, Self> {
        if self.has_request() { self.into_request().ok_or(Self::Unknown { exit: None }) } else { Err(self) }
    }

    /// Whether the request was not handled and came back.
    pub(super) fn has_request(&self) -> bool {
        match self {
            Self::Overloaded { .. }
            | Self::Suspended { .. }
            | Self::Gone { .. }
            | Self::Unreachable { .. }
            | Self::NotFound { .. }
            | Self::WouldDeadlock { .. }
            | Self::Restarting { .. } => true,
            Self::Refused(_)
            | Self::DeadlineExceeded
            | Self::Unknown { .. }
            | Self::AnswerUnreadable { .. } => false,
        }
    }

    /// The error for a message that came back because of `why`.
    pub(crate) fn returned(why: Why, request: R) -> Self {
        match why {
            Why::Overloaded { .. } => Self::Overloaded { request },
            Why::Restarting => Self::Restarting { request },
            Why::Suspended { reason } => Self::Suspended { request, reason },
            Why::Gone => Self::Gone { request },
            Why::TooLate => Self::DeadlineExceeded,
            Why::Unreachable { reason } => Self::Unreachable { request, reason },
        }
    }
}

/// Says what went wrong and leaves the request out, which may be large or private.
impl<R, N: fmt::Display> fmt::Debug for CallError<R, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallError({self})")
    }
}

/// What became of an agent that had a request in hand and did not answer it, in words.
pub(crate) fn lost(exit: Option<&Exit>) -> String {
    match exit {
        Some(exit) => format!("the agent ended with the request in hand ({exit})"),
        None => "the agent ended with the request in hand, or dropped the reply".to_owned(),
    }
}
