//! What a handler of an event-sourced agent is lent: what it may look at, and nothing by which it could answer.

use std::fmt;

use super::{EventSourced, Sourced};
use crate::agent::Context;
use crate::clock::Clock;
use crate::events::{EventLog, EventPlace, Page, Query, ReadError, Sequence};
use crate::exit::Exit;
use crate::identity::{AgentId, Incarnation};
use crate::message::Budget;
use crate::routing::Router;

/// What a decision is made with, beside the state and the request.
pub struct Deciding<'a, S: EventSourced> {
    context: &'a mut Context<Sourced<S>>,
    log: &'a dyn EventLog,
    sequence: Sequence,
    siblings: &'a [S],
    pub(super) cause: Option<EventPlace>,
}

impl<'a, S: EventSourced> Deciding<'a, S> {
    pub(super) fn new(
        context: &'a mut Context<Sourced<S>>,
        log: &'a dyn EventLog,
        sequence: Sequence,
        siblings: &'a [S],
    ) -> Self {
        Self { context, log, sequence, siblings, cause: None }
    }

    /// Who this agent is.
    #[must_use]
    pub fn id(&self) -> &AgentId {
        self.context.id()
    }

    /// Which start of it this is.
    #[must_use]
    pub fn incarnation(&self) -> Incarnation {
        self.context.incarnation()
    }

    /// The system's time and randomness. What is drawn here belongs into the event: [`EventSourced::apply`] has none.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        self.context.clock()
    }

    /// Routes requests to the other agents of the system. What is asked there has happened, whatever is decided here.
    #[must_use]
    pub fn router(&self) -> Router {
        self.context.router()
    }

    /// Who sent the message in hand; `None` for a sender that is no agent.
    #[must_use]
    pub fn sender(&self) -> Option<&AgentId> {
        self.context.sender()
    }

    /// What the message in hand may still cost.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.context.budget()
    }

    /// The key by which the message in hand is done once, if its sender gave one.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.context.idempotency_key()
    }

    /// The last event in the state.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// The states that there are: the one that is decided on, and where its replicas keep
    /// [siblings](super::Resolution::Siblings) that have not been made one yet, those, in an order that is the same on
    /// all replicas; the one that is decided on is the last. An event that is decided now makes one state of them.
    #[must_use]
    pub fn siblings(&self) -> &'a [S] {
        self.siblings
    }

    /// The agent's own events after this one, as they are in the log.
    ///
    /// # Errors
    /// When they cannot be read.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    pub async fn events_since(&self, sequence: Sequence) -> Result<Page, ReadError> {
        self.log.read(Query::of(self.context.id().key(), sequence).up_to(self.sequence)).await
    }

    /// The event that led to the request in hand. It comes with what an event-sourced agent sends after its decision is
    /// persisted ([`Decision::then_run`](super::Decision::then_run)), and goes on with whatever is sent because of that.
    #[must_use]
    pub fn cause(&self) -> Option<EventPlace> {
        self.cause.clone().or_else(|| self.context.cause().map(EventPlace::from))
    }

    /// Says which event, of another agent as a rule, led to what is decided here, where it did not come with the request;
    /// it stands in the events' metadata.
    pub fn caused_by(&mut self, event: EventPlace) {
        self.cause = Some(event);
    }

    /// Ends the agent after the message in hand.
    pub fn stop(&mut self, exit: Exit) {
        self.context.stop(exit);
    }
}

impl<S: EventSourced> fmt::Debug for Deciding<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deciding")
            .field("context", &self.context)
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}
