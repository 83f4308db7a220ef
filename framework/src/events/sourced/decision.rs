//! What a handler of an event-sourced agent decides: which events happen, and what is answered once they have.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::reminder::{Ending, ReminderChange};
use super::{EventSourced, Reminder};
use crate::contract::{Ask, Contract, Outcome};
use crate::routing::Router;

type Refusal<R> = <<R as Ask>::Contract as Contract>::Refusal;

/// Makes the reply of the new state.
type Replying<S, R> = Box<dyn FnOnce(&S) -> <R as Ask>::Reply + Send>;

/// What is done once the events are in the log.
pub(super) type Effect = Box<dyn FnOnce(Router) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// What is to happen and what is to be answered.
///
/// It is not an answer. It becomes one when its events are in the log, and nobody but the framework can do that; so no
/// handler can answer with what is not persisted.
#[must_use]
pub struct Decision<S: EventSourced, R: Ask> {
    pub(super) events: Vec<S::Event>,
    pub(super) reminders: Vec<ReminderChange>,
    pub(super) answer: Choice<S, R>,
    pub(super) effect: Option<Effect>,
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
pub struct Persisting<E> {
    pub(super) events: Vec<E>,
    pub(super) reminders: Vec<ReminderChange>,
}

/// Begins a decision: these events are to happen. They are persisted together, before anything is answered.
pub fn persist<E>(events: impl IntoIterator<Item = E>) -> Persisting<E> {
    Persisting { events: events.into_iter().collect(), reminders: Vec::new() }
}

impl<E> Persisting<E> {
    /// And the agent is to be reminded of this. It is an event, too: it stands or falls with the others, and survives what
    /// they survive. When it is due, [`EventSourced::remind`] decides what follows.
    pub fn remind(mut self, reminder: Reminder) -> Self {
        self.reminders.push(ReminderChange::Set(reminder));
        self
    }

    /// And the agent is not to be reminded of what has this name; if there is nothing of that name, nothing
    /// but the event happens.
    pub fn cancel_reminder(mut self, name: impl Into<String>) -> Self {
        self.reminders.push(ReminderChange::Ended { name: name.into(), how: Ending::Cancelled });
        self
    }

    /// And then this is replied.
    pub fn reply<S: EventSourced<Event = E>, R: Ask>(self, reply: R::Reply) -> Decision<S, R> {
        Decision::new(self, Choice::Reply(reply))
    }

    /// And then is replied what `reply` makes of the new state.
    pub fn reply_with<S: EventSourced<Event = E>, R: Ask>(
        self,
        reply: impl FnOnce(&S) -> R::Reply + Send + 'static,
    ) -> Decision<S, R> {
        Decision::new(self, Choice::ReplyWith(Box::new(reply)))
    }

    /// And then this is refused: a "no" that leaves a trace, such as a wrong password.
    pub fn refuse<S: EventSourced<Event = E>, R: Ask>(self, refusal: Refusal<R>) -> Decision<S, R> {
        Decision::new(self, Choice::Refusal(refusal))
    }
}

impl<S: EventSourced, R: Ask> Decision<S, R> {
    fn new(persisting: Persisting<S::Event>, answer: Choice<S, R>) -> Self {
        let Persisting { events, reminders } = persisting;
        Self { events, reminders, answer, effect: None }
    }

    /// Nothing happens, and this is replied.
    pub fn reply(reply: R::Reply) -> Self {
        Self::new(persist([]), Choice::Reply(reply))
    }

    /// Nothing happens, and this is refused.
    pub fn refuse(refusal: Refusal<R>) -> Self {
        Self::new(persist([]), Choice::Refusal(refusal))
    }

    /// And once its events are in the log, before the answer is given, `effect` is done: what it asks and tells others
    /// carries the last of the events as its cause, and stands as such in the metadata of what they decide.
    ///
    /// At most once: an agent that is killed between the two has the events and not the effect, and a repeated request is
    /// answered without it. What may not be missed follows the log.
    ///
    /// ```
    /// # use mistersmith::events::{Decision, EventSourced, persist};
    /// # use mistersmith::contract::{Ask, Contract};
    /// # use mistersmith::routing::AgentRef;
    /// fn opened<S, R, N>(event: S::Event, greeter: AgentRef<N::Contract>, greet: N) -> Decision<S, R>
    /// where
    ///     S: EventSourced,
    ///     R: Ask<Reply = ()>,
    ///     N: Ask,
    /// {
    ///     persist([event]).reply(()).then_run(async move |_| {
    ///         let _ = greeter.tell(greet).await;
    ///     })
    /// }
    /// ```
    pub fn then_run<F>(mut self, effect: impl FnOnce(Router) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.effect = Some(Box::new(move |router| Box::pin(effect(router))));
        self
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
