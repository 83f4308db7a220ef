//! A reference to an agent: what one holds to ask it, tell it, and subscribe to it, wherever it is.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::error::CallError;
use super::{AskError, Incoming, SubscribeError, TellError};
use crate::clock::{Clock, Elapsed};
use crate::contract::{Ask, Contract, Subscribe};
use crate::identity::AgentId;
use crate::message::{
    Address, Budget, Carrier, Envelope, Extra, Failure, Items, ReplyTo, Undelivered, WaitPath, Why, scope,
};

/// A reference to one agent that answers contract `C`. Cheap to clone; it keeps nothing alive.
///
/// A call made inside an agent's handler inherits what the message in hand has: its deadline, its retries, and
/// who waits for it.
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
}

impl<C: Contract> AgentRef<C> {
    /// A reference to the agent that `carrier` leads to.
    #[must_use]
    pub fn new(id: Arc<AgentId>, carrier: Arc<dyn Carrier<C>>, clock: Clock) -> Self {
        Self { id, carrier, clock }
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

    /// The same agent, with at most `limit` for each call, waiting in its queue included.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Limited<'_, C> {
        let budget = Budget { deadline: self.clock.deadline(limit), ..Budget::UNLIMITED };
        Limited { agent: self, budget, idempotency_key: None }
    }

    /// Asks, and waits for the reply: without limit, unless the message in hand has a deadline.
    ///
    /// # Errors
    /// See [`CallError`]; an error that holds the request says that it was not handled.
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
    /// See [`CallError`]; the request comes back.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready leaves the message unsent.
    pub async fn tell<R: Ask<Contract = C>>(&self, request: R) -> Result<(), TellError<R>> {
        Call::new(self, Budget::UNLIMITED, None).tell(request).await
    }

    /// Sends without waiting for anything.
    ///
    /// # Errors
    /// See [`CallError`]; the request comes back, also where [`AgentRef::tell`] would wait for room.
    pub fn try_tell<R: Ask<Contract = C>>(&self, request: R) -> Result<(), TellError<R>> {
        let call = Call::new(self, Budget::UNLIMITED, None);
        self.carrier
            .accept(call.envelope(request.into_request(), ReplyTo::Nobody))
            .map_err(returned::<R, C, _>)
    }

    /// Asks for a stream of items, of which at most [`Incoming::CREDITS`] are on their way at a time.
    ///
    /// # Errors
    /// See [`CallError`].
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

impl<C: Contract> Limited<'_, C> {
    /// With this key, by which an agent that keeps keys does a repeated message once.
    #[must_use]
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
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
        Call::new(self.agent, self.budget, self.idempotency_key).ask(request).await
    }

    /// As [`AgentRef::tell`]; when the time is up before its turn has come, the message is dropped.
    ///
    /// # Errors
    /// As [`AgentRef::tell`].
    ///
    /// # Cancel safety
    /// As [`AgentRef::tell`].
    pub async fn tell<R: Ask<Contract = C>>(self, request: R) -> Result<(), TellError<R>> {
        Call::new(self.agent, self.budget, self.idempotency_key).tell(request).await
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
        Call::new(self.agent, self.budget, self.idempotency_key).subscribe(request, credits).await
    }
}

/// One call on its way.
struct Call<'a, C: Contract> {
    agent: &'a AgentRef<C>,
    budget: Budget,
    sender: Option<Arc<AgentId>>,
    wait_path: Option<WaitPath>,
    idempotency_key: Option<String>,
}

impl<'a, C: Contract> Call<'a, C> {
    fn new(agent: &'a AgentRef<C>, budget: Budget, idempotency_key: Option<String>) -> Self {
        let (budget, sender, wait_path) = scope::with(|scope| {
            (budget.within(scope.budget), Some(Arc::clone(&scope.agent)), scope.asking_path())
        })
        .unwrap_or((budget, None, None));
        Self { agent, budget, sender, wait_path, idempotency_key }
    }

    async fn ask<R: Ask<Contract = C>>(mut self, request: R) -> Result<R::Reply, AskError<R>> {
        if let Some(path) = self.deadlock() {
            let to = self.target();
            return Err(CallError::WouldDeadlock { request, path, to });
        }
        let (port, answer) = oneshot::channel();
        self.send(request.into_request(), ReplyTo::One(port)).await.map_err(returned::<R, C, _>)?;
        match self.wait(answer).await {
            Ok(Ok(Ok(response))) => R::from_response(response).ok_or(CallError::Unknown),
            Ok(Ok(Err(failure))) => Err(failed(failure, R::from_request)),
            Ok(Err(_)) => Err(CallError::Unknown),
            Err(_) => Err(self.late()),
        }
    }

    async fn tell<R: Ask<Contract = C>>(mut self, request: R) -> Result<(), TellError<R>> {
        self.wait_path = None;
        self.send(request.into_request(), ReplyTo::Nobody).await.map_err(returned::<R, C, _>)
    }

    async fn subscribe<R>(mut self, request: R, credits: usize) -> Result<Incoming<R>, SubscribeError<R>>
    where
        R: Subscribe<Contract = C>,
    {
        if let Some(path) = self.deadlock() {
            let to = self.target();
            return Err(CallError::WouldDeadlock { request, path, to });
        }
        let (opened, opening) = oneshot::channel();
        let (items, incoming) = mpsc::channel(credits.max(1));
        let complete = Arc::new(AtomicBool::new(false));
        let port = Items { opened: Some(opened), items, complete: Arc::clone(&complete) };
        let sent = self.send(request.into_request(), ReplyTo::Stream(Box::new(port))).await;
        sent.map_err(|undelivered| {
            let Undelivered { envelope, why } = undelivered;
            returned_as(why, R::from_request(envelope.request))
        })?;
        match self.wait(opening).await {
            Ok(Ok(Ok(()))) => Ok(Incoming::new(incoming, complete)),
            Ok(Ok(Err(failure))) => Err(failed(failure, R::from_request)),
            Ok(Err(_)) => Err(CallError::Unknown),
            Err(_) => Err(self.late()),
        }
    }

    /// Hands the message over, waiting for room while the receiver wants that and the time allows it.
    async fn send(&mut self, request: C::Request, reply: ReplyTo<C>) -> Result<(), Undelivered<C>> {
        let mut envelope = self.envelope(request, reply);
        loop {
            let undelivered = match self.agent.carrier.accept(envelope) {
                Ok(()) => return Ok(()),
                Err(undelivered) => undelivered,
            };
            if undelivered.why != (Why::Overloaded { wait: true })
                || self.wait(self.agent.carrier.room()).await.is_err()
            {
                return Err(undelivered);
            }
            envelope = undelivered.envelope;
        }
    }

    fn envelope(&self, request: C::Request, reply: ReplyTo<C>) -> Envelope<C> {
        let extra = (self.wait_path.is_some() || self.idempotency_key.is_some()).then(|| {
            Arc::new(Extra {
                wait_path: self.wait_path.clone().map(Arc::new),
                idempotency_key: self.idempotency_key.clone(),
                ..Extra::default()
            })
        });
        let Budget { deadline, retries } = self.budget;
        Envelope { deadline, sender: self.sender.clone(), reply, extra, retries, request }
    }

    async fn wait<F: Future>(&self, work: F) -> Result<F::Output, Elapsed> {
        if !self.budget.deadline.is_set() {
            return Ok(work.await);
        }
        let left = self.budget.deadline.left(self.agent.clock.now()).unwrap_or_default();
        self.agent.clock.timeout(left, work).await
    }

    fn late<R, N>(&self) -> CallError<R, N> {
        if self.agent.carrier.is_restarting() {
            // It lies in the queue, and will be dropped there because it is late.
            return CallError::Restarting { request: None };
        }
        CallError::DeadlineExceeded
    }

    fn deadlock(&self) -> Option<Box<WaitPath>> {
        let path = self.wait_path.as_ref()?;
        path.holds(&self.agent.id.instance).then(|| Box::new(path.clone()))
    }

    fn target(&self) -> String {
        format!("{}/{}", self.agent.id.domain, self.agent.id.name)
    }
}

fn returned<R: Ask<Contract = C>, C: Contract, N>(undelivered: Undelivered<C>) -> CallError<R, N> {
    returned_as(undelivered.why, R::from_request(undelivered.envelope.request))
}

fn returned_as<R, N>(why: Why, request: Option<R>) -> CallError<R, N> {
    request.map_or(CallError::Unknown, |request| CallError::returned(why, request))
}

fn failed<C: Contract, R>(
    failure: Failure<C>,
    from_request: impl FnOnce(C::Request) -> Option<R>,
) -> CallError<R, C::Refusal> {
    match failure {
        Failure::Refused(refusal) => CallError::Refused(refusal),
        Failure::Returned(why, request) => returned_as(why, from_request(request)),
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
