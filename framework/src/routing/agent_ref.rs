//! A reference to an agent: what one holds to ask it, tell it, and subscribe to it, wherever it is.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::call::{Call, returned};
use super::{AskError, Incoming, SubscribeError, TellError};
use crate::clock::Clock;
use crate::contract::{Ask, Contract, Subscribe};
use crate::identity::AgentId;
use crate::message::{Address, Budget, Carrier};
use crate::registry::Record;

/// A reference to one agent that answers contract `C`. Cheap to clone; it keeps nothing alive.
///
/// A call made inside an agent's handler inherits what the message in hand has: its deadline, its retries, who waits for
/// it, its trace, and the event that led to it.
pub struct AgentRef<C: Contract> {
    id: Arc<AgentId>,
    carrier: Arc<dyn Carrier<C>>,
    clock: Clock,
}

/// A reference with limits on what each call may cost. Made by [`AgentRef::within`].
#[derive(Debug)]
pub struct Limited<'a, C: Contract> {
    agent: &'a AgentRef<C>,
    budget: Budget,
    idempotency_key: Option<String>,
    trace: Option<Arc<str>>,
}

/// Bytes that a trace may have. A `traceparent` of the version of today has 55.
const TRACE_BYTES: usize = 256;

impl<C: Contract> AgentRef<C> {
    /// A reference to the agent that `carrier` leads to.
    #[must_use]
    pub fn new(id: Arc<AgentId>, carrier: Arc<dyn Carrier<C>>, clock: Clock) -> Self {
        Self { id, carrier, clock }
    }

    /// The agent of this record, if it is one of this process and `C` is its contract: its reference is the record's
    /// [address](Record::address).
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        record.address_as().cloned()
    }

    /// Who it is.
    #[must_use]
    pub fn id(&self) -> &AgentId {
        &self.id
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> Address {
        self.carrier.address()
    }

    pub(super) fn carrier(&self) -> &dyn Carrier<C> {
        &*self.carrier
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The same agent, with at most `limit` for each call, waiting in its queue included.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Limited<'_, C> {
        let budget = Budget { deadline: self.clock.deadline(limit), ..Budget::UNLIMITED };
        Limited { agent: self, budget, idempotency_key: None, trace: None }
    }

    /// Asks, and waits for the reply: without limit, unless the message in hand has a deadline.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError); an error that holds the request says that it was not handled.
    ///
    /// # Cancel safety
    /// Dropping the future gives up waiting. A request that was taken is handled all the same, unless its
    /// deadline passes first.
    pub async fn ask<R: Ask<Contract = C>>(&self, request: R) -> Result<R::Reply, AskError<R>> {
        Call::new(self, Budget::UNLIMITED, None).ask(request).await
    }

    /// Sends without waiting for an answer; waits for room in the queue only if the agent's policy is to wait.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError); the request comes back.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready leaves the message unsent.
    pub async fn tell<R: Ask<Contract = C>>(&self, request: R) -> Result<(), TellError<R>> {
        Call::new(self, Budget::UNLIMITED, None).tell(request).await
    }

    /// Sends without waiting for anything.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError); the request comes back, also where [`AgentRef::tell`] would wait for room.
    pub fn try_tell<R: Ask<Contract = C>>(&self, request: R) -> Result<(), TellError<R>> {
        Call::new(self, Budget::UNLIMITED, None).offer(request.into_request()).map_err(returned::<R, C, _>)
    }

    /// Asks for a stream of items, of which at most [`Incoming::CREDITS`] are on their way at a time.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    ///
    /// # Cancel safety
    /// Dropping the future, or later the stream, cancels it: the agent is told at its next item.
    pub async fn subscribe<R>(&self, request: R) -> Result<Incoming<R>, SubscribeError<R>>
    where
        R: Subscribe<Contract = C>,
    {
        Call::new(self, Budget::UNLIMITED, None).subscribe(request, Incoming::<R>::CREDITS).await
    }
}

impl<'a, C: Contract> Limited<'a, C> {
    fn call(self) -> Call<'a, C> {
        Call::new(self.agent, self.budget, self.idempotency_key).in_trace(self.trace)
    }

    /// With this key, by which an agent that keeps keys does a repeated message once.
    #[must_use]
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// In this trace, a W3C `traceparent`, instead of that of the message in hand. It goes on with all that is sent while the
    /// message is handled, and stands in the [metadata](crate::events::Metadata::trace) of the events that are persisted
    /// then. It is not looked into; one that is empty or longer than 256 bytes is none.
    #[must_use]
    pub fn trace(mut self, trace: impl Into<Arc<str>>) -> Self {
        self.trace = Some(trace.into()).filter(|trace| (1..=TRACE_BYTES).contains(&trace.len()));
        self
    }

    /// As [`AgentRef::ask`].
    ///
    /// # Errors
    /// As [`AgentRef::ask`].
    ///
    /// # Cancel safety
    /// As [`AgentRef::ask`].
    pub async fn ask<R: Ask<Contract = C>>(self, request: R) -> Result<R::Reply, AskError<R>> {
        self.call().ask(request).await
    }

    /// As [`AgentRef::tell`]; when the time is up before its turn has come, the message is dropped.
    ///
    /// # Errors
    /// As [`AgentRef::tell`].
    ///
    /// # Cancel safety
    /// As [`AgentRef::tell`].
    pub async fn tell<R: Ask<Contract = C>>(self, request: R) -> Result<(), TellError<R>> {
        self.call().tell(request).await
    }

    /// As [`AgentRef::subscribe`], with `credits` items on their way at a time, at least one. The limit is on
    /// the opening of the stream, not on its items.
    ///
    /// # Errors
    /// As [`AgentRef::subscribe`].
    ///
    /// # Cancel safety
    /// As [`AgentRef::subscribe`].
    pub async fn subscribe<R>(self, request: R, credits: usize) -> Result<Incoming<R>, SubscribeError<R>>
    where
        R: Subscribe<Contract = C>,
    {
        self.call().subscribe(request, credits).await
    }
}

impl<C: Contract> Clone for AgentRef<C> {
    fn clone(&self) -> Self {
        let (id, carrier) = (Arc::clone(&self.id), Arc::clone(&self.carrier));
        Self { id, carrier, clock: self.clock.clone() }
    }
}

impl<C: Contract> fmt::Debug for AgentRef<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentRef({})", self.id)
    }
}
