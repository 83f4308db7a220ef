//! What can be asked of a running supervisor, and what it answers.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::children::Key;
use super::{ChildId, ChildType, SpecProblems};
use crate::exit::Exit;

/// What starting a child by hand came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// It runs.
    Running,
    /// Its start said that it is not needed; its specification is kept, unless it is temporary.
    Ignored,
}

/// Which instance of a dynamic supervisor: a number that is the same through all its restarts, and never given to
/// another instance of the same incarnation of the supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instance(pub(super) Key);

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// What a child is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChildState {
    /// It has a process.
    Running,
    /// It has none (Erlang's `undefined`).
    Down,
    /// An automatic restart failed, and a further attempt is on its way.
    Restarting,
}

/// One row of [`which_children`](super::Supervisor::which_children).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChildStatus {
    /// Its id; an instance's is its template's, or that of its own specification, with its number: `session#7`.
    pub id: ChildId,
    /// Which instance it is, if its supervisor is dynamic.
    pub instance: Option<Instance>,
    /// What it is doing.
    pub state: ChildState,
    /// What it is.
    pub child_type: ChildType,
}

/// The answer of [`count_children`](super::Supervisor::count_children).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All children, running or not.
    pub specs: usize,
    /// Those that have a process.
    pub active: usize,
    /// Those that are supervisors, running or not.
    pub supervisors: usize,
    /// Those that are workers, running or not.
    pub workers: usize,
}

/// Why a child was not started.
#[derive(Clone, Debug, thiserror::Error)]
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
    /// The supervisor is dynamic.
    #[error("the supervisor is dynamic; start an instance of it with Dynamic::start_child")]
    Dynamic,
    /// The supervisor has ended.
    #[error("the supervisor has ended")]
    SupervisorGone,
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
    /// The supervisor has ended.
    #[error("the supervisor has ended")]
    SupervisorGone,
}

/// Why a child was not started again.
#[derive(Clone, Debug, thiserror::Error)]
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
    /// The supervisor is dynamic: it keeps no child that is down.
    #[error("the supervisor is dynamic and keeps no instance that is down; start a new one")]
    Dynamic,
    /// The supervisor has ended.
    #[error("the supervisor has ended")]
    SupervisorGone,
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
    /// The supervisor has ended.
    #[error("the supervisor has ended")]
    SupervisorGone,
}

/// Why an instance was not started.
#[derive(Clone, Debug, thiserror::Error)]
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
    /// The supervisor has ended.
    #[error("the supervisor has ended")]
    SupervisorGone,
}

/// Why a running supervisor did not take a new specification. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpgradeError {
    /// The new specification is wrong in itself, or for this supervisor.
    #[error("the new specification cannot be used: {0}")]
    Invalid(SpecProblems),
    /// The supervisor has ended.
    #[error("the supervisor has ended")]
    SupervisorGone,
}
