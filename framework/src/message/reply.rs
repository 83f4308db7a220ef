//! Where the answer to a message goes, and what is sent there when there is none.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::{mpsc, oneshot};

use super::Why;
use crate::contract::Contract;
use crate::exit::Exit;

/// Where the answer goes. A port that is dropped unanswered tells the asker that the outcome is unknown.
pub enum ReplyTo<C: Contract> {
    /// Nobody waits.
    Nobody,
    /// Somebody waits for one response.
    One(oneshot::Sender<Result<C::Response, Failure<C>>>),
    /// Somebody reads items; each takes one of the reader's credits.
    Stream(Box<Items<C>>),
}

/// The sending end of a stream of items.
pub struct Items<C: Contract> {
    /// Told once whether the stream was opened.
    pub opened: Option<oneshot::Sender<Result<(), Failure<C>>>>,
    /// Where items go: as many as the reader has given credits for.
    pub items: mpsc::Sender<C::Response>,
    /// Set before the last item's channel closes, when the stream is complete; unset when it broke off.
    pub complete: Arc<AtomicBool>,
}

/// Why a message that was accepted got no response.
#[derive(Clone, Debug)]
pub enum Failure<C: Contract> {
    /// The agent said no.
    Refused(C::Refusal),
    /// It came back from the queue: it was not handled, and never will be.
    Returned(Why, C::Request),
    /// The agent ended with it in hand, like this.
    Ended(Arc<Exit>),
    /// It was answered before, and that answer cannot be read any more, for this reason.
    AnswerUnreadable(String),
}

impl<C: Contract> ReplyTo<C> {
    /// Whether somebody waits who can still be told.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        match self {
            Self::Nobody => false,
            Self::One(port) => !port.is_closed(),
            Self::Stream(items) => !items.items.is_closed(),
        }
    }

    /// Sends back a message that was not handled.
    pub fn fail(self, failure: Failure<C>) {
        match self {
            Self::Nobody => {}
            Self::One(port) => drop(port.send(Err(failure))),
            Self::Stream(items) => {
                if let Some(opened) = items.opened {
                    let _ = opened.send(Err(failure));
                }
            }
        }
    }
}

impl<C: Contract> fmt::Debug for ReplyTo<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "Nobody",
            Self::One(_) => "One",
            Self::Stream(_) => "Stream",
        })
    }
}

impl<C: Contract> fmt::Debug for Items<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("credits", &self.items.capacity()).finish_non_exhaustive()
    }
}
