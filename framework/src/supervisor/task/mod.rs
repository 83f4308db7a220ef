//! Tasks: work that is done once, beside whoever wants it, and supervised while it is (Elixir's `Task.Supervisor`).
//!
//! A task is a child of a [dynamic supervisor](super::Dynamic): it is listed and counted there, is stopped with it,
//! and its panic is an exit of the task and of nobody else.

mod error;
mod handle;
mod outcomes;
mod process;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use error::TaskError;
pub use handle::Task;
pub use outcomes::Outcomes;

use process::Job;

use super::call::Instance;
use super::call_error::{StartInstanceError, TerminateChildError};
use super::present::Present;
use super::{ChildSpec, ChildType, Dynamic, DynamicSpec, History, Restart, Shutdown, Supervisor};
use crate::clock::Clock;
use crate::exit::Exit;

/// A supervisor of tasks. Clones are the same.
///
/// It is a value that can be specified as a child, and through which tasks are started, in whichever incarnation of
/// the supervisor that runs.
///
/// ```
/// use mistersmith::clock::Clock;
/// use mistersmith::exit::Exit;
/// use mistersmith::supervisor::{Flags, History, Strategy, SupervisorSpec, Tasks};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> anyhow::Result<()> {
/// let flags = Flags::new(Strategy::OneForOne, 3, 5);
/// let tasks = Tasks::new(SupervisorSpec::dynamic("tasks", flags));
/// let supervisor = tasks.start(&Clock::machine(), &History::default()).await.map_err(anyhow::Error::msg)?;
///
/// let mut sum = tasks.spawn(async { 1 + 2 }).await?;
/// assert_eq!(sum.wait().await?, 3);
///
/// // At most two at a time, and their outcomes in the order of what they were made from.
/// let squares = tasks.stream([1, 2, 3], 2, |number| async move { number * number });
/// assert_eq!(squares.collect().await, [Ok(1), Ok(4), Ok(9)]);
/// supervisor.stop(Exit::Shutdown).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tasks {
    present: Present,
    shutdown: Shutdown,
}

/// What a task does, whatever it gives.
pub(super) type Work = Pin<Box<dyn Future<Output = Exit> + Send>>;

impl Tasks {
    /// Tasks below such a supervisor. They are temporary and given 5 s when they are stopped, unless told otherwise.
    #[must_use]
    pub fn new(spec: DynamicSpec) -> Self {
        Self { present: Present::new(spec.into()), shutdown: Shutdown::default_of(ChildType::Worker) }
    }

    /// The same supervisor; the tasks that are started through this value are stopped this way.
    #[must_use]
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// The permanent supervisor to supervise, with the defaults of [`ChildSpec::supervisor`].
    #[must_use]
    pub fn child(&self) -> ChildSpec {
        ChildSpec::branch(self.present.spec().name.clone(), self.present.clone())
    }

    /// Starts the supervisor without a parent.
    ///
    /// # Errors
    /// When its specification is wrong.
    ///
    /// # Cancel safety
    /// Dropping the future leaves nothing behind.
    pub async fn start(&self, clock: &Clock, history: &History) -> Result<Supervisor, Exit> {
        self.present.start_root(clock, history).await
    }

    /// The supervisor of the tasks, in its present incarnation; `None` before the first.
    #[must_use]
    pub fn supervisor(&self) -> Option<Dynamic> {
        self.present.running()?.dynamic()
    }

    /// Starts a task that belongs to whoever holds its handle: a handle that is dropped ends it.
    ///
    /// # Errors
    /// When there are as many as there may be, or the supervisor does not run.
    ///
    /// # Cancel safety
    /// Dropping the future ends the task, if it has begun.
    pub async fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<Task<T>, StartInstanceError> {
        let mut task = self.begin(work, None);
        task.started().await?;
        Ok(task)
    }

    /// Starts a task that nobody but its supervisor ends (Elixir's `async_nolink`): it runs on when its handle is
    /// dropped.
    ///
    /// # Errors
    /// As [`Tasks::spawn`].
    ///
    /// # Cancel safety
    /// As [`Tasks::spawn`].
    pub async fn spawn_nolink<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<Task<T>, StartInstanceError> {
        Ok(self.spawn(work).await?.unlinked())
    }

    /// Starts a task that nobody waits for. One that is permanent or transient is started again when it ends as its
    /// restart type says, so `work` makes a new future each time; an error is an abnormal exit.
    ///
    /// # Errors
    /// As [`Tasks::spawn`].
    ///
    /// # Cancel safety
    /// It is started, whether or not somebody waits for that.
    pub async fn start_child<W>(
        &self,
        restart: Restart,
        work: impl Fn() -> W + Send + Sync + 'static,
    ) -> Result<Instance, StartInstanceError>
    where
        W: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let again = move || -> Work {
            let work = work();
            Box::pin(async { work.await.map_or_else(Exit::error, |()| Exit::Normal) })
        };
        let supervisor = self.supervisor().ok_or(StartInstanceError::SupervisorGone)?;
        let child = self.specify(Job::again(again)).restart(restart);
        supervisor.start_child(child).await?.ok_or(StartInstanceError::NotDynamic)
    }

    /// Stops a task by its shutdown policy and returns when it is gone.
    ///
    /// # Errors
    /// When there is no such task (any more).
    ///
    /// # Cancel safety
    /// It is stopped, whether or not somebody waits.
    pub async fn terminate_child(&self, task: Instance) -> Result<(), TerminateChildError> {
        let supervisor = self.supervisor().ok_or(TerminateChildError::SupervisorGone)?;
        supervisor.terminate_child(task).await
    }

    /// A task for each input, at most so many (at least 1) begun beyond the outcome that is read next. Outcomes come
    /// in the order of the inputs. Tasks that are not read to the end are ended.
    pub fn stream<I, W, F, T>(&self, inputs: I, limit: usize, work: W) -> Outcomes<I::IntoIter, W, T>
    where
        I: IntoIterator,
        W: FnMut(I::Item) -> F + Send,
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        Outcomes::new(self.clone(), inputs.into_iter(), limit.max(1), work)
    }

    /// Asks for the start of a task, and does not wait for it.
    fn begin<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
        limit: Option<Duration>,
    ) -> Task<T> {
        let supervisor = self.supervisor();
        let clock = supervisor.as_ref().map(|supervisor| supervisor.supervisor().clock.clone());
        let (job, answer, cut) = process::once(work, clock.clone().zip(limit));
        let child = self.specify(job).restart(Restart::Temporary);
        let started = supervisor.map(|supervisor| supervisor.ask_start(Arc::new(child)));
        Task::new(started, answer, cut, clock)
    }

    fn specify(&self, job: Job) -> ChildSpec {
        ChildSpec::worker("task", job).shutdown(self.shutdown)
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tasks({})", self.present.spec().name)
    }
}
