//! One call on its way: sent, waited for, and told apart in what can go wrong.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::{mpsc, oneshot};

use super::{AgentRef, AskError, CallError, Incoming, SubscribeError, TellError};
use crate::contract::{Ask, Contract, Subscribe};
use crate::identity::AgentId;
use crate::message::scope::{self, Scope};
use crate::message::{Budget, Cause, Envelope, Extra, Failure, Items, ReplyTo, Undelivered, WaitPath, Why};
use crate::message::{insist, offer};

/// One call on its way.
pub(super) struct Call<'a, C: Contract> {
    agent: &'a AgentRef<C>,
    budget: Budget,
    sender: Option<Arc<AgentId>>,
    idempotency_key: Option<String>,
    /// The trace that it belongs to.
    trace: Option<Arc<str>>,
    /// The event that led to it.
    cause: Option<Arc<Cause>>,
    /// The sender was killed and did not yield.
    fenced: bool,
}

impl<'a, C: Contract> Call<'a, C> {
    pub(super) fn new(agent: &'a AgentRef<C>, budget: Budget, idempotency_key: Option<String>) -> Self {
        let (budget, sender, trace, cause, fenced) = scope::with(|scope| {
            let sender = Some(Arc::clone(&scope.agent));
            (budget.within(scope.budget), sender, scope.trace(), scope.cause(), scope.fence.stands())
        })
        .unwrap_or((budget, None, None, None, false));
        Self { agent, budget, sender, idempotency_key, trace, cause, fenced }
    }

    /// In this trace, if there is one, and otherwise in that of the message in hand.
    pub(super) fn in_trace(mut self, trace: Option<Arc<str>>) -> Self {
        self.trace = trace.or(self.trace);
        self
    }

    pub(super) async fn ask<R: Ask<Contract = C>>(self, request: R) -> Result<R::Reply, AskError<R>> {
        let wait_path = match self.wait_path() {
            Ok(path) => path,
            Err(path) => return Err(CallError::WouldDeadlock { request, path, to: self.target() }),
        };
        let (agent, deadline) = (self.agent, self.budget.deadline);
        let (port, answer) = oneshot::channel();
        if let Err(undelivered) = self.post(wait_path, request.into_request(), ReplyTo::One(port)) {
            insist_on(agent, undelivered).await.map_err(returned::<R, C, _>)?;
        }
        match agent.clock().until(deadline, answer).await {
            Ok(Ok(Ok(response))) => R::from_response(response).ok_or(CallError::Unknown { exit: None }),
            Ok(Ok(Err(failure))) => Err(failed(failure, R::from_request)),
            Ok(Err(_)) => Err(CallError::Unknown { exit: None }),
            Err(_) => Err(CallError::DeadlineExceeded),
        }
    }

    pub(super) async fn tell<R: Ask<Contract = C>>(self, request: R) -> Result<(), TellError<R>> {
        let agent = self.agent;
        match self.post(None, request.into_request(), ReplyTo::Nobody) {
            Ok(()) => Ok(()),
            Err(undelivered) => insist_on(agent, undelivered).await.map_err(returned::<R, C, _>),
        }
    }

    pub(super) async fn subscribe<R>(
        self,
        request: R,
        credits: usize,
    ) -> Result<Incoming<R>, SubscribeError<R>>
    where
        R: Subscribe<Contract = C>,
    {
        let wait_path = match self.wait_path() {
            Ok(path) => path,
            Err(path) => return Err(CallError::WouldDeadlock { request, path, to: self.target() }),
        };
        let (agent, deadline) = (self.agent, self.budget.deadline);
        let (opened, opening) = oneshot::channel();
        let (items, incoming) = mpsc::channel(credits.max(1));
        let complete = Arc::new(AtomicBool::new(false));
        let port = Items { opened: Some(opened), items, complete: Arc::clone(&complete) };
        if let Err(undelivered) =
            self.post(wait_path, request.into_request(), ReplyTo::Stream(Box::new(port)))
        {
            insist_on(agent, undelivered).await.map_err(|Undelivered { envelope, why }| {
                returned_as(why, R::from_request(envelope.request))
            })?;
        }
        match agent.clock().until(deadline, opening).await {
            Ok(Ok(Ok(()))) => Ok(Incoming::new(incoming, complete)),
            Ok(Ok(Err(failure))) => Err(failed(failure, R::from_request)),
            Ok(Err(_)) => Err(CallError::Unknown { exit: None }),
            Err(_) => Err(CallError::DeadlineExceeded),
        }
    }

    /// Hands the message over if that can be done now; nobody waits for the answer.
    pub(super) fn offer(self, request: C::Request) -> Result<(), Undelivered<C>> {
        let agent = self.agent;
        offer(agent.carrier(), self.envelope(None, request, ReplyTo::Nobody)?)
    }

    /// Hands the message over, or has it back at once. Not a future, so that the message is not kept in one.
    fn post(
        self,
        wait_path: Option<WaitPath>,
        request: C::Request,
        reply: ReplyTo<C>,
    ) -> Result<(), Undelivered<C>> {
        let agent = self.agent;
        agent.carrier().accept(self.envelope(wait_path, request, reply)?)
    }

    /// The message. What an incarnation sends that does not count any more goes nowhere.
    fn envelope(
        self,
        wait_path: Option<WaitPath>,
        request: C::Request,
        reply: ReplyTo<C>,
    ) -> Result<Envelope<C>, Undelivered<C>> {
        let Self { budget, sender, idempotency_key, trace, cause, fenced, .. } = self;
        let Budget { deadline, retries } = budget;
        let has_key = idempotency_key.is_some();
        let extra = (wait_path.is_some() || has_key || trace.is_some() || cause.is_some()).then(|| {
            let wait_path = wait_path.map(Arc::new);
            Arc::new(Extra { wait_path, trace, idempotency_key, cause, ..Extra::default() })
        });
        let envelope = Envelope { deadline, sender, reply, extra, retries, request };
        if fenced {
            let reason =
                "the sender was killed and did not yield, so nothing that it sends counts".to_owned();
            return Err(Undelivered { envelope, why: Why::Unreachable { reason } });
        }
        Ok(envelope)
    }

    /// Who waits for the answer; an error when the agent that is asked is among them.
    fn wait_path(&self) -> Result<Option<WaitPath>, Box<WaitPath>> {
        if self.sender.is_none() {
            return Ok(None); // whoever asks is no agent
        }
        match scope::with(Scope::asking_path).flatten() {
            Some(path) if path.holds(&self.agent.id().instance) => Err(Box::new(path)),
            path => Ok(path),
        }
    }

    fn target(&self) -> String {
        format!("{}/{}", self.agent.id().domain, self.agent.id().name)
    }
}

/// Waits for room, where that is wanted. Boxed: hardly any message has to wait, and every caller's future would
/// have to have room for it.
fn insist_on<C: Contract>(
    agent: &AgentRef<C>,
    undelivered: Undelivered<C>,
) -> Pin<Box<impl Future<Output = Result<(), Undelivered<C>>>>> {
    Box::pin(insist(agent.carrier(), agent.clock(), undelivered))
}

pub(super) fn returned<R: Ask<Contract = C>, C: Contract, N>(undelivered: Undelivered<C>) -> CallError<R, N> {
    returned_as(undelivered.why, R::from_request(undelivered.envelope.request))
}

fn returned_as<R, N>(why: Why, request: Option<R>) -> CallError<R, N> {
    request.map_or(CallError::Unknown { exit: None }, |request| CallError::returned(why, request))
}

fn failed<C: Contract, R>(
    failure: Failure<C>,
    from_request: impl FnOnce(C::Request) -> Option<R>,
) -> CallError<R, C::Refusal> {
    match failure {
        Failure::Refused(refusal) => CallError::Refused(refusal),
        Failure::Returned(why, request) => returned_as(why, from_request(request)),
        Failure::Ended(exit) => CallError::Unknown { exit: Some(exit) },
        Failure::AnswerUnreadable(reason) => CallError::AnswerUnreadable { reason },
    }
}
