//! The reader's end of a stream of items.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio::sync::mpsc;

use crate::contract::{Contract, Subscribe};

/// The items an agent sends in answer to `R`. Dropping it cancels the stream.
///
/// Each item that is read gives the agent one more credit, so that it is never ahead by more than was agreed.
pub struct Incoming<R: Subscribe> {
    items: mpsc::Receiver<<R::Contract as Contract>::Response>,
    complete: Arc<AtomicBool>,
    ended: bool,
}

/// The stream broke off: the agent ended before it had sent everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream broke off: the agent ended before it was complete; subscribe again")]
pub struct Interrupted;

impl<R: Subscribe> Incoming<R> {
    /// How many items are on their way at a time, unless said otherwise.
    pub const CREDITS: usize = 64;

    pub(super) fn new(
        items: mpsc::Receiver<<R::Contract as Contract>::Response>,
        complete: Arc<AtomicBool>,
    ) -> Self {
        Self { items, complete, ended: false }
    }

    /// The next item; `None` after the last one.
    ///
    /// # Errors
    /// [`Interrupted`], once, when the stream broke off.
    ///
    /// # Cancel safety
    /// No item is lost.
    pub async fn next(&mut self) -> Option<Result<R::Item, Interrupted>> {
        std::future::poll_fn(|context| self.poll_item(context)).await
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<R::Item, Interrupted>>> {
        loop {
            match ready!(self.items.poll_recv(context)) {
                Some(response) => match R::from_response(response) {
                    Some(item) => return Poll::Ready(Some(Ok(item))),
                    None => continue,
                },
                None if self.ended || self.complete.load(Ordering::Acquire) => return Poll::Ready(None),
                None => {
                    self.ended = true;
                    return Poll::Ready(Some(Err(Interrupted)));
                }
            }
        }
    }
}

impl<R: Subscribe> Stream for Incoming<R> {
    type Item = Result<R::Item, Interrupted>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(context)
    }
}

impl<R: Subscribe> fmt::Debug for Incoming<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("waiting", &self.items.len()).finish_non_exhaustive()
    }
}
