//! Why a running supervisor did not do what it was asked: one error per call, case by case as Erlang's supervisor
//! answers.

use super::SpecProblems;
use crate::exit::Exit;

/// Why a child was not started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartChildError {
    /// The specification is wrong in itself or here.
    #[error("the child specification cannot be used: {0}")]
    Invalid(SpecProblems),
    /// A child of this id runs.
    #[error("a child of this id runs already; terminate it first, or choose another id")]
    AlreadyStarted,
    /// A child of this id is known and does not run.
    #[error("a child of this id is present and down; restart it, or delete it first")]
    AlreadyPresent,
    /// It was tried, and failed; no specification is kept.
    #[error("the child did not start: {0}")]
    Failed(Exit),
    /// An earlier process of this id was killed and does not yield.
    #[error("a process of this id was killed and does not yield; the id is free when it is gone")]
    Orphaned,
    /// The supervisor is dynamic.
    #[error("the supervisor is dynamic; start an instance of it with Dynamic::start_child")]
    Dynamic,
    /// Nobody was there to ask: the supervisor had ended before.
    #[error("the supervisor had ended before")]
    SupervisorGone,
    /// The supervisor ended, in this way, before it came to this call.
    #[error("the supervisor ended before it came to this call: {0}")]
    SupervisorEnded(Exit),
}

/// Why a child was not terminated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TerminateChildError {
    /// There is no such child.
    #[error("there is no such child")]
    NotFound,
    /// The supervisor is dynamic: its children have no ids of their own.
    #[error(
        "the supervisor is dynamic; terminate an instance of it by its number, with Dynamic::terminate_child"
    )]
    Dynamic,
    /// Nobody was there to ask: the supervisor had ended before.
    #[error("the supervisor had ended before")]
    SupervisorGone,
    /// The supervisor ended, in this way, before it came to this call.
    #[error("the supervisor ended before it came to this call: {0}")]
    SupervisorEnded(Exit),
}

/// Why a child was not started again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestartChildError {
    /// It runs.
    #[error("the child runs; terminate it first")]
    Running,
    /// The supervisor is at it.
    #[error("the child is being restarted by its supervisor")]
    Restarting,
    /// There is no child of this id.
    #[error("there is no child of this id")]
    NotFound,
    /// It was tried once, and failed; the specification stays.
    #[error("the child did not start: {0}")]
    Failed(Exit),
    /// An earlier process of this id was killed and does not yield.
    #[error("a process of this id was killed and does not yield; the id is free when it is gone")]
    Orphaned,
    /// The supervisor is dynamic: it keeps no child that is down.
    #[error("the supervisor is dynamic and keeps no instance that is down; start a new one")]
    Dynamic,
    /// Nobody was there to ask: the supervisor had ended before.
    #[error("the supervisor had ended before")]
    SupervisorGone,
    /// The supervisor ended, in this way, before it came to this call.
    #[error("the supervisor ended before it came to this call: {0}")]
    SupervisorEnded(Exit),
}

/// Why a child was not deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeleteChildError {
    /// It runs.
    #[error("the child runs; terminate it first")]
    Running,
    /// The supervisor is at it.
    #[error("the child is being restarted by its supervisor; terminate it first")]
    Restarting,
    /// There is no child of this id.
    #[error("there is no child of this id")]
    NotFound,
    /// The supervisor is dynamic: it keeps no child that is down.
    #[error(
        "the supervisor is dynamic and forgets an instance that is terminated; there is nothing to delete"
    )]
    Dynamic,
    /// Nobody was there to ask: the supervisor had ended before.
    #[error("the supervisor had ended before")]
    SupervisorGone,
    /// The supervisor ended, in this way, before it came to this call.
    #[error("the supervisor ended before it came to this call: {0}")]
    SupervisorEnded(Exit),
}

/// Why an instance was not started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartInstanceError {
    /// Its own specification is wrong.
    #[error("the child specification cannot be used: {0}")]
    Invalid(SpecProblems),
    /// There are as many as there may be, those that are being restarted included.
    #[error("there are {limit} instances, as many as there may be; terminate one, or raise max_children")]
    MaxChildren {
        /// How many there may be.
        limit: usize,
    },
    /// It was tried, and failed; nothing is kept of it.
    #[error("the instance did not start: {0}")]
    Failed(Exit),
    /// The supervisor starts nothing from such arguments.
    #[error("the supervisor starts no instances from such arguments; ask Supervisor::dynamic for it")]
    NotDynamic,
    /// Nobody was there to ask: the supervisor had ended before.
    #[error("the supervisor had ended before")]
    SupervisorGone,
    /// The supervisor ended, in this way, before it came to this call.
    #[error("the supervisor ended before it came to this call: {0}")]
    SupervisorEnded(Exit),
}

/// Why a running supervisor did not take a new specification. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpgradeError {
    /// The new specification is wrong in itself, or for this supervisor.
    #[error("the new specification cannot be used: {0}")]
    Invalid(SpecProblems),
    /// Nobody was there to ask: the supervisor had ended before.
    #[error("the supervisor had ended before")]
    SupervisorGone,
    /// The supervisor ended, in this way, before it came to this call.
    #[error("the supervisor ended before it came to this call: {0}")]
    SupervisorEnded(Exit),
}

/// Why a child's specification is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChildSpecError {
    /// There is no such child.
    #[error("there is no such child")]
    NotFound,
    /// Nobody was there to ask: the supervisor had ended before.
    #[error("the supervisor had ended before")]
    SupervisorGone,
    /// The supervisor ended, in this way, before it came to this call.
    #[error("the supervisor ended before it came to this call: {0}")]
    SupervisorEnded(Exit),
}

/// Why a supervisor's children are not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChildrenError {
    /// Nobody was there to ask: the supervisor had ended before.
    #[error("the supervisor had ended before")]
    SupervisorGone,
    /// The supervisor ended, in this way, before it came to this call.
    #[error("the supervisor ended before it came to this call: {0}")]
    SupervisorEnded(Exit),
}

/// Why a call has no answer at all.
#[derive(Debug)]
pub(super) enum Unanswered {
    Gone,
    Ended(Exit),
}

macro_rules! from_unanswered {
    ($($error:ident),+) => {$(
        impl From<Unanswered> for $error {
            fn from(unanswered: Unanswered) -> Self {
                match unanswered {
                    Unanswered::Gone => Self::SupervisorGone,
                    Unanswered::Ended(exit) => Self::SupervisorEnded(exit),
                }
            }
        }
    )+};
}

from_unanswered!(
    StartChildError,
    TerminateChildError,
    RestartChildError,
    DeleteChildError,
    StartInstanceError,
    UpgradeError,
    ChildSpecError,
    ChildrenError
);
