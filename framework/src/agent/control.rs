//! Handles on agents whose type is not known: for those who run a system, and for calls that come as text.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use super::seat::Seat;
use super::{Agent, JsonItems, Limits, MailboxLimits, Usage, WhenFull};
use crate::clock::Deadline;
use crate::contract::{Contract, ReplyKind, RequestError, RequestInfo};
use crate::exit::Exit;
use crate::identity::lifecycle::AgentState;
use crate::identity::{AgentId, Capability, Incarnation};
use crate::message::{Budget, Envelope, Failure, Items, ReplyTo, Undelivered, Why, hand_over};
use crate::routing::lost;

/// What is known of an agent from outside.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// Who it is, as text.
    pub agent: String,
    /// The contract it answers.
    pub contract: String,
    /// What it can do.
    pub capabilities: Vec<Capability>,
    /// How often it was started.
    pub incarnation: Incarnation,
    /// Where it is in its life.
    pub state: AgentState,
    /// How many messages wait.
    pub queued: usize,
    /// How many may.
    pub capacity: usize,
    /// What happens when there are so many.
    pub when_full: WhenFull,
    /// How many messages came back, were shed, or were too late.
    pub dead_letters: u64,
    /// How many messages were handled, by all incarnations.
    pub handled: u64,
    /// What it may use.
    pub limits: Limits,
    /// What it has used.
    pub usage: Usage,
}

/// Why something could not be done to an agent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// It is in a state in which that means nothing.
    #[error("the agent is {stage}; expected {expected}")]
    WrongStage {
        /// What it is.
        stage: &'static str,
        /// What it would have to be.
        expected: &'static str,
    },
}

/// Why a call that came as text was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallJsonError {
    /// There is no such action, or the payload does not fit it.
    #[error(transparent)]
    BadRequest(#[from] RequestError),
    /// The agent said no.
    #[error("refused: {text}")]
    Refused {
        /// The refusal in words.
        text: String,
        /// The refusal as JSON text.
        json: String,
    },
    /// It was not handled.
    #[error("not delivered: {0}")]
    NotDelivered(Why),
    /// The time given was up. It may have been handled, or may still be in hand.
    #[error("the deadline passed before there was an answer; it may have been done")]
    DeadlineExceeded,
    /// The agent ended with it in hand. It may have been handled, in part or in whole.
    #[error("unknown: {}; it may have been done", lost(.exit.as_deref()))]
    Unknown {
        /// How the agent ended; `None` when it has dropped the reply, or how it ended was not known yet.
        exit: Option<Arc<Exit>>,
    },
    /// It was done before, and the answer that is kept cannot be read any more.
    #[error("it was done before, and its answer cannot be read: {reason}")]
    AnswerUnreadable {
        /// What is wrong with the answer.
        reason: String,
    },
    /// The answer cannot be written as JSON.
    #[error("the answer cannot be written as JSON: {0}")]
    Unwritable(serde_json::Error),
}

/// The answer to a call that came as text.
#[derive(Debug)]
pub enum JsonAnswer {
    /// One reply, as JSON text.
    One(String),
    /// Items, each as JSON text, as they come.
    Stream(JsonItems),
}

/// How many items of a stream are on their way at a time.
const JSON_CREDITS: usize = 64;

type Request<A> = <<A as Agent>::Contract as Contract>::Request;

type Future2<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An agent of any type, as those hold it who run the system.
pub trait Control: Send + Sync + fmt::Debug + 'static {
    /// Who it is.
    fn id(&self) -> &AgentId;

    /// What is known of it.
    fn facts(&self) -> Facts;

    /// Its requests.
    fn requests(&self) -> &'static [RequestInfo];

    /// What it has for tools beside its contract ([`Agent::extra`]).
    fn extra(&self) -> Option<Arc<dyn Any + Send + Sync>>;

    /// Stops it after the message in hand; new messages are refused with `reason`, those that wait stay.
    ///
    /// # Errors
    /// When it is not active.
    fn suspend(&self, reason: &str) -> Result<(), ControlError>;

    /// Lets it go on.
    ///
    /// # Errors
    /// When it is not suspended.
    fn resume(&self) -> Result<(), ControlError>;

    /// Lets it take no new messages; returns when those that waited are handled and the answers it has taken on
    /// are given, or `limit` has passed; whether everything was done. It goes on running, empty.
    ///
    /// # Errors
    /// When it is neither active nor suspended.
    fn drain<'a>(
        &'a self,
        reason: &'a str,
        limit: Duration,
    ) -> Pin<Box<dyn Future<Output = Result<bool, ControlError>> + Send + 'a>>;

    /// Kills its present incarnation; its supervisor decides what follows. `false` when there is none.
    fn kill(&self) -> bool;

    /// Lets its present incarnation be its last, or not: when the last one ends, the restart finds that it is not
    /// needed any more, and what waits for it comes back.
    fn set_last(&self, last: bool);

    /// Changes what it may use, from the next message on.
    fn set_limits(&self, limits: Limits);

    /// Changes how much its mailbox holds, from the next message on.
    fn set_mailbox(&self, limits: MailboxLimits);

    /// Asks it with a request that comes as text. The deadline of `budget` is for the reply, or for the opening of
    /// the stream; not for its items.
    fn call_json<'a>(
        &'a self,
        action: &'a str,
        json: &'a str,
        budget: Budget,
    ) -> Pin<Box<dyn Future<Output = Result<JsonAnswer, CallJsonError>> + Send + 'a>>;
}

impl<A: Agent> Control for Seat<A> {
    fn id(&self) -> &AgentId {
        &self.id
    }

    fn facts(&self) -> Facts {
        Seat::facts(self)
    }

    fn requests(&self) -> &'static [RequestInfo] {
        A::Contract::requests()
    }

    fn extra(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        A::extra(&self.args)
    }

    fn suspend(&self, reason: &str) -> Result<(), ControlError> {
        if self.suspend_for(reason) { Ok(()) } else { Err(self.wrong_stage("active")) }
    }

    fn resume(&self) -> Result<(), ControlError> {
        if self.go_on() { Ok(()) } else { Err(self.wrong_stage("suspended")) }
    }

    fn drain<'a>(&'a self, reason: &'a str, limit: Duration) -> Future2<'a, Result<bool, ControlError>> {
        Box::pin(async move {
            let clock = &self.surroundings.clock;
            if !self.begin_drain(reason, clock.now().saturating_add(limit)) {
                return Err(self.wrong_stage("active or suspended"));
            }
            Ok(clock.timeout(limit, self.mailbox.drained()).await.unwrap_or(false))
        })
    }

    fn kill(&self) -> bool {
        let process = self.process().clone().filter(|process| !process.is_gone());
        process.inspect(crate::engine::Process::kill).is_some()
    }

    fn set_last(&self, last: bool) {
        self.life.set_last(last);
    }

    fn set_limits(&self, limits: Limits) {
        self.mailbox.ledger().set_limits(limits);
    }

    fn set_mailbox(&self, limits: MailboxLimits) {
        self.mailbox.set_limits(limits);
    }

    fn call_json<'a>(
        &'a self,
        action: &'a str,
        json: &'a str,
        budget: Budget,
    ) -> Future2<'a, Result<JsonAnswer, CallJsonError>> {
        Box::pin(self.call_in_json(action, json, budget))
    }
}

impl<A: Agent> Seat<A> {
    fn wrong_stage(&self, expected: &'static str) -> ControlError {
        ControlError::WrongStage { stage: self.state().stage().name(), expected }
    }

    async fn call_in_json(
        &self,
        action: &str,
        json: &str,
        budget: Budget,
    ) -> Result<JsonAnswer, CallJsonError> {
        let request = A::Contract::request_from_json(action, json)?;
        match A::Contract::request(action).map(RequestInfo::kind) {
            Some(ReplyKind::Stream) => self.open_in_json(request, budget).await.map(JsonAnswer::Stream),
            Some(ReplyKind::One) | None => self.ask_in_json(request, budget).await.map(JsonAnswer::One),
        }
    }

    async fn ask_in_json(&self, request: Request<A>, budget: Budget) -> Result<String, CallJsonError> {
        let (port, answer) = oneshot::channel();
        self.take(request, ReplyTo::One(port), budget).await?;
        let response = self.answered(answer, budget.deadline).await?;
        A::Contract::response_to_json(&response).map_err(CallJsonError::Unwritable)
    }

    async fn open_in_json(&self, request: Request<A>, budget: Budget) -> Result<JsonItems, CallJsonError> {
        let (port, items) = mpsc::channel(JSON_CREDITS);
        let (opened, answer) = oneshot::channel();
        let complete = Arc::new(AtomicBool::new(false));
        let stream = Items { opened: Some(opened), items: port, complete: Arc::clone(&complete) };
        self.take(request, ReplyTo::Stream(Box::new(stream)), budget).await?;
        self.answered(answer, budget.deadline).await?;
        Ok(JsonItems::new::<A::Contract>(items, complete))
    }

    async fn take(
        &self,
        request: Request<A>,
        reply: ReplyTo<A::Contract>,
        budget: Budget,
    ) -> Result<(), CallJsonError> {
        let Budget { deadline, retries } = budget;
        let envelope = Envelope { deadline, sender: None, reply, extra: None, retries, request };
        let accepted = hand_over(&*self.mailbox, &self.surroundings.clock, envelope).await;
        accepted.map_err(|Undelivered { why, .. }| CallJsonError::NotDelivered(why))
    }

    async fn answered<T>(
        &self,
        answer: oneshot::Receiver<Result<T, Failure<A::Contract>>>,
        deadline: Deadline,
    ) -> Result<T, CallJsonError> {
        let answered = self.surroundings.clock.until(deadline, answer).await;
        match answered.map_err(|_| CallJsonError::DeadlineExceeded)? {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(Failure::Refused(refusal))) => {
                let json = A::Contract::refusal_to_json(&refusal).map_err(CallJsonError::Unwritable)?;
                Err(CallJsonError::Refused { text: refusal.to_string(), json })
            }
            Ok(Err(Failure::Returned(why, _))) => Err(CallJsonError::NotDelivered(why)),
            Ok(Err(Failure::Ended(exit))) => Err(CallJsonError::Unknown { exit: Some(exit) }),
            Ok(Err(Failure::AnswerUnreadable(reason))) => Err(CallJsonError::AnswerUnreadable { reason }),
            Err(_) => Err(CallJsonError::Unknown { exit: None }),
        }
    }
}
