//! The places in a mailbox: how many are taken, and who waits for one.
//!
//! A sender takes a place before it looks whether there was one, and gives it back if not; so the count may be
//! too high for a moment, and whoever waits has to be told by the one that brings it down, not only by the
//! reader. No wake-up is missed: "register, look at the count" on one side, "lower the count, look for who is
//! registered" on the other, all four in one order.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use tokio::sync::Notify;

use crate::registry::Pulse;

pub(super) struct Places {
    /// Holds the count, where the registry reads it.
    pulse: Arc<Pulse>,
    waiting: AtomicUsize,
    freed: Notify,
}

impl Places {
    pub(super) fn new(pulse: Arc<Pulse>) -> Self {
        Self { pulse, waiting: AtomicUsize::new(0), freed: Notify::new() }
    }

    /// How many are taken.
    pub(super) fn taken(&self) -> usize {
        self.pulse.queued().load(SeqCst)
    }

    /// Takes one more; how many were taken before.
    pub(super) fn take(&self) -> usize {
        self.pulse.queued().fetch_add(1, SeqCst)
    }

    /// Gives one back. When that leaves fewer than `capacity`, one of those who wait is told; how many are left.
    pub(super) fn give_back(&self, capacity: usize) -> usize {
        let left = self.pulse.queued().fetch_sub(1, SeqCst) - 1;
        if self.waiting.load(SeqCst) > 0 && left < capacity {
            self.freed.notify_one();
        }
        left
    }

    /// Tells all who wait to try again.
    pub(super) fn retry_all(&self) {
        self.freed.notify_waiters();
    }

    /// Waits until it is worth trying again: `worth` is asked once, when whoever waits is sure to be told.
    pub(super) async fn wait(&self, worth: impl Fn() -> bool) {
        let _waiting = Waiting::new(&self.waiting);
        let mut freed = pin!(self.freed.notified());
        // Registered from here on, not from the first poll: two places given back before that would be one
        // wake-up. Dropped while it is told, it tells the next one.
        if freed.as_mut().enable() || worth() {
            return;
        }
        freed.await;
    }
}

/// Counts a sender that waits, until it does not, whichever way.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::task::{Context, Waker};

    use super::*;

    fn is_ready(future: std::pin::Pin<&mut impl Future<Output = ()>>) -> bool {
        future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    fn full(capacity: usize) -> Places {
        let places = Places::new(Arc::default());
        (0..capacity).for_each(|_| {
            places.take();
        });
        places
    }

    #[test]
    fn two_places_given_back_are_two_wake_ups() {
        let places = full(2);
        let mut first = pin!(places.wait(|| places.taken() < 2));
        let mut second = pin!(places.wait(|| places.taken() < 2));
        assert!(!is_ready(first.as_mut()) && !is_ready(second.as_mut()));
        places.give_back(2);
        places.give_back(2);
        assert!(is_ready(first.as_mut()) && is_ready(second.as_mut()));
    }

    /// Both places become free between the look and the wait of two senders at once.
    #[test]
    fn two_places_given_back_before_anybody_waits_are_two_wake_ups() {
        let places = full(2);
        let both_free = || {
            places.give_back(2);
            places.give_back(2);
            false
        };
        let second = std::cell::RefCell::new(Box::pin(places.wait(both_free)));
        let mut first = pin!(places.wait(|| {
            assert!(is_ready(second.borrow_mut().as_mut()));
            false
        }));
        assert!(is_ready(first.as_mut()));
    }

    /// One sender is over the limit for a moment, the reader takes a message in that moment, and another sender
    /// comes to wait: it is told when the first one steps back.
    #[test]
    fn who_steps_back_tells_who_came_to_wait_meanwhile() {
        let places = full(1);
        assert_eq!(places.take(), 1); // over the limit
        places.give_back(1); // the reader
        let mut waits = pin!(places.wait(|| places.taken() < 1));
        assert!(!is_ready(waits.as_mut()), "there seems to be no room");
        places.give_back(1); // steps back
        assert!(is_ready(waits.as_mut()));
    }

    #[test]
    fn stepping_back_from_a_full_mailbox_wakes_nobody() {
        let places = full(1);
        let mut waits = pin!(places.wait(|| places.taken() < 1));
        assert!(!is_ready(waits.as_mut()));
        places.take();
        places.give_back(1);
        assert!(!is_ready(waits.as_mut()), "two that wait would wake each other for ever");
    }

    #[test]
    fn a_sender_that_is_dropped_while_it_is_told_tells_the_next_one() {
        let places = full(1);
        let mut second = Box::pin(places.wait(|| false));
        {
            let mut first = pin!(places.wait(|| false));
            assert!(!is_ready(first.as_mut()) && !is_ready(second.as_mut()));
            places.give_back(1);
        }
        assert!(is_ready(second.as_mut()));
        drop(second);
        assert_eq!(places.waiting.load(SeqCst), 0);
    }
}
