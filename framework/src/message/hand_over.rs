//! Hands a message to its carrier, and waits for room where the receiver wants its senders to wait.

use super::{Carrier, Envelope, Undelivered, Why};
use crate::clock::Clock;
use crate::contract::Contract;

/// Hands the message over. While the receiver is full and wants that, waits for room, at most until the message's
/// deadline.
///
/// Cancel safe: a future that is dropped before it is ready has sent nothing.
pub(crate) async fn hand_over<C: Contract>(
    carrier: &(impl Carrier<C> + ?Sized),
    clock: &Clock,
    mut envelope: Envelope<C>,
) -> Result<(), Undelivered<C>> {
    loop {
        let Err(undelivered) = carrier.accept(envelope) else { return Ok(()) };
        if undelivered.why != (Why::Overloaded { wait: true })
            || clock.until(undelivered.envelope.deadline, carrier.room()).await.is_err()
        {
            return Err(undelivered);
        }
        envelope = undelivered.envelope;
    }
}
