//! How much a mailbox holds and what happens beyond it, changed at any moment without stopping anybody.

use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicU8, AtomicUsize};

use serde::{Deserialize, Serialize};

/// What happens to a message when the mailbox is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// It comes back to its sender.
    Refuse,
    /// Its sender waits for room, as long as its deadline allows.
    Wait,
    /// It is taken, and the oldest message is dropped: whoever waits for that one is told.
    ShedOldest,
}

/// How much a mailbox holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MailboxLimits {
    /// The most messages that may wait, the message in hand not counted. A mailbox of 0 takes none, and one
    /// that sheds holds at least 1.
    pub capacity: usize,
    /// What happens when there are so many.
    pub when_full: WhenFull,
}

impl Default for MailboxLimits {
    /// 10,000 messages; further ones come back.
    fn default() -> Self {
        Self { capacity: 10_000, when_full: WhenFull::Refuse }
    }
}

/// The limits of one mailbox, read by every sender.
pub(super) struct Bounds {
    capacity: AtomicUsize,
    when_full: AtomicU8,
}

impl Bounds {
    pub(super) fn new(limits: MailboxLimits) -> Self {
        let bounds = Self { capacity: AtomicUsize::default(), when_full: AtomicU8::default() };
        bounds.set(limits);
        bounds
    }

    pub(super) fn set(&self, limits: MailboxLimits) {
        self.capacity.store(limits.capacity, SeqCst);
        self.when_full.store(limits.when_full as u8, SeqCst);
    }

    pub(super) fn get(&self) -> MailboxLimits {
        MailboxLimits { capacity: self.capacity(), when_full: self.when_full() }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity.load(SeqCst)
    }

    pub(super) fn when_full(&self) -> WhenFull {
        match self.when_full.load(SeqCst) {
            0 => WhenFull::Refuse,
            1 => WhenFull::Wait,
            _ => WhenFull::ShedOldest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_reads_back() {
        for when_full in [WhenFull::Refuse, WhenFull::Wait, WhenFull::ShedOldest] {
            let limits = MailboxLimits { capacity: 7, when_full };
            assert_eq!(Bounds::new(limits).get(), limits);
        }
    }
}
