//! A task that belongs to a process: it ends with its handle, and the process is not gone before it is.

use std::future::Future;
use std::sync::Arc;

use super::Alive;

/// A running task. Dropping it aborts the task at its next await.
#[derive(Debug)]
pub(crate) struct Task(tokio::task::JoinHandle<()>);

impl Task {
    /// Whether it has ended.
    pub(crate) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// Waits until it has ended. Cancel safe.
    pub(crate) async fn finished(&mut self) {
        if !self.0.is_finished() {
            let _ = (&mut self.0).await;
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs `work` as a task of the process that `alive` stands for.
#[expect(clippy::disallowed_methods, reason = "this is the one place where tasks are spawned")]
pub(crate) fn spawn(alive: Arc<Alive>, work: impl Future<Output = ()> + Send + 'static) -> Task {
    Task(tokio::spawn(async move {
        // Moved in, so that it is dropped after the work, also when the task is aborted.
        let _alive = alive;
        work.await;
    }))
}
