//! What a running supervisor answers when all is well.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::children::Key;
use super::{ChildId, ChildType};

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
    /// Those that have a process. As in Erlang, an instance of a dynamic supervisor that has died counts until the
    /// supervisor comes to its end.
    pub active: usize,
    /// Those that are supervisors, running or not.
    pub supervisors: usize,
    /// Those that are workers, running or not.
    pub workers: usize,
}
