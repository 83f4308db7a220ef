//! What changes, told in order to those who watch, without ever waiting for them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::vec;

use futures_core::Stream;
use tokio::sync::mpsc;

use super::{Filter, Health, Record};
use crate::identity::lifecycle::Stage;
use crate::identity::{AgentId, Incarnation};

/// The changes that wait for one watcher at most; who is further behind is told how many it has missed.
pub const WATCH_CAPACITY: usize = 1024;

/// One change of what the registry knows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Change {
    /// An agent is there: it was when the watch began, or it has come since.
    Registered(Arc<Record>),
    /// An incarnation of an agent is not there any more.
    Deregistered {
        /// Whose.
        id: AgentId,
        /// Which one.
        incarnation: Incarnation,
        /// How it left.
        reason: Departure,
    },
    /// An agent is in another stage of its life.
    StageChanged {
        /// Which agent.
        id: AgentId,
        /// Which start of it.
        incarnation: Incarnation,
        /// The stage before.
        from: Stage,
        /// The stage since.
        to: Stage,
        /// Why.
        reason: String,
    },
    /// An agent is better or worse.
    HealthChanged {
        /// Which agent.
        id: AgentId,
        /// Which start of it.
        incarnation: Incarnation,
        /// How it was.
        from: Health,
        /// How it is.
        to: Health,
    },
    /// The watcher was too far behind, and this many changes are lost to it. What it knows may be wrong;
    /// [`Registry::list`](super::Registry::list) says what is true, and what follows is complete again.
    Lagged {
        /// The changes that are lost.
        missed: u64,
    },
}

/// How an incarnation left the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Departure {
    /// Its registration was dropped: it has ended, however.
    Ended,
    /// It was taken out by somebody else.
    Removed,
    /// A newer incarnation took its place.
    Replaced {
        /// The newer one.
        by: Incarnation,
    },
}

/// The changes of what one watcher asked for: first what is there, then everything that changes, in order.
///
/// It ends when the registry is gone. Dropping it ends the watch.
#[derive(Debug)]
pub struct Changes {
    present: vec::IntoIter<Arc<Record>>,
    coming: mpsc::Receiver<Change>,
    missed: Arc<AtomicU64>,
}

/// Those who watch one registry; the registry's writer tells them.
#[derive(Debug, Default)]
pub(super) struct Watchers(Vec<Watcher>);

#[derive(Debug)]
struct Watcher {
    filter: Filter,
    going: mpsc::Sender<Change>,
    missed: Arc<AtomicU64>,
}

impl Watchers {
    /// One more, who is told of `present` first.
    pub(super) fn add(&mut self, filter: Filter, present: Vec<Arc<Record>>, capacity: usize) -> Changes {
        let (going, coming) = mpsc::channel(capacity.max(1));
        let missed = Arc::new(AtomicU64::new(0));
        self.0.push(Watcher { filter, going, missed: Arc::clone(&missed) });
        Changes { present: present.into_iter(), coming, missed }
    }

    /// Tells those who asked for this record. The change is made only when there is somebody to tell.
    pub(super) fn tell(&mut self, record: &Record, change: impl Fn() -> Change) {
        self.0.retain(|watcher| {
            if watcher.filter.matches(record) {
                watcher.tell(&change);
            }
            !watcher.going.is_closed()
        });
    }
}

impl Watcher {
    fn tell(&self, change: &impl Fn() -> Change) {
        // From the first loss on everything is lost until the watcher has been told of it: what it gets after
        // `Lagged` is then complete.
        let lagging = self.missed.load(Ordering::Acquire) > 0;
        if lagging || self.going.try_send(change()).is_err() {
            self.missed.fetch_add(1, Ordering::AcqRel);
        }
    }
}

impl Changes {
    /// The next change; `None` when the registry is gone.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Change> {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Change>> {
        if let Some(record) = self.present.next() {
            return Poll::Ready(Some(Change::Registered(record)));
        }
        // Read before the queue is: while something is missing nothing is queued, so an empty queue is then the
        // end of what came before the loss.
        if self.missed.load(Ordering::Acquire) == 0 {
            return self.coming.poll_recv(context);
        }
        // Not polled: a poll may also be pending because the task has used up its turn.
        let next = self.coming.try_recv();
        let lagged = |_| Change::Lagged { missed: self.missed.swap(0, Ordering::AcqRel) };
        Poll::Ready(Some(next.unwrap_or_else(lagged)))
    }
}

impl Stream for Changes {
    type Item = Change;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Change>> {
        self.poll(context)
    }
}
