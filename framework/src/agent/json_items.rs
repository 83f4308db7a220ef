//! The items of a stream as JSON text, for readers who do not know their type.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio::sync::mpsc;

use crate::contract::Contract;
use crate::routing::Interrupted;

/// The items an agent sends in answer to a request that came as text. Dropping it cancels the stream.
///
/// An item is written as JSON when it is read, so the reader's credits hold here as well: what nobody reads is
/// not sent.
pub struct JsonItems(Box<dyn Source>);

/// Why there is no further item, although the stream is not complete.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonItemError {
    /// The agent ended before it had sent everything.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// The item cannot be written as JSON; further ones may follow.
    #[error("the item cannot be written as JSON: {0}")]
    Unwritable(#[from] serde_json::Error),
}

type Item = Option<Result<String, JsonItemError>>;

trait Source: Send {
    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Item>;
}

/// The receiving end of a stream of contract `C`.
struct Typed<C: Contract> {
    items: mpsc::Receiver<C::Response>,
    complete: Arc<AtomicBool>,
    ended: bool,
}

impl JsonItems {
    pub(super) fn new<C: Contract>(items: mpsc::Receiver<C::Response>, complete: Arc<AtomicBool>) -> Self {
        Self(Box::new(Typed::<C> { items, complete, ended: false }))
    }

    /// The next item as JSON text; `None` after the last one.
    ///
    /// # Errors
    /// [`JsonItemError::Interrupted`], once, when the stream broke off.
    ///
    /// # Cancel safety
    /// No item is lost.
    pub async fn next(&mut self) -> Option<Result<String, JsonItemError>> {
        std::future::poll_fn(|context| self.0.poll_item(context)).await
    }
}

impl<C: Contract> Source for Typed<C> {
    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Item> {
        self.items.poll_recv(context).map(|item| match item {
            Some(item) => Some(C::response_to_json(&item).map_err(JsonItemError::Unwritable)),
            None if self.ended || self.complete.load(Ordering::Acquire) => None,
            None => {
                self.ended = true;
                Some(Err(Interrupted.into()))
            }
        })
    }
}

impl Stream for JsonItems {
    type Item = Result<String, JsonItemError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_item(context)
    }
}

impl fmt::Debug for JsonItems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonItems").finish_non_exhaustive()
    }
}
