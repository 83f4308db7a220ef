//! What waits for the writer: all that was ordered since it took the last.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};

use super::round::{Outcome, Round};
use crate::events::{
    Append, AppendError, BeginError, Beginning, CompactError, Compacted, Compaction, Durability, SaveError,
    Snapshot,
};

/// How many orders may wait; who comes then waits for room. As many go into one round at most.
const ROOM: usize = 1024;

/// How long the writer waits for those to come again whom it has just answered, where a commit waits for the disk. It
/// is little beside that, and without it every other commit would be of the one who came first.
const PATIENCE: Duration = Duration::from_micros(200);

/// How often the writer looks whether a lone order is followed by the next, before it sleeps: about 100 µs where nobody
/// else wants the processor. To be woken takes as long as that if the processor has gone to sleep as well, a third of
/// a whole commit to a fast disk.
const LOOKS: usize = 256;

/// Something to be written.
pub(super) enum Order {
    /// Who waits for it has a seat in the round.
    Append(Append),
    Save {
        snapshot: Snapshot,
        done: oneshot::Sender<Result<(), SaveError>>,
    },
    Compact {
        compaction: Compaction,
        done: oneshot::Sender<Result<Compacted, CompactError>>,
    },
    Begin {
        beginning: Beginning,
        done: oneshot::Sender<Result<(), BeginError>>,
    },
}

/// Where orders wait.
pub(super) struct Intake {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    room: Semaphore,
    is_patient: bool,
}

#[derive(Default)]
struct Waiting {
    orders: Vec<Order>,
    /// How many of them are appends: the next seat.
    appends: usize,
    round: Arc<Round>,
    /// So many orders wake the writer; none do while it works.
    wanted: Option<usize>,
    /// The last lone order was followed by another within [`PATIENCE`].
    comes_again: bool,
    /// Nothing more comes.
    closed: bool,
    /// Nothing more is taken.
    ended: bool,
}

/// What the writer has taken.
pub(super) struct Taken {
    pub(super) orders: Vec<Order>,
    pub(super) round: Arc<Round>,
}

impl Intake {
    /// Of a log with this durability.
    pub(super) fn of(durability: Durability) -> Self {
        Self {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            room: Semaphore::new(ROOM),
            is_patient: durability == Durability::PowerLoss,
        }
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
            let seat = waiting.appends;
            waiting.appends += 1;
            let round = Arc::clone(&waiting.round);
            self.put(waiting, Order::Append(append));
            (round, seat)
        };
        let outcome = std::future::poll_fn(|context| round.poll(seat, context)).await;
        outcome.unwrap_or(Err(AppendError::Unknown))
    }

    /// Has the writer carry out another order; `None` when it has ended.
    pub(super) async fn order<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Option<T> {
        self.room.acquire().await.ok()?.forget();
        let (done, outcome) = oneshot::channel();
        self.put(self.waiting(), order(done));
        outcome.await.ok()
    }

    fn put(&self, mut waiting: MutexGuard<'_, Waiting>, order: Order) {
        if waiting.ended {
            return;
        }
        waiting.orders.push(order);
        if waiting.wanted.is_some_and(|wanted| waiting.orders.len() >= wanted) {
            waiting.wanted = None;
            drop(waiting);
            self.arrived.notify_one();
        }
    }

    /// Everything that waits, as soon as something does; `None` when nothing comes any more. Where a commit waits for the
    /// disk, or for one alone, as many as were taken before are awaited for a little.
    pub(super) fn take(&self, before: usize) -> Option<Taken> {
        let is_alone = before == 1;
        let mut waiting = if is_alone { self.look() } else { self.waiting() };
        if (self.is_patient || is_alone) && waiting.orders.len() < before && !waiting.closed {
            waiting.wanted = Some(before);
            let few = |waiting: &mut Waiting| waiting.wanted.is_some() && !waiting.closed;
            let waited = self.arrived.wait_timeout_while(waiting, PATIENCE, few);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        waiting.comes_again = is_alone && !waiting.orders.is_empty();
        while waiting.orders.is_empty() {
            if waiting.closed {
                return None;
            }
            waiting.wanted = Some(1);
            waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        let room = Vec::with_capacity(waiting.orders.len());
        let Waiting { orders, appends, round, wanted, .. } = &mut *waiting;
        (*wanted, *appends) = (None, 0);
        let taken = Taken { orders: std::mem::replace(orders, room), round: std::mem::take(round) };
        drop(waiting);
        self.room.add_permits(taken.orders.len());
        Some(taken)
    }

    /// Looks for the next order of one who comes again and again, without sleeping.
    fn look(&self) -> MutexGuard<'_, Waiting> {
        for _ in 0..LOOKS {
            let waiting = self.waiting();
            if !waiting.comes_again || !waiting.orders.is_empty() || waiting.closed {
                return waiting;
            }
            drop(waiting);
            std::thread::yield_now();
        }
        self.waiting()
    }

    /// Nothing comes any more; what waits is still taken.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.arrived.notify_one();
    }

    /// Nothing is taken any more, and nobody waits for it any longer.
    pub(super) fn end(&self) {
        self.room.close();
        let (orders, round) = {
            let mut waiting = self.waiting();
            waiting.ended = true;
            (std::mem::take(&mut waiting.orders), Arc::clone(&waiting.round))
        };
        drop(orders);
        round.end();
    }
}

/// Whoever has no answer when the writer is done with the round gets none.
impl Drop for Taken {
    fn drop(&mut self) {
        self.round.end();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::iter::repeat_n;
    use std::pin::{Pin, pin};
    use std::task::Poll;

    use tokio::task::unconstrained;
    use uuid::Uuid;

    use super::*;
    use crate::events::{Appended, Position, Sequence};
    use crate::identity::{AgentKey, AgentName, DomainName, InstanceId};

    fn append() -> Append {
        let agent = AgentKey {
            domain: DomainName::new("bank").unwrap(),
            name: AgentName::new("account").unwrap(),
            instance: InstanceId::new(Uuid::from_u128(1)),
        };
        Append::new(agent, Sequence::START, [])
    }

    fn appended(position: u64) -> Outcome {
        Ok(Appended { sequence: Sequence::new(1), position: Position::new(position) })
    }

    /// Answers one append after the other, by position.
    fn answer(taken: &mut Taken) {
        for (position, order) in (1..).zip(taken.orders.drain(..)) {
            if let Order::Append(append) = order {
                taken.round.answer([(append, appended(position))]);
            }
        }
    }

    fn position(outcome: Outcome) -> u64 {
        outcome.unwrap().position.number()
    }

    /// Also after many: what a task may do at once does not count.
    async fn has_to_wait(append: Pin<&mut impl Future<Output = Outcome>>) -> bool {
        let mut append = pin!(unconstrained(append));
        poll_fn(|context| Poll::Ready(append.as_mut().poll(context).is_pending())).await
    }

    #[tokio::test]
    async fn each_append_gets_its_own_answer() {
        let intake = Intake::of(Durability::ProcessDeath);
        let writer = async { answer(&mut intake.take(0).unwrap()) };
        let (first, second, ()) = tokio::join!(intake.append(append()), intake.append(append()), writer);
        assert_eq!((position(first), position(second)), (1, 2));
    }

    #[tokio::test]
    async fn an_append_that_nobody_waits_for_any_more_does_not_take_the_answer_of_another() {
        let intake = Intake::of(Durability::ProcessDeath);
        {
            let given_up = pin!(intake.append(append()));
            assert!(has_to_wait(given_up).await);
        }
        let writer = async { answer(&mut intake.take(0).unwrap()) };
        let (outcome, ()) = tokio::join!(intake.append(append()), writer);
        assert_eq!(position(outcome), 2);
    }

    #[tokio::test]
    async fn who_waits_for_a_round_that_is_dropped_hears_that_nothing_is_known() {
        let intake = Intake::of(Durability::ProcessDeath);
        let (outcome, ()) = tokio::join!(intake.append(append()), async { drop(intake.take(0)) });
        assert!(matches!(outcome, Err(AppendError::Unknown)), "{outcome:?}");
    }

    #[tokio::test]
    async fn nobody_waits_for_a_writer_that_has_ended() {
        let intake = Intake::of(Durability::ProcessDeath);
        let order = || intake.order(|done| Order::Save { snapshot: snapshot(), done });
        let (outcome, saved, ()) = tokio::join!(intake.append(append()), order(), async { intake.end() });
        assert!(matches!(outcome, Err(AppendError::Unknown)), "{outcome:?}");
        assert!(saved.is_none());
        assert!(matches!(intake.append(append()).await, Err(AppendError::Unknown)));
        assert!(order().await.is_none());
    }

    #[tokio::test]
    async fn there_is_room_for_so_many_orders_and_who_comes_then_waits() {
        let intake = Intake::of(Durability::ProcessDeath);
        let mut waiting: Vec<_> =
            repeat_n((), ROOM + 1).map(|()| Box::pin(intake.append(append()))).collect();
        for append in &mut waiting {
            assert!(has_to_wait(append.as_mut()).await);
        }
        let mut taken = intake.take(0).unwrap();
        assert_eq!(taken.orders.len(), ROOM);
        answer(&mut taken);
        let last = waiting.pop().unwrap();
        let (outcome, ()) = tokio::join!(last, async { answer(&mut intake.take(0).unwrap()) });
        assert_eq!(position(outcome), 1);
    }

    #[tokio::test]
    async fn those_who_do_not_come_again_are_not_awaited_for_ever() {
        let intake = Intake::of(Durability::PowerLoss);
        let (outcome, ()) =
            tokio::join!(intake.append(append()), async { answer(&mut intake.take(64).unwrap()) });
        assert_eq!(position(outcome), 1);
    }

    #[tokio::test]
    async fn what_was_ordered_before_the_log_was_closed_is_taken() {
        let intake = Intake::of(Durability::PowerLoss);
        let (outcome, ()) = tokio::join!(intake.append(append()), async {
            intake.close();
            answer(&mut intake.take(64).unwrap());
        });
        assert_eq!(position(outcome), 1);
        assert!(intake.take(0).is_none());
    }

    #[tokio::test]
    async fn only_who_is_alone_and_has_come_again_at_once_is_looked_for_without_sleeping() {
        let intake = Intake::of(Durability::ProcessDeath);
        for (before, comes_again) in [(0, false), (1, true), (2, false), (1, true)] {
            let writer = async { answer(&mut intake.take(before).unwrap()) };
            let (outcome, ()) = tokio::join!(intake.append(append()), writer);
            assert_eq!((position(outcome), intake.waiting().comes_again), (1, comes_again), "{before}");
        }
        intake.close();
        assert!(intake.take(1).is_none());
        assert!(!intake.waiting().comes_again);
    }

    fn snapshot() -> Snapshot {
        Snapshot {
            agent: append().agent,
            sequence: Sequence::new(1),
            timestamp: crate::events::Timestamp::from_micros(0),
            version: std::num::NonZeroU32::MIN,
            causality: crate::events::VectorClock::new(),
            state: crate::events::Json::null(),
        }
    }
}
