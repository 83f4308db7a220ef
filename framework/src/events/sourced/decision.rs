//! What a handler of an event-sourced agent decides: which events happen, and what is answered once they have.

use std::fmt;

use super::EventSourced;
use crate::contract::{Ask, Contract, Outcome};

type Refusal<R> = <<R as Ask>::Contract as Contract>::Refusal;

/// Makes the reply of the new state.
type Replying<S, R> = Box<dyn FnOnce(&S) -> <R as Ask>::Reply + Send>;

/// What is to happen and what is to be answered.
///
/// It is not an answer. It becomes one when its events are in the log, and nobody but the framework can do that; so no
/// handler can answer with what is not persisted.
#[must_use]
pub struct Decision<S: EventSourced, R: Ask> {
    pub(super) events: Vec<S::Event>,
    pub(super) answer: Choice<S, R>,
}

/// What is to be answered.
pub(super) enum Choice<S, R: Ask> {
    Reply(R::Reply),
    ReplyWith(Replying<S, R>),
    Refusal(Refusal<R>),
}

/// Events that are to happen, still without an answer.
#[derive(Debug)]
#[must_use = "a decision needs an answer: `.reply(...)`, `.reply_with(...)` or `.refuse(...)`"]
pub struct Persisting<E>(Vec<E>);

/// Begins a decision: these events are to happen. They are persisted together, before anything is answered.
pub fn persist<E>(events: impl IntoIterator<Item = E>) -> Persisting<E> {
    Persisting(events.into_iter().collect())
}

impl<E> Persisting<E> {
    /// And then this is replied.
    pub fn reply<S: EventSourced<Event = E>, R: Ask>(self, reply: R::Reply) -> Decision<S, R> {
        Decision { events: self.0, answer: Choice::Reply(reply) }
    }

    /// And then is replied what `reply` makes of the new state.
    pub fn reply_with<S: EventSourced<Event = E>, R: Ask>(
        self,
        reply: impl FnOnce(&S) -> R::Reply + Send + 'static,
    ) -> Decision<S, R> {
        Decision { events: self.0, answer: Choice::ReplyWith(Box::new(reply)) }
    }

    /// And then this is refused: a "no" that leaves a trace, such as a wrong password.
    pub fn refuse<S: EventSourced<Event = E>, R: Ask>(self, refusal: Refusal<R>) -> Decision<S, R> {
        Decision { events: self.0, answer: Choice::Refusal(refusal) }
    }
}

impl<S: EventSourced, R: Ask> Decision<S, R> {
    /// Nothing happens, and this is replied.
    pub fn reply(reply: R::Reply) -> Self {
        Self { events: Vec::new(), answer: Choice::Reply(reply) }
    }

    /// Nothing happens, and this is refused.
    pub fn refuse(refusal: Refusal<R>) -> Self {
        Self { events: Vec::new(), answer: Choice::Refusal(refusal) }
    }
}

impl<S, R: Ask> Choice<S, R> {
    /// What is answered in this state.
    pub(super) fn outcome(self, state: &S) -> Outcome<R> {
        match self {
            Self::Reply(reply) => Outcome::Reply(reply),
            Self::ReplyWith(reply) => Outcome::Reply(reply(state)),
            Self::Refusal(refusal) => Outcome::Refusal(refusal),
        }
    }
}

impl<S: EventSourced, R: Ask> fmt::Debug for Decision<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision").field("events", &self.events.len()).finish_non_exhaustive()
    }
}
