//! The process of one task: it does its work in one turn, and drops it when it is to end.

use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::super::start::{Start, Starting, Under};
use super::{TaskError, Work};
use crate::clock::Clock;
use crate::engine::{self, Behaviour, Myself, Turn};
use crate::exit::Exit;

/// What a task gives, or why it gives nothing.
pub(super) type Answer<T> = oneshot::Receiver<Result<T, TaskError>>;

/// Lets a task end before it is done.
#[derive(Debug, Default)]
pub(super) struct Cut {
    exit: OnceLock<Exit>,
    made: Notify,
}

impl Cut {
    /// Ends the task at its next await, also one that has not begun. The first exit counts.
    pub(super) fn make(&self, exit: Exit) {
        let _ = self.exit.set(exit);
        self.made.notify_one();
    }

    async fn made(&self) -> Exit {
        loop {
            let made = self.made.notified();
            if let Some(exit) = self.exit.get() {
                return exit.clone();
            }
            made.await;
        }
    }
}

/// Hears how a task ended that gave nothing.
type Hears = Box<dyn FnOnce(Exit) + Send>;

/// What a task is started from.
pub(super) enum Job {
    /// The work itself: it is done once.
    Once { cut: Arc<Cut>, work: Mutex<Option<(Work, Hears)>> },
    /// What makes the work, at each start.
    Again(Box<dyn Fn() -> Work + Send + Sync>),
}

impl Job {
    pub(super) fn again(make: impl Fn() -> Work + Send + Sync + 'static) -> Self {
        Self::Again(Box::new(make))
    }
}

/// Work that is done once, at most for some time, and where its outcome goes.
pub(super) fn once<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    limit: Option<(Clock, Duration)>,
) -> (Job, Answer<T>, Arc<Cut>) {
    let (sender, answer) = oneshot::channel();
    let sender = Arc::new(Mutex::new(Some(sender)));
    let unheard = Arc::clone(&sender);
    let tell = move |outcome| {
        let sender = sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Nobody may be waiting for it any more.
        sender.map(|sender| sender.send(outcome).is_ok())
    };
    let work: Work = Box::pin(async move {
        let done = match limit {
            None => Ok(work.await),
            Some((clock, limit)) => {
                clock.timeout(limit, work).await.map_err(|_| TaskError::TimedOut { limit })
            }
        };
        let exit = if done.is_ok() { Exit::Normal } else { Exit::Killed };
        tell(done);
        exit
    });
    let hears: Hears = Box::new(move |exit| {
        let sender = unheard.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender {
            let _ = sender.send(Err(TaskError::Ended(exit)));
        }
    });
    let cut = Arc::new(Cut::default());
    (Job::Once { cut: Arc::clone(&cut), work: Mutex::new(Some((work, hears))) }, answer, cut)
}

impl Start for Job {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(async {
            let (cut, work, hears) = match self {
                Self::Once { cut, work } => {
                    let work = work.lock().unwrap_or_else(PoisonError::into_inner).take();
                    let done = || Exit::error(anyhow::anyhow!("the work of this task is done once"));
                    let (work, hears) = work.ok_or_else(done)?;
                    (Arc::clone(cut), work, Some(hears))
                }
                Self::Again(make) => (Arc::default(), make(), None),
            };
            let cuts = Arc::clone(&cut);
            let stop: engine::Stopper = Arc::new(move |reason| cuts.make(reason));
            Ok(engine::start::<Worker>(&under.parent, (cut, work, hears), Some(stop)).await?.into())
        })
    }
}

/// The process. Its fields are dropped in this order: the work before its end is told.
struct Worker {
    work: Work,
    cut: Arc<Cut>,
    _last_words: LastWords,
}

/// Tells how the process ended, if the work could not tell its outcome.
struct LastWords {
    myself: Myself,
    hears: Option<Hears>,
}

impl Drop for LastWords {
    fn drop(&mut self) {
        if let Some(hears) = self.hears.take() {
            hears(self.myself.exit().unwrap_or(Exit::Killed));
        }
    }
}

impl Behaviour for Worker {
    type Args = (Arc<Cut>, Work, Option<Hears>);

    async fn init((cut, work, hears): Self::Args, myself: Myself) -> Result<Option<Self>, Exit> {
        Ok(Some(Self { work, cut, _last_words: LastWords { myself, hears } }))
    }

    async fn turn(&mut self) -> Turn {
        tokio::select! {
            biased;
            exit = self.cut.made() => Turn::End(exit),
            exit = &mut self.work => Turn::End(exit),
        }
    }

    async fn terminate(&mut self, _: &Exit) -> anyhow::Result<()> {
        Ok(())
    }
}
