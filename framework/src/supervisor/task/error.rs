//! Why a task gave nothing.

use std::time::Duration;

use super::super::StartInstanceError;
use crate::exit::Exit;

/// Why a task gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// It was not started.
    #[error("the task was not started: {0}")]
    NotStarted(#[source] StartInstanceError),
    /// It ended before it was done: it panicked, was stopped, or was killed.
    #[error("the task ended before it was done: {0}")]
    Ended(Exit),
    /// It was not done in time.
    #[error("the task was not done within {limit:?}; give it more time, or less to do")]
    TimedOut {
        /// How much time it had.
        limit: Duration,
    },
    /// What it gave has been handed out already.
    #[error("the outcome of the task has been taken; wait for it once")]
    Taken,
}
