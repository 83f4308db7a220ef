//! Senders that wait for room in a mailbox, and whoever tells them that there is some.
//!
//! No wake-up is missed: "register, look for room" on one side, "make room, look for who is registered" on the
//! other, and both looks for room and the making of it are steps under one lock, the one of the queue's front.

use std::pin::pin;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use tokio::sync::Notify;

#[derive(Default)]
pub(super) struct Waiters {
    waiting: AtomicUsize,
    freed: Notify,
}

impl Waiters {
    /// Tells one of those who wait that there is room for one more, if there is; `is_room` is not asked when nobody
    /// waits.
    pub(super) fn room_was_made(&self, is_room: impl FnOnce() -> bool) {
        if self.waiting.load(SeqCst) > 0 && is_room() {
            self.freed.notify_one();
        }
    }

    /// Tells all who wait to try again.
    pub(super) fn retry_all(&self) {
        self.freed.notify_waiters();
    }

    /// Waits until it is worth trying again: `worth` is asked once, when whoever waits is sure to be told.
    pub(super) async fn wait(&self, worth: impl Fn() -> bool) {
        let _waiting = Waiting::new(&self.waiting);
        let mut freed = pin!(self.freed.notified());
        // Registered from here on, not from the first poll: two places made before that would be one wake-up.
        // Dropped while it is told, it tells the next one.
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

    #[test]
    fn room_for_two_is_two_wake_ups() {
        let waiters = Waiters::default();
        let mut first = pin!(waiters.wait(|| false));
        let mut second = pin!(waiters.wait(|| false));
        assert!(!is_ready(first.as_mut()) && !is_ready(second.as_mut()));
        waiters.room_was_made(|| true);
        waiters.room_was_made(|| true);
        assert!(is_ready(first.as_mut()) && is_ready(second.as_mut()));
    }

    /// Room is made twice between the look and the wait of two senders at once.
    #[test]
    fn room_for_two_before_anybody_waits_is_two_wake_ups() {
        let waiters = Waiters::default();
        let room_for_two = || {
            waiters.room_was_made(|| true);
            waiters.room_was_made(|| true);
            false
        };
        let second = std::cell::RefCell::new(Box::pin(waiters.wait(room_for_two)));
        let mut first = pin!(waiters.wait(|| {
            assert!(is_ready(second.borrow_mut().as_mut()));
            false
        }));
        assert!(is_ready(first.as_mut()));
    }

    #[test]
    fn what_leaves_no_room_wakes_nobody() {
        let waiters = Waiters::default();
        let mut waits = pin!(waiters.wait(|| false));
        assert!(!is_ready(waits.as_mut()));
        waiters.room_was_made(|| false);
        assert!(!is_ready(waits.as_mut()));
    }

    #[test]
    fn a_sender_that_is_dropped_while_it_is_told_tells_the_next_one() {
        let waiters = Waiters::default();
        let mut second = Box::pin(waiters.wait(|| false));
        {
            let mut first = pin!(waiters.wait(|| false));
            assert!(!is_ready(first.as_mut()) && !is_ready(second.as_mut()));
            waiters.room_was_made(|| true);
        }
        assert!(is_ready(second.as_mut()));
        drop(second);
        assert_eq!(waiters.waiting.load(SeqCst), 0);
    }
}
