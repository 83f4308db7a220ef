//! Answers that an agent has taken on to give later, counted until they are given or dropped.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use tokio::sync::Notify;

use super::mailbox::Mailbox;
use crate::contract::Contract;

/// How many answers one agent owes.
#[derive(Default)]
pub(super) struct Owed {
    answers: AtomicUsize,
    fewer: Notify,
}

impl Owed {
    /// Whether none is.
    pub(super) fn is_nothing(&self) -> bool {
        self.answers.load(SeqCst) == 0
    }

    /// Told when there are fewer, or when somebody [says so](Self::look_again).
    pub(super) fn fewer(&self) -> &Notify {
        &self.fewer
    }

    /// Tells whoever waits to look again.
    pub(super) fn look_again(&self) {
        self.fewer.notify_waiters();
    }
}

/// One answer that the agent of this mailbox owes, until it is dropped.
pub(super) struct Debt<C: Contract>(Arc<Mailbox<C>>);

impl<C: Contract> Debt<C> {
    /// One more.
    pub(super) fn new(mailbox: &Arc<Mailbox<C>>) -> Self {
        mailbox.owed().answers.fetch_add(1, SeqCst);
        Self(Arc::clone(mailbox))
    }
}

impl<C: Contract> Drop for Debt<C> {
    fn drop(&mut self) {
        let owed = self.0.owed();
        owed.answers.fetch_sub(1, SeqCst);
        owed.look_again();
    }
}
