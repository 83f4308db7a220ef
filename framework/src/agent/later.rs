//! A reply that is given after the handler has returned.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::owed::Debt;
use crate::contract::{Ask, Contract};
use crate::engine::Fence;
use crate::message::{Budget, Failure, ReplyTo};

/// The duty to answer a request. Dropped unanswered, whoever asked learns that the outcome is unknown, and how the
/// agent ended if it has.
#[must_use = "dropping it leaves the asker without an answer"]
pub struct Later<R: Ask> {
    reply: ReplyTo<R::Contract>,
    budget: Budget,
    /// A drain waits for it.
    _debt: Debt<R::Contract>,
    fence: Fence,
    request: PhantomData<fn() -> R>,
}

impl<R: Ask> Later<R> {
    pub(super) fn new(
        reply: ReplyTo<R::Contract>,
        budget: Budget,
        (debt, fence): (Debt<R::Contract>, Fence),
    ) -> Self {
        Self { reply, budget, _debt: debt, fence, request: PhantomData }
    }

    /// Where the answer goes, unless nothing of this incarnation counts any more.
    fn take_reply(&mut self) -> ReplyTo<R::Contract> {
        let reply = std::mem::replace(&mut self.reply, ReplyTo::Nobody);
        if self.fence.stands() { ReplyTo::Nobody } else { reply }
    }

    /// Gives the reply.
    pub fn reply(mut self, reply: R::Reply) {
        if let ReplyTo::One(port) = self.take_reply() {
            let _ = port.send(Ok(R::into_response(reply)));
        }
    }

    /// Refuses.
    pub fn refuse(mut self, refusal: <R::Contract as Contract>::Refusal) {
        self.take_reply().fail(Failure::Refused(refusal));
    }

    /// Whether somebody still waits for the answer.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.reply.is_awaited()
    }

    /// What answering may still cost.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.budget
    }
}

impl<R: Ask> Drop for Later<R> {
    fn drop(&mut self) {
        if let Some(exit) = self.fence.exit() {
            std::mem::replace(&mut self.reply, ReplyTo::Nobody).fail(Failure::Ended(Arc::new(exit)));
        }
    }
}

impl<R: Ask> fmt::Debug for Later<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Later({})", R::ACTION)
    }
}
