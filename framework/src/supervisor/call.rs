//! What can be asked of a running supervisor, and what it answers.

use serde::{Deserialize, Serialize};

use super::{ChildId, ChildType, SpecProblem};
use crate::exit::Exit;

/// What starting a child by hand came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// It runs.
    Running,
    /// Its start said that it is not needed; its specification is kept, unless it is temporary.
    Ignored,
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
    /// Its id.
    pub id: ChildId,
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
    Invalid(SpecProblem),
    /// A child of this id runs.
    #[error("a child of this id runs already; terminate it first, or choose another id")]
    AlreadyStarted,
    /// A child of this id is known and does not run.
    #[error("a child of this id is present and down; restart it, or delete it first")]
    AlreadyPresent,
    /// It was tried, and failed; no specification is kept.
    #[error("the child did not start: {0}")]
    Failed(Exit),
    /// The supervisor has ended.
    #[error("the supervisor has ended")]
    SupervisorGone,
}

/// Why a child was not terminated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TerminateChildError {
    /// There is no child of this id.
    #[error("there is no child of this id")]
    NotFound,
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
    /// The supervisor has ended.
    #[error("the supervisor has ended")]
    SupervisorGone,
}
