//! A queue that wakes whoever empties it: once, when there is something to do, and never for nothing that was
//! seen already.
//!
//! A sender appends and wakes the reader only if it is not awake. The reader takes messages until there are none,
//! then lowers the flag *and looks once more*: a sender that saw the flag up before it was lowered has appended
//! by then. Two fences make that sound: "append, fence, look at the flag" on one side, "lower the flag, fence,
//! look at the queue" on the other (a swap is a fence as well). Whatever the order, one of the two sees the other.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, fence};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crossbeam_queue::SegQueue;

/// Lets the reader take one more turn.
pub(super) type Wake = Box<dyn Fn() + Send + Sync>;

pub(super) struct Queue<T> {
    /// Made for the first item: with its padding it is half of what an agent keeps that nobody talks to.
    items: OnceLock<Box<SegQueue<T>>>,
    awake: AtomicBool,
    wake: Mutex<Option<Wake>>,
}

impl<T> Queue<T> {
    /// A queue without a reader; whoever becomes its reader is awake.
    pub(super) fn new() -> Self {
        Self { items: OnceLock::new(), awake: AtomicBool::new(true), wake: Mutex::default() }
    }

    /// Appends, and wakes the reader if it sleeps.
    pub(super) fn push(&self, item: T) {
        self.items.get_or_init(Box::default).push(item);
        if !self.will_look_again() && !self.awake.swap(true, SeqCst) {
            self.wake();
        }
    }

    /// Asked by a sender that has appended: "no" may be out of date, and the swap that follows is exact; "yes" is
    /// looked at again behind a fence.
    fn will_look_again(&self) -> bool {
        self.awake.load(Relaxed) && {
            fence(SeqCst);
            self.awake.load(Relaxed)
        }
    }

    /// The oldest item. Senders that shed take from here, too.
    pub(super) fn pop(&self) -> Option<T> {
        self.items.get()?.pop()
    }

    /// The reader is awake, whatever woke it.
    pub(super) fn stir(&self) {
        self.awake.store(true, SeqCst);
    }

    /// The reader goes to sleep, unless something came in the meantime: then it is false, and the reader has to
    /// go on.
    pub(super) fn doze_off(&self) -> bool {
        self.lie_down();
        // When the flag is up again, whoever raised it has sent a wake-up, which leads to a turn of its own.
        self.is_empty() || self.awake.swap(true, SeqCst)
    }

    fn is_empty(&self) -> bool {
        self.items.get().is_none_or(|items| items.is_empty())
    }

    /// The reader goes to sleep, whatever waits.
    pub(super) fn lie_down(&self) {
        // A swap, because it is a fence as well.
        self.awake.swap(false, SeqCst);
    }

    pub(super) fn is_awake(&self) -> bool {
        self.awake.load(SeqCst)
    }

    /// Wakes the reader, whether or not it is awake.
    pub(super) fn rouse(&self) {
        self.stir();
        self.wake();
    }

    /// Another reader, or none: what is appended while there is none waits for the next one to be roused.
    pub(super) fn read_by(&self, wake: Option<Wake>) {
        let mut reader = self.reader();
        if wake.is_none() {
            self.stir();
        }
        *reader = wake;
    }

    fn wake(&self) {
        if let Some(wake) = &*self.reader() {
            wake();
        }
    }

    fn reader(&self) -> MutexGuard<'_, Option<Wake>> {
        self.wake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::{Arc, Barrier, mpsc};
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn queue() -> (Queue<usize>, Arc<AtomicUsize>) {
        let (queue, wakes) = (Queue::new(), Arc::new(AtomicUsize::new(0)));
        queue.read_by(Some(counting(&wakes)));
        (queue, wakes)
    }

    fn counting(wakes: &Arc<AtomicUsize>) -> Wake {
        let wakes = Arc::clone(wakes);
        Box::new(move || {
            wakes.fetch_add(1, SeqCst);
        })
    }

    #[test]
    fn many_items_for_a_sleeping_reader_are_one_wake_up() {
        let (queue, wakes) = queue();
        assert!(queue.doze_off());
        (0..9).for_each(|item| queue.push(item));
        assert_eq!(wakes.load(SeqCst), 1);
        assert!((0..9).eq(std::iter::from_fn(|| queue.pop())));
    }

    #[test]
    fn a_reader_does_not_fall_asleep_before_what_waits() {
        let (queue, wakes) = queue();
        queue.push(1);
        assert!(!queue.doze_off());
        assert!(queue.is_awake(), "it goes on, so nobody has to wake it");
        assert_eq!(wakes.load(SeqCst), 0);
    }

    /// What it looked at again was shed by a sender in between: it has to lie down again, or the next sender
    /// takes it for awake.
    #[test]
    fn a_reader_whose_last_item_was_taken_from_under_it_is_woken_by_the_next() {
        let (queue, wakes) = queue();
        queue.push(1);
        assert!(!queue.doze_off());
        assert_eq!(queue.pop(), Some(1)); // the sender that sheds
        assert_eq!(queue.pop(), None); // the reader, going on
        assert!(queue.doze_off());
        queue.push(2);
        assert_eq!(wakes.load(SeqCst), 1);
    }

    #[test]
    fn what_came_while_there_was_no_reader_is_found_by_the_next_one() {
        let (queue, wakes) = queue();
        queue.doze_off();
        queue.read_by(None);
        queue.push(1);
        assert_eq!(wakes.load(SeqCst), 0);
        queue.read_by(Some(counting(&wakes)));
        queue.rouse();
        assert_eq!((wakes.load(SeqCst), queue.pop()), (1, Some(1)));
    }

    /// Three threads append, one of them sheds before it does, and a reader sleeps as often as it can. A round
    /// ends when everything was taken: a wake-up that is lost for a moment or for ever ends none.
    #[test]
    fn no_interleaving_of_senders_and_a_reader_loses_a_wake_up() {
        const SENDERS: usize = 3;
        const ROUNDS: usize = 5_000;
        let (queue, taken) = (Queue::new(), AtomicUsize::new(0));
        let (wake, woken) = mpsc::channel();
        queue.read_by(Some(Box::new(move || wake.send(()).unwrap_or_default())));
        let start = Barrier::new(SENDERS + 1);
        thread::scope(|threads| {
            for number in 0..SENDERS {
                let (queue, taken, start) = (&queue, &taken, &start);
                threads.spawn(move || {
                    for round in 0..ROUNDS {
                        start.wait();
                        if number == 0 && queue.pop().is_some() {
                            taken.fetch_add(1, SeqCst);
                        }
                        queue.push(round);
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
