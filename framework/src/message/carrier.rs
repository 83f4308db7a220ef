//! Whoever takes a message to wherever it is answered.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::{Address, Envelope, Failure};
use crate::contract::Contract;

/// A future that is ready when it is worth trying again.
pub type Room<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Takes messages of one contract to one agent, wherever that is.
pub trait Carrier<C: Contract>: Send + Sync + 'static {
    /// Takes the message, or gives it back at once with the reason. Never waits.
    ///
    /// # Errors
    /// [`Undelivered`], with the message. Whoever is to wait for room, and does not, says so by
    /// [`given_up`](Carrier::given_up).
    fn accept(&self, envelope: Envelope<C>) -> Result<(), Undelivered<C>>;

    /// Waits until there may be room for one more message, or none ever again. Cancel safe.
    fn room(&self) -> Room<'_>;

    /// Notes that a message came back to its sender for want of room, although the receiver wanted it to wait: the
    /// sender could not, or no longer. Called once for each such message; does nothing unless the carrier counts.
    fn given_up(&self) {}

    /// Where the messages go.
    fn address(&self) -> Address;
}

/// A message that was not taken: it was not handled, and will not be.
#[derive(Debug)]
pub struct Undelivered<C: Contract> {
    /// The message.
    pub envelope: Envelope<C>,
    /// Why it was not taken.
    pub why: Why,
}

/// Why a message was not taken, or came back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// The queue is full. `wait` says that the receiver wants its senders to wait for room.
    Overloaded {
        /// Whether to wait and try again.
        wait: bool,
    },
    /// The queue is full, and the agent is down and being started again.
    Restarting,
    /// The agent takes no messages at present.
    Suspended {
        /// Why it was suspended.
        reason: String,
    },
    /// The agent has ended for good, or takes no new work because it is about to.
    Gone,
    /// It was too late when its turn came.
    TooLate,
    /// There is no way to where the agent is.
    Unreachable {
        /// What stands in the way.
        reason: String,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overloaded { .. } => f.write_str("its queue is full"),
            Self::Restarting => f.write_str("it is being restarted, and its queue is full"),
            Self::Suspended { reason } => write!(f, "it is suspended: {reason}"),
            Self::Gone => f.write_str("it has ended"),
            Self::TooLate => f.write_str("the deadline passed before its turn came"),
            Self::Unreachable { reason } => write!(f, "it cannot be reached: {reason}"),
        }
    }
}

impl<C: Contract> Undelivered<C> {
    /// Tells whoever waits for the answer, if anybody does.
    pub fn bounce(self) {
        let Envelope { reply, request, .. } = self.envelope;
        reply.fail(Failure::Returned(self.why, request));
    }
}
