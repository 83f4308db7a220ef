//! What waits for the writer: all that was ordered since it took the last.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};

use super::round::{Outcome, Round};
use crate::events::{Append, AppendError, CompactError, Compacted, Compaction, SaveError, Snapshot};

/// How many orders may wait; who comes then waits for room.
const ROOM: usize = 1024;

/// How long the writer waits at most for those to come again whom it has just answered.
const PATIENCE: Duration = Duration::from_micros(100);

/// Something to be written, and who waits for it.
pub(super) enum Order {
    /// Who waits has a seat in the round.
    Append(Append),
    Save { snapshot: Snapshot, done: oneshot::Sender<Result<(), SaveError>> },
    Compact { compaction: Compaction, done: oneshot::Sender<Result<Compacted, CompactError>> },
}

/// Where orders wait.
pub(super) struct Intake {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    room: Semaphore,
}

#[derive(Default)]
struct Waiting {
    orders: Vec<Order>,
    appends: usize,
    round: Arc<Round>,
    /// So many orders wake the writer; none do while it works.
    wanted: Option<usize>,
    closed: bool,
}

/// What the writer has taken.
pub(super) struct Taken {
    pub(super) orders: Vec<Order>,
    pub(super) round: Arc<Round>,
}

impl Intake {
    pub(super) fn new() -> Self {
        Self { waiting: Mutex::default(), arrived: Condvar::new(), room: Semaphore::new(ROOM) }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the writer append, and waits for what came of it.
    pub(super) async fn append(&self, append: Append) -> Outcome {
        let Ok(room) = self.room.acquire().await else { return Err(AppendError::Unknown) };
        room.forget();
        let (round, seat) = {
            let mut waiting = self.waiting();
            let (round, seat) = (Arc::clone(&waiting.round), waiting.appends);
            waiting.appends += 1;
            self.put(waiting, Order::Append(append));
            (round, seat)
        };
        let outcome = std::future::poll_fn(|context| round.poll(seat, context)).await;
        outcome.unwrap_or(Err(AppendError::Unknown))
    }

    /// Has the writer carry out another order; `None` when it has ended.
    pub(super) async fn order<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Option<T> {
        let (done, outcome) = oneshot::channel();
        self.room.acquire().await.ok()?.forget();
        self.put(self.waiting(), order(done));
        outcome.await.ok()
    }

    fn put(&self, mut waiting: MutexGuard<'_, Waiting>, order: Order) {
        waiting.orders.push(order);
        if waiting.wanted.is_some_and(|wanted| waiting.orders.len() >= wanted) {
            waiting.wanted = None;
            drop(waiting);
            self.arrived.notify_one();
        }
    }

    /// Everything that waits, when something does; `None` when nothing does and nothing comes any more.
    pub(super) fn take(&self, before: Option<&Taken>, answered: usize) -> Option<Taken> {
        let mut waiting = self.waiting();
        if waiting.orders.len() < answered && !waiting.closed {
            waiting.wanted = Some(answered);
            let few = |waiting: &mut Waiting| waiting.wanted.is_some() && !waiting.closed;
            let waited = self.arrived.wait_timeout_while(waiting, PATIENCE, few);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
            waiting.wanted = None;
        }
        if let Some(before) = before {
            drop(waiting);
            before.round.wake_the_rest();
            waiting = self.waiting();
        }
        while waiting.orders.is_empty() {
            if waiting.closed {
                return None;
            }
            waiting.wanted = Some(1);
            waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.wanted = None;
        waiting.appends = 0;
        let room = Vec::with_capacity(waiting.orders.len());
        let orders = std::mem::replace(&mut waiting.orders, room);
        let round = std::mem::take(&mut waiting.round);
        drop(waiting);
        self.room.add_permits(orders.len());
        Some(Taken { orders, round })
    }

    /// Nothing comes any more; what waits is still taken.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.arrived.notify_one();
    }
}
