//! A task, as whoever started it holds it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::super::call::Instance;
use super::super::call_error::StartInstanceError;
use super::TaskError;
use super::process::{Answer, Cut};
use crate::clock::Clock;
use crate::exit::Exit;

/// Says whether a task has been started.
pub(super) type Starts = oneshot::Receiver<Result<Option<Instance>, StartInstanceError>>;

/// A task that runs, or ran. One that was started with [`Tasks::spawn`](super::Tasks::spawn) ends when this is
/// dropped: so it ends with whoever holds it.
#[must_use = "a task ends when its handle is dropped"]
pub struct Task<T> {
    starts: Option<Starts>,
    instance: Option<Instance>,
    answer: Option<Answer<T>>,
    cut: Arc<Cut>,
    clock: Option<Clock>,
    linked: bool,
}

impl<T> Task<T> {
    pub(super) fn new(
        starts: Option<Starts>,
        answer: Answer<T>,
        cut: Arc<Cut>,
        clock: Option<Clock>,
    ) -> Self {
        Self { starts, instance: None, answer: Some(answer), cut, clock, linked: true }
    }

    pub(super) fn unlinked(mut self) -> Self {
        self.linked = false;
        self
    }

    /// Waits until it has been started.
    pub(super) async fn started(&mut self) -> Result<Instance, StartInstanceError> {
        if let Some(instance) = self.instance {
            return Ok(instance);
        }
        let starts = self.starts.as_mut().ok_or(StartInstanceError::SupervisorGone)?;
        let answer = starts.await;
        self.starts = None;
        let instance = answer.unwrap_or(Err(StartInstanceError::SupervisorGone))?;
        self.instance = instance;
        instance.ok_or(StartInstanceError::NotDynamic)
    }

    /// Which child of its supervisor it is; `None` while it is not known to have been started.
    #[must_use]
    pub fn instance(&self) -> Option<Instance> {
        self.instance
    }

    /// Waits for what it gives.
    ///
    /// # Errors
    /// When it ended before it was done, or has been waited for before.
    ///
    /// # Cancel safety
    /// Nothing is lost: wait again.
    pub async fn wait(&mut self) -> Result<T, TaskError> {
        if self.answer.is_none() {
            return Err(TaskError::Taken);
        }
        if let Err(error) = self.started().await {
            self.answer = None;
            return Err(TaskError::NotStarted(error));
        }
        let Some(answer) = &mut self.answer else { return Err(TaskError::Taken) };
        let outcome = answer.await;
        self.answer = None;
        outcome.unwrap_or(Err(TaskError::Ended(Exit::Killed)))
    }

    /// Waits for what it gives, at most for so long. One that takes longer runs on, until this handle is dropped;
    /// what it gives then is dropped, too.
    ///
    /// # Errors
    /// As [`Task::wait`], and when the time is over.
    ///
    /// # Cancel safety
    /// As [`Task::wait`].
    pub async fn within(&mut self, limit: Duration) -> Result<T, TaskError> {
        let Some(clock) = self.clock.clone() else { return self.wait().await };
        clock.timeout(limit, self.wait()).await.unwrap_or(Err(TaskError::TimedOut { limit }))
    }

    /// Asks it to end at its next await, with `shutdown`. Returns at once.
    pub fn stop(&self) {
        self.cut.make(Exit::Shutdown);
    }

    /// Ends it at its next await, as if it had been killed. Returns at once.
    pub fn kill(&self) {
        self.cut.make(Exit::Killed);
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if self.linked {
            self.stop();
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Task({:?})", self.instance)
    }
}
