//! A queue that wakes whoever empties it: once, when there is something to do, and never for nothing that was
//! seen already.
//!
//! Senders append at the back, the reader takes from the front, and when the front is empty the two are swapped:
//! so reader and senders meet once for all that has come meanwhile, and not at every item. Whatever a sender goes
//! by lies under the lock of the back: how many wait, whether the reader is awake, and what the mailbox asks when
//! it admits an item. So a sender looks and appends in one step, and the reader looks for items and goes to sleep
//! in one step; whichever comes first, the other sees it.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use crate::engine::Waker;
use crate::registry::Pulse;

/// What wakes the reader.
pub(crate) trait Wake: Send + Sync + 'static {
    /// Lets the reader take one more turn. Called under the lock of the back, so it must not wait for anything.
    fn wake(&self);
}

impl Wake for Waker {
    fn wake(&self) {
        Self::wake(self);
    }
}

/// How many items an empty queue keeps room for, at the front and at the back.
const KEPT: usize = 16;

/// How often a lock is tried before its holder is waited for asleep. It is held for some ten nanoseconds, and going
/// to sleep and being woken takes microseconds.
const SPINS: usize = 1_000;

pub(super) struct Queue<T, W> {
    front: Front<T>,
    back: Mutex<Back<T, W>>,
}

/// The older items, on a cache line of their own: the reader changes it at every item, and senders read what would lie
/// beside it. Four senders are twice as fast for it (docs/performance.md). The back fills a line as well, so both know
/// the pulse.
#[repr(align(64))]
struct Front<T> {
    /// Whoever holds both locks has taken this one first.
    items: Mutex<VecDeque<T>>,
    /// Counts who goes, under this lock.
    pulse: Arc<Pulse>,
}

/// The newer items, and what senders go by.
struct Back<T, W> {
    items: VecDeque<T>,
    /// Counts who comes, under this lock.
    pulse: Arc<Pulse>,
    /// How many had departed when a sender looked last, as far as 32 bits tell; fewer wait, or memory is full. It looks
    /// again before it says that there is no room.
    departed: u32,
    awake: bool,
    waker: Option<W>,
    /// Whether the front may have room for more items than an empty queue keeps.
    outgrown: bool,
}

impl<T, W: Wake> Queue<T, W> {
    /// A queue without a reader; whoever becomes its reader is awake.
    pub(super) fn new(pulse: Arc<Pulse>) -> Self {
        let back = Back {
            items: VecDeque::new(),
            departed: pulse.departed() as u32,
            pulse: Arc::clone(&pulse),
            awake: true,
            waker: None,
            outgrown: false,
        };
        Self { front: Front { items: Mutex::default(), pulse }, back: Mutex::new(back) }
    }

    /// How many items wait.
    pub(super) fn len(&self) -> usize {
        self.front.pulse.queued()
    }

    /// Appends if `admit` agrees, and wakes the reader if it sleeps. `admit` is told whether `capacity` items wait
    /// already; what it says holds for this item, as nobody else is let in meanwhile.
    #[inline]
    pub(super) fn push<E>(
        &self,
        item: T,
        capacity: usize,
        admit: impl FnOnce(bool) -> Result<(), E>,
    ) -> Result<(), (T, E)> {
        let mut back = held(&self.back);
        if let Err(refused) = admit(back.is_full(capacity)) {
            return Err((item, refused));
        }
        back.items.push_back(item);
        back.pulse.arrive();
        if !back.awake {
            back.rouse();
        }
        Ok(())
    }

    /// The oldest item, for the reader. What comes at this very moment may be overlooked; the reader sees it when
    /// it [goes to sleep](Self::doze_off).
    #[inline]
    pub(super) fn pop(&self) -> Option<T> {
        if self.len() == 0 {
            return None;
        }
        let mut front = held(&self.front.items);
        if front.is_empty() {
            self.turn(&mut front, &mut held(&self.back));
        }
        self.take(&mut front)
    }

    /// The oldest item, for anybody, if more than `capacity` wait.
    pub(super) fn pop_beyond(&self, capacity: usize) -> Option<T> {
        let mut front = held(&self.front.items);
        let mut back = held(&self.back);
        if self.len() <= capacity {
            return None;
        }
        if front.is_empty() {
            self.turn(&mut front, &mut back);
        }
        self.take(&mut front)
    }

    fn turn(&self, front: &mut VecDeque<T>, back: &mut Back<T, W>) {
        back.outgrown |= back.items.capacity() > KEPT;
        mem::swap(front, &mut back.items);
    }

    fn take(&self, front: &mut VecDeque<T>) -> Option<T> {
        let item = front.pop_front()?;
        self.front.pulse.depart();
        Some(item)
    }

    /// Looks, in a step of its own, whether fewer than `capacity` items wait: who takes one later has seen what
    /// was written before.
    pub(super) fn has_room(&self, capacity: usize) -> bool {
        let _front = held(&self.front.items);
        self.len() < capacity
    }

    /// The reader is awake, whatever woke it.
    pub(super) fn stir(&self) {
        held(&self.back).awake = true;
    }

    /// The reader goes to sleep, unless something came in the meantime: then it is false, and the reader has to
    /// go on.
    pub(super) fn doze_off(&self) -> bool {
        let outgrown = {
            let mut back = held(&self.back);
            if self.len() > 0 {
                return false;
            }
            back.awake = false;
            back.items.shrink_to(KEPT);
            mem::take(&mut back.outgrown)
        };
        if outgrown {
            held(&self.front.items).shrink_to(KEPT);
        }
        true
    }

    /// Whether nothing waits and the reader sleeps: it has nothing in hand.
    pub(super) fn is_at_rest(&self) -> bool {
        let back = held(&self.back);
        !back.awake && self.len() == 0
    }

    /// Wakes the reader, whether or not it is awake.
    pub(super) fn rouse(&self) {
        held(&self.back).rouse();
    }

    /// Another reader, or none: what is appended while there is none waits for the next one to be roused.
    pub(super) fn read_by(&self, waker: Option<W>) {
        let before = {
            let mut back = held(&self.back);
            back.awake |= waker.is_none();
            mem::replace(&mut back.waker, waker)
        };
        drop(before); // what it holds of the reader is none of the senders' business
    }
}

impl<T, W: Wake> Back<T, W> {
    /// Asks the reader's side only when it has to: its counter changes at every item.
    fn is_full(&mut self, capacity: usize) -> bool {
        let arrived = self.pulse.arrived() as u32;
        let waiting = |departed: u32| arrived.wrapping_sub(departed) as usize;
        if waiting(self.departed) < capacity {
            return false;
        }
        self.departed = self.pulse.departed() as u32;
        waiting(self.departed) >= capacity
    }

    fn rouse(&mut self) {
        self.awake = true;
        if let Some(waker) = &self.waker {
            waker.wake();
        }
    }
}

/// What these locks guard is whole between any two statements, so a panic elsewhere breaks nothing.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    for _ in 0..SPINS {
        match lock.try_lock() {
            Ok(guard) => return guard,
            Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
        }
    }
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::SeqCst;
    use std::sync::{Barrier, mpsc};
    use std::thread;
    use std::time::Duration;

    use super::*;

    impl Wake for Arc<AtomicUsize> {
        fn wake(&self) {
            self.fetch_add(1, SeqCst);
        }
    }

    impl Wake for mpsc::Sender<()> {
        fn wake(&self) {
            self.send(()).unwrap_or_default();
        }
    }

    fn queue() -> (Queue<usize, Arc<AtomicUsize>>, Arc<AtomicUsize>) {
        let (queue, wakes) = (Queue::new(Arc::default()), Arc::new(AtomicUsize::new(0)));
        queue.read_by(Some(Arc::clone(&wakes)));
        (queue, wakes)
    }

    fn push(queue: &Queue<usize, impl Wake>, item: usize) {
        let Ok(()) = queue.push(item, usize::MAX, |_| Ok::<(), Infallible>(()));
    }

    #[test]
    fn many_items_for_a_sleeping_reader_are_one_wake_up() {
        let (queue, wakes) = queue();
        assert!(queue.doze_off());
        (0..9).for_each(|item| push(&queue, item));
        assert_eq!(wakes.load(SeqCst), 1);
        assert!((0..9).eq(std::iter::from_fn(|| queue.pop())));
    }

    #[test]
    fn a_reader_does_not_fall_asleep_before_what_waits() {
        let (queue, wakes) = queue();
        push(&queue, 1);
        assert!(!queue.doze_off());
        assert!(!queue.is_at_rest(), "it goes on, so nobody has to wake it");
        assert_eq!(wakes.load(SeqCst), 0);
    }

    /// What it looked at again was shed by a sender in between: it has to lie down again, or the next sender
    /// takes it for awake.
    #[test]
    fn a_reader_whose_last_item_was_taken_from_under_it_is_woken_by_the_next() {
        let (queue, wakes) = queue();
        push(&queue, 1);
        assert!(!queue.doze_off());
        assert_eq!(queue.pop_beyond(0), Some(1)); // the sender that sheds
        assert_eq!(queue.pop(), None); // the reader, going on
        assert!(queue.doze_off());
        push(&queue, 2);
        assert_eq!(wakes.load(SeqCst), 1);
    }

    #[test]
    fn what_came_while_there_was_no_reader_is_found_by_the_next_one() {
        let (queue, wakes) = queue();
        queue.doze_off();
        queue.read_by(None);
        push(&queue, 1);
        assert_eq!(wakes.load(SeqCst), 0);
        queue.read_by(Some(Arc::clone(&wakes)));
        queue.rouse();
        assert_eq!((wakes.load(SeqCst), queue.pop()), (1, Some(1)));
    }

    #[test]
    fn room_is_counted_anew_before_anybody_is_told_that_there_is_none() {
        let (queue, _) = queue();
        let is_full = || queue.push(1, 2, |full| if full { Err(()) } else { Ok(()) }).is_err();
        assert_eq!([is_full(), is_full(), is_full()], [false, false, true]);
        assert!(!queue.has_room(2));
        assert_eq!(queue.pop(), Some(1));
        assert!(queue.has_room(2));
        assert_eq!([is_full(), is_full()], [false, true]);
    }

    #[test]
    fn what_is_shed_is_the_oldest_and_only_what_is_too_much() {
        let (queue, _) = queue();
        (1..=3).for_each(|item| push(&queue, item));
        assert_eq!((queue.pop(), queue.len()), (Some(1), 2)); // now some lie at the front, and more come to the back
        (4..=5).for_each(|item| push(&queue, item));
        assert_eq!([queue.pop_beyond(3), queue.pop_beyond(3)], [Some(2), None]);
        assert!((3..=5).eq(std::iter::from_fn(|| queue.pop())));
    }

    #[test]
    fn a_queue_that_was_long_keeps_little_room_when_it_is_empty() {
        let (queue, _) = queue();
        for _ in 0..2 {
            (0..1_000).for_each(|item| push(&queue, item));
            while queue.pop().is_some() {}
        }
        assert!(queue.doze_off());
        assert!(held(&queue.front.items).capacity() <= KEPT && held(&queue.back).items.capacity() <= KEPT);
    }

    /// Three threads append, one of them sheds before it does, and a reader sleeps as often as it can. A round
    /// ends when everything was taken: a wake-up that is lost for a moment or for ever ends none.
    #[test]
    fn no_interleaving_of_senders_and_a_reader_loses_a_wake_up() {
        const SENDERS: usize = 3;
        const ROUNDS: usize = 5_000;
        let (queue, taken) = (Queue::new(Arc::default()), AtomicUsize::new(0));
        let (wake, woken) = mpsc::channel();
        queue.read_by(Some(wake));
        let start = Barrier::new(SENDERS + 1);
        thread::scope(|threads| {
            for number in 0..SENDERS {
                let (queue, taken, start) = (&queue, &taken, &start);
                threads.spawn(move || {
                    for round in 0..ROUNDS {
                        start.wait();
                        if number == 0 && queue.pop_beyond(0).is_some() {
                            taken.fetch_add(1, SeqCst);
                        }
                        push(queue, round);
                    }
                });
            }
            for round in 1..=ROUNDS {
                start.wait();
                while taken.load(SeqCst) < round * SENDERS {
                    if queue.pop().is_some() {
                        taken.fetch_add(1, SeqCst);
                    } else if queue.doze_off() && woken.recv_timeout(Duration::from_secs(20)).is_err() {
                        std::process::abort(); // the senders wait for the next round and would for ever
                    }
                }
            }
        });
    }
}
