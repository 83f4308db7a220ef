//! Hands a message to its carrier; where it has no room, waits for some or gives up.

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
    envelope: Envelope<C>,
) -> Result<(), Undelivered<C>> {
    match carrier.accept(envelope) {
        Ok(()) => Ok(()),
        Err(undelivered) => insist(carrier, clock, undelivered).await,
    }
}

/// As [`hand_over`], of a message that was not taken at once.
pub(crate) async fn insist<C: Contract>(
    carrier: &(impl Carrier<C> + ?Sized),
    clock: &Clock,
    mut undelivered: Undelivered<C>,
) -> Result<(), Undelivered<C>> {
    while is_to_wait(&undelivered) {
        if clock.until(undelivered.envelope.deadline, carrier.room()).await.is_err() {
            carrier.given_up();
            break;
        }
        match carrier.accept(undelivered.envelope) {
            Ok(()) => return Ok(()),
            Err(again) => undelivered = again,
        }
    }
    Err(undelivered)
}

/// Hands the message over if that can be done now.
pub(crate) fn offer<C: Contract>(
    carrier: &(impl Carrier<C> + ?Sized),
    envelope: Envelope<C>,
) -> Result<(), Undelivered<C>> {
    carrier.accept(envelope).inspect_err(|undelivered| {
        if is_to_wait(undelivered) {
            carrier.given_up();
        }
    })
}

fn is_to_wait<C: Contract>(undelivered: &Undelivered<C>) -> bool {
    undelivered.why == (Why::Overloaded { wait: true })
}
