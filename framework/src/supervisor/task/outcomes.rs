//! The outcomes of many tasks, in the order of their inputs, a few tasks at a time.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::iter::Fuse;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;

use super::{Task, TaskError, Tasks};

/// What [`Tasks::stream`] gives: read one after the other, by [`next`](Self::next) or as a [`Stream`]. Dropping it
/// ends the tasks that have not been read.
///
/// ```
/// use mistersmith::clock::Clock;
/// use mistersmith::supervisor::{Flags, History, Strategy, SupervisorSpec, Tasks};
/// use tokio_stream::StreamExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> anyhow::Result<()> {
/// let tasks = Tasks::new(SupervisorSpec::dynamic("tasks", Flags::new(Strategy::OneForOne, 3, 5)));
/// tasks.start(&Clock::machine(), &History::default()).await.map_err(anyhow::Error::msg)?;
///
/// let halves = tasks.stream(1_u32.., 4, |number| async move { number / 2 });
/// let first = halves.filter_map(Result::ok).take(3).collect::<Vec<_>>().await;
/// assert_eq!(first, [0, 1, 1]);
/// # Ok(())
/// # }
/// ```
#[must_use = "tasks are begun when their outcomes are read"]
pub struct Outcomes<I: Iterator, W, T> {
    tasks: Tasks,
    inputs: Fuse<I>,
    work: W,
    limit: usize,
    timeout: Option<Duration>,
    /// The task whose outcome is read next, if somebody has begun to wait for that.
    read: Option<Reading<T>>,
    /// Tasks behind it that were begun, in the order of their inputs.
    begun: VecDeque<Task<T>>,
    /// A task could not be started, so no further one is.
    over: bool,
}

/// Waits for the outcome of a task, and keeps the task until it is there.
type Reading<T> = Pin<Box<dyn Future<Output = Result<T, TaskError>> + Send>>;

/// Nothing in it is pinned where it lies.
impl<I: Iterator, W, T> Unpin for Outcomes<I, W, T> {}

impl<I, W, F, T> Outcomes<I, W, T>
where
    I: Iterator,
    W: FnMut(I::Item) -> F,
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    pub(super) fn new(tasks: Tasks, inputs: I, limit: usize, work: W) -> Self {
        let (inputs, begun) = (inputs.fuse(), VecDeque::new());
        Self { tasks, inputs, work, limit, timeout: None, read: None, begun, over: false }
    }

    /// With so much time for each task, from its start on. One that takes longer is killed, and its outcome says so.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// The outcome of the next input; `None` after the last one. After a task that could not be started there is
    /// none either: the tasks behind it are ended.
    ///
    /// # Cancel safety
    /// Nothing is lost: ask again.
    pub async fn next(&mut self) -> Option<Result<T, TaskError>> {
        poll_fn(|context| self.poll_outcome(context)).await
    }

    fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, TaskError>>> {
        while !self.over && self.begun.len() + usize::from(self.read.is_some()) < self.limit {
            let Some(input) = self.inputs.next() else { break };
            self.begun.push_back(self.tasks.begin((self.work)(input), self.timeout));
        }
        let Some(read) = self.read.take().or_else(|| Some(read(self.begun.pop_front()?, self.timeout)))
        else {
            return Poll::Ready(None);
        };
        let outcome = ready!(self.read.insert(read).as_mut().poll(context));
        self.read = None;
        if matches!(outcome, Err(TaskError::NotStarted(_))) {
            self.over = true;
            self.begun.clear();
        }
        Poll::Ready(Some(outcome))
    }

    /// All outcomes that are left.
    ///
    /// # Cancel safety
    /// The outcomes that were read by then are lost, and the tasks of the others are ended.
    pub async fn collect(mut self) -> Vec<Result<T, TaskError>> {
        let mut outcomes = Vec::new();
        while let Some(outcome) = self.next().await {
            outcomes.push(outcome);
        }
        outcomes
    }
}

fn read<T: Send + 'static>(mut task: Task<T>, limit: Option<Duration>) -> Reading<T> {
    Box::pin(async move {
        let Some(limit) = limit else { return task.wait().await };
        // The task sees to its time itself, unless it neither returns nor awaits.
        task.started().await.map_err(TaskError::NotStarted)?;
        let outcome = task.within(limit).await;
        if matches!(outcome, Err(TaskError::TimedOut { .. })) {
            task.kill();
        }
        outcome
    })
}

impl<I, W, F, T> Stream for Outcomes<I, W, T>
where
    I: Iterator,
    W: FnMut(I::Item) -> F,
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    type Item = Result<T, TaskError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_outcome(context)
    }
}

impl<I: Iterator, W, T> fmt::Debug for Outcomes<I, W, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begun = self.begun.len() + usize::from(self.read.is_some());
        write!(f, "Outcomes({begun} begun)")
    }
}
