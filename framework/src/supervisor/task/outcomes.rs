//! The outcomes of many tasks, in the order of their inputs, a few tasks at a time.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::iter::Fuse;
use std::time::Duration;

use super::{Task, TaskError, Tasks};

/// What [`Tasks::stream`] gives. Dropping it ends the tasks that have not been read.
#[must_use = "tasks are begun when their outcomes are read"]
pub struct Outcomes<I: Iterator, W, T> {
    tasks: Tasks,
    inputs: Fuse<I>,
    work: W,
    limit: usize,
    timeout: Option<Duration>,
    /// Tasks that were begun, in the order of their inputs.
    begun: VecDeque<Task<T>>,
    /// A task could not be started, so no further one is.
    over: bool,
}

impl<I, W, F, T> Outcomes<I, W, T>
where
    I: Iterator,
    W: FnMut(I::Item) -> F,
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    pub(super) fn new(tasks: Tasks, inputs: I, limit: usize, work: W) -> Self {
        let (inputs, begun) = (inputs.fuse(), VecDeque::new());
        Self { tasks, inputs, work, limit, timeout: None, begun, over: false }
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
        while !self.over && self.begun.len() < self.limit {
            let Some(input) = self.inputs.next() else { break };
            self.begun.push_back(self.tasks.begin((self.work)(input), self.timeout));
        }
        let first = self.begun.front_mut()?;
        let outcome = match self.timeout {
            None => first.wait().await,
            // The task sees to its time itself, unless it neither returns nor awaits.
            Some(limit) => {
                let waited = first.started().await.map(drop).map_err(TaskError::NotStarted);
                match waited {
                    Ok(()) => first.within(limit).await,
                    Err(error) => Err(error),
                }
            }
        };
        if let Some(first) = self.begun.pop_front()
            && matches!(outcome, Err(TaskError::TimedOut { .. }))
        {
            first.kill();
        }
        if matches!(outcome, Err(TaskError::NotStarted(_))) {
            self.over = true;
            self.begun.clear();
        }
        Some(outcome)
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

impl<I: Iterator, W, T> fmt::Debug for Outcomes<I, W, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outcomes({} begun)", self.begun.len())
    }
}
