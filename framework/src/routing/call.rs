//! One call on its way: sent, waited for, and told apart in what can go wrong.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::{mpsc, oneshot};

use super::{AgentRef, AskError, CallError, Incoming, SubscribeError, TellError};
use crate::clock::Elapsed;
use crate::contract::{Ask, Contract, Subscribe};
use crate::identity::AgentId;
use crate::message::{Budget, Envelope, Extra, Failure, Items, ReplyTo, Undelivered, WaitPath, Why};
use crate::message::{hand_over, offer, scope};

/// One call on its way.
pub(super) struct Call<'a, C: Contract> {
    agent: &'a AgentRef<C>,
    budget: Budget,
    sender: Option<Arc<AgentId>>,
    wait_path: Option<WaitPath>,
    idempotency_key: Option<String>,
    /// The sender was killed and did not yield.
    fenced: bool,
}

impl<'a, C: Contract> Call<'a, C> {
    pub(super) fn new(agent: &'a AgentRef<C>, budget: Budget, idempotency_key: Option<String>) -> Self {
        let (budget, sender, wait_path, fenced) = scope::with(|scope| {
            let sender = Some(Arc::clone(&scope.agent));
            (budget.within(scope.budget), sender, scope.asking_path(), scope.fence.stands())
        })
        .unwrap_or((budget, None, None, false));
        Self { agent, budget, sender, wait_path, idempotency_key, fenced }
    }

    pub(super) async fn ask<R: Ask<Contract = C>>(self, request: R) -> Result<R::Reply, AskError<R>> {
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
            Err(_) => Err(CallError::DeadlineExceeded),
        }
    }

    pub(super) async fn tell<R: Ask<Contract = C>>(mut self, request: R) -> Result<(), TellError<R>> {
        self.wait_path = None;
        self.send(request.into_request(), ReplyTo::Nobody).await.map_err(returned::<R, C, _>)
    }

    pub(super) async fn subscribe<R>(
        self,
        request: R,
        credits: usize,
    ) -> Result<Incoming<R>, SubscribeError<R>>
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
            Err(_) => Err(CallError::DeadlineExceeded),
        }
    }

    /// Hands the message over, waiting for room while the receiver wants that and the time allows it.
    async fn send(&self, request: C::Request, reply: ReplyTo<C>) -> Result<(), Undelivered<C>> {
        let envelope = self.admit(self.envelope(request, reply))?;
        hand_over(self.agent.carrier(), self.agent.clock(), envelope).await
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

    /// Hands the message over if that can be done now; nobody waits for the answer.
    pub(super) fn offer(mut self, request: C::Request) -> Result<(), Undelivered<C>> {
        self.wait_path = None;
        let envelope = self.admit(self.envelope(request, ReplyTo::Nobody))?;
        offer(self.agent.carrier(), envelope)
    }

    /// What an incarnation sends that does not count any more goes nowhere.
    fn admit(&self, envelope: Envelope<C>) -> Result<Envelope<C>, Undelivered<C>> {
        if !self.fenced {
            return Ok(envelope);
        }
        let reason = "the sender was killed and did not yield, so nothing that it sends counts".to_owned();
        Err(Undelivered { envelope, why: Why::Unreachable { reason } })
    }

    async fn wait<F: Future>(&self, work: F) -> Result<F::Output, Elapsed> {
        self.agent.clock().until(self.budget.deadline, work).await
    }

    fn deadlock(&self) -> Option<Box<WaitPath>> {
        let path = self.wait_path.as_ref()?;
        path.holds(&self.agent.id().instance).then(|| Box::new(path.clone()))
    }

    fn target(&self) -> String {
        format!("{}/{}", self.agent.id().domain, self.agent.id().name)
    }
}

pub(super) fn returned<R: Ask<Contract = C>, C: Contract, N>(undelivered: Undelivered<C>) -> CallError<R, N> {
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
