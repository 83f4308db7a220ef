//! Another replica, for whoever can ask it something; and a round: everything that there is to be said to it now.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use super::anti_entropy::{AntiEntropy, ExchangeError};
use super::message::Message;
use super::replicator::{Exchange, Replication};
use crate::events::{ReadError, Underway};
use crate::routing::AgentRef;

/// How long an answer of a replica's agent is waited for: 30 seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Another replica.
///
/// Anything that takes a message there and brings the answers back will do: an [`AntiEntropy`] in the same process, a
/// reference to the agent of one ([`Replicator`](super::Replicator)) wherever that is, or a connection.
pub trait Peer: Send + Sync + 'static {
    /// Takes a message there, and brings back what is answered.
    ///
    /// # Errors
    /// When it does not get there, or nothing comes back. It may have been heard all the same.
    ///
    /// # Cancel safety
    /// Dropping the future gives up waiting; nothing is lost by that.
    fn exchange(&self, message: Message) -> Underway<'_, Result<Vec<Message>, PeerError>>;
}

/// Why another replica did not answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the other replica did not answer: {0}")]
pub struct PeerError(#[source] Arc<dyn Error + Send + Sync>);

/// What a round came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Round {
    /// How many messages were sent.
    pub messages: usize,
    /// Whether everything was said: if nothing has happened meanwhile, both have the same now.
    pub is_complete: bool,
}

/// Why a round ended early. What was exchanged before is exchanged.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoundError {
    /// The other one did not answer.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// What it answered could not be dealt with.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl PeerError {
    /// It did not answer, for this reason.
    pub fn new(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(reason.into().into())
    }
}

impl AntiEntropy {
    /// Exchanges with `peer` whatever either lacks.
    ///
    /// # Errors
    /// When it does not answer, or what it answers cannot be dealt with. The next round goes on.
    ///
    /// # Cancel safety
    /// What was exchanged before is exchanged.
    pub async fn round(&self, peer: &dyn Peer) -> Result<Round, RoundError> {
        let mut to_say = VecDeque::from([self.open().await?]);
        let mut messages = 0;
        while let Some(message) = to_say.pop_front() {
            if messages == self.limits().messages {
                return Ok(Round { messages, is_complete: false });
            }
            messages += 1;
            for answer in peer.exchange(message).await? {
                to_say.extend(self.receive(answer).await?);
            }
        }
        Ok(Round { messages, is_complete: true })
    }
}

impl Peer for AntiEntropy {
    fn exchange(&self, message: Message) -> Underway<'_, Result<Vec<Message>, PeerError>> {
        Box::pin(async move { self.receive(message).await.map_err(PeerError::new) })
    }
}

impl Peer for AgentRef<Replication> {
    fn exchange(&self, message: Message) -> Underway<'_, Result<Vec<Message>, PeerError>> {
        Box::pin(async move {
            let answers = self.within(PATIENCE).ask(Exchange { message }).await;
            answers.map_err(|error| PeerError::new(error.to_string()))
        })
    }
}
