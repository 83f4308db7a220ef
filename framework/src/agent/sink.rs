//! The agent's end of a stream of items.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;

use crate::contract::{Contract, Subscribe};
use crate::engine::Fence;

/// Where an agent sends the items of one stream. Dropped without [`Sink::finish`], the reader learns that the
/// stream broke off.
pub struct Sink<R: Subscribe> {
    items: mpsc::Sender<<R::Contract as Contract>::Response>,
    complete: Arc<AtomicBool>,
    fence: Fence,
}

/// The reader does not read any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reader has cancelled the stream")]
pub struct Cancelled;

/// An item that was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCredit<T> {
    /// The reader has not read what was sent before.
    #[error("the reader has no credit left; send the item later, or drop the stream")]
    NotNow(T),
    /// The reader does not read any more.
    #[error("the reader has cancelled the stream")]
    Cancelled,
}

impl<R: Subscribe> Sink<R> {
    pub(super) fn new(
        items: mpsc::Sender<<R::Contract as Contract>::Response>,
        complete: Arc<AtomicBool>,
        fence: Fence,
    ) -> Self {
        Self { items, complete, fence }
    }

    /// A sink that nobody reads.
    pub(super) fn unread() -> Self {
        Self { items: mpsc::channel(1).0, complete: Arc::default(), fence: Fence::default() }
    }

    /// Sends an item when the reader has a credit for it. For tasks; a handler that waits here keeps every other
    /// request waiting.
    ///
    /// # Errors
    /// [`Cancelled`] when the reader does not read any more.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready leaves the item unsent.
    pub async fn send(&self, item: R::Item) -> Result<(), Cancelled> {
        if self.fence.stands() {
            return Err(Cancelled);
        }
        self.items.send(R::into_response(item)).await.map_err(|_| Cancelled)
    }

    /// Sends an item if the reader has a credit for it now.
    ///
    /// # Errors
    /// [`NoCredit`], with the item if it may be sent later.
    pub fn try_send(&self, item: R::Item) -> Result<(), NoCredit<R::Item>> {
        if self.fence.stands() {
            return Err(NoCredit::Cancelled);
        }
        match self.items.try_reserve() {
            Ok(credit) => {
                credit.send(R::into_response(item));
                Ok(())
            }
            Err(mpsc::error::TrySendError::Full(())) => Err(NoCredit::NotNow(item)),
            Err(mpsc::error::TrySendError::Closed(())) => Err(NoCredit::Cancelled),
        }
    }

    /// How many items may be sent now.
    #[must_use]
    pub fn credits(&self) -> usize {
        self.items.capacity()
    }

    /// Whether the reader has cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.items.is_closed()
    }

    /// Waits until the reader cancels, or has everything it wants. Cancel safe.
    pub async fn cancelled(&self) {
        self.items.closed().await;
    }

    /// Says that this was everything.
    pub fn finish(self) {
        self.complete.store(!self.fence.stands(), Ordering::Release);
    }
}

impl<R: Subscribe> fmt::Debug for Sink<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink").field("credits", &self.credits()).finish_non_exhaustive()
    }
}
