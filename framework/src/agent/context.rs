//! What an agent is lent while it runs: itself, the clock, the registry, timers, tasks, and the message in hand.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_core::Stream;
use tokio::sync::Semaphore;

use super::info::Infos;
use super::owed::Debt;
use super::seat::Seat;
use super::tasks::{Counted, Tasks};
use super::{Agent, HandleInfo, Later, MemoryExceeded, Sink, Surroundings, Timer, TooManyTasks};
use crate::clock::Clock;
use crate::contract::{Answer, Ask, Contract, Outcome, Subscribe};
use crate::engine::Myself;
use crate::exit::Exit;
use crate::identity::{AgentId, Incarnation};
use crate::message::scope::Scope;
use crate::message::{Budget, Cause, Extra, Failure, Items, ReplyTo, Why};
use crate::routing::{AgentRef, Router};

/// Returned from [`Agent::init`] when no process is needed: the start is not a failure, and nothing runs
/// (Erlang's `ignore`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not needed")]
pub struct NotNeeded;

/// What an agent is lent while it runs.
pub struct Context<A: Agent> {
    incarnation: Incarnation,
    seat: Arc<Seat<A>>,
    pub(super) process: Myself,
    /// Made when somebody is to send one: most agents get none.
    pub(super) infos: OnceLock<Infos<A>>,
    pub(super) hand: Option<Hand<A::Contract>>,
    /// Boxed, because few agents end themselves and all keep room for it.
    pub(super) end: Option<Box<Exit>>,
    /// Boxed for the same reason.
    tasks: Option<Box<Tasks>>,
}

/// How many items of an attached stream may wait to be handled.
const ATTACHED: usize = 64;

/// The message in hand.
pub(super) struct Hand<C: Contract> {
    pub(super) reply: ReplyTo<C>,
    pub(super) sender: Option<Arc<AgentId>>,
    pub(super) budget: Budget,
    pub(super) extra: Option<Arc<Extra>>,
}

impl<A: Agent> Context<A> {
    pub(super) fn new(process: Myself, seat: &Arc<Seat<A>>, incarnation: Incarnation) -> Self {
        Self {
            seat: Arc::clone(seat),
            incarnation,
            process,
            infos: OnceLock::new(),
            hand: None,
            end: None,
            tasks: None,
        }
    }

    fn infos(&self) -> &Infos<A> {
        self.infos.get_or_init(|| Infos::new(self.process.waker()))
    }

    /// This agent, as others hold it.
    #[must_use]
    pub fn myself(&self) -> &AgentRef<A::Contract> {
        &self.seat.myself
    }

    /// Who this agent is.
    #[must_use]
    pub fn id(&self) -> &AgentId {
        &self.seat.id
    }

    /// Which start of it this is.
    #[must_use]
    pub fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// The system's time and randomness.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.seat.surroundings.clock
    }

    /// What it shares with all agents of the system: the registry, among others.
    #[must_use]
    pub fn surroundings(&self) -> &Arc<Surroundings> {
        &self.seat.surroundings
    }

    /// Routes requests to the other agents of the system.
    #[must_use]
    pub fn router(&self) -> Router {
        self.seat.surroundings.router()
    }

    /// Who sent the message in hand; `None` for a sender that is no agent.
    #[must_use]
    pub fn sender(&self) -> Option<&AgentId> {
        self.hand.as_ref()?.sender.as_deref()
    }

    /// What the message in hand may still cost. What is asked from its handler has at most this.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.hand.as_ref().map(|hand| hand.budget).unwrap_or_default()
    }

    /// The key by which the message in hand is to be done once, if its sender gave one.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.hand.as_ref()?.extra.as_ref()?.idempotency_key.as_deref()
    }

    /// The trace that the message in hand belongs to, as a W3C `traceparent`, if its sender gave one.
    #[must_use]
    pub fn trace(&self) -> Option<&str> {
        self.hand.as_ref()?.extra.as_ref()?.trace.as_deref()
    }

    /// The event that led to the message in hand, if its sender knew of one.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.hand.as_ref()?.extra.as_ref()?.cause.as_deref()
    }

    /// Stops taking messages after the one in hand: new ones are refused with `reason`, those that wait stay, until
    /// somebody resumes the agent. Private messages still come. False when it is not active.
    pub fn suspend(&self, reason: &str) -> bool {
        self.seat.suspend_for(reason)
    }

    /// Goes on taking messages. False when it is not suspended.
    pub fn resume(&self) -> bool {
        self.seat.go_on()
    }

    /// Gives the message in hand back to its sender, as one that was not handled. What the handler returns then
    /// reaches nobody.
    pub(crate) fn hand_back(&mut self, request: <A::Contract as Contract>::Request, why: Why) {
        self.fail(Failure::Returned(why, request));
    }

    /// Tells the sender of the message in hand that there is no response. What the handler returns then reaches nobody.
    pub(crate) fn fail(&mut self, failure: Failure<A::Contract>) {
        if let Some(hand) = self.hand.as_mut() {
            std::mem::replace(&mut hand.reply, ReplyTo::Nobody).fail(failure);
        }
    }

    /// Ends the agent after the message in hand. Whether it is started again is up to its supervisor.
    pub fn stop(&mut self, exit: Exit) {
        self.end = Some(Box::new(exit));
    }

    /// Takes on the duty to answer the message in hand later; the handler returns the second value.
    ///
    /// `R` is the request in hand: of another request it would be a duty that nobody waits for.
    pub fn defer<R: Ask<Contract = A::Contract>>(&mut self) -> (Later<R>, Answer<R>) {
        let budget = self.budget();
        let port = self.hand.as_mut().map(|hand| std::mem::replace(&mut hand.reply, ReplyTo::Nobody));
        (
            Later::new(
                port.unwrap_or(ReplyTo::Nobody),
                budget,
                (Debt::new(&self.seat.mailbox), self.process.fence()),
            ),
            Ok(Outcome::Later),
        )
    }

    /// Answers the message in hand with what `work` returns, from a task beside the agent, which goes on to its
    /// next message. The task has the message's budget.
    ///
    /// # Errors
    /// [`TooManyTasks`]: a fault, if it is passed on with `?`.
    pub fn answer_later<R: Ask<Contract = A::Contract>>(
        &mut self,
        work: impl Future<Output = Result<R::Reply, <A::Contract as Contract>::Refusal>> + Send + 'static,
    ) -> Result<Answer<R>, TooManyTasks> {
        self.seat.mailbox.ledger().begin_task()?;
        let (later, answer) = self.defer::<R>();
        let counted = Counted::new(&self.seat.mailbox);
        self.run(later.budget(), Some(counted), async move {
            match work.await {
                Ok(reply) => later.reply(reply),
                Err(refusal) => later.refuse(refusal),
            }
        });
        Ok(answer)
    }

    /// Sends itself `info`. Private messages and messages take turns, so it is delivered after the message in hand
    /// unless other private messages wait.
    pub fn send_self<T: Send + 'static>(&self, info: T)
    where
        A: HandleInfo<T>,
    {
        self.infos().push(info);
    }

    /// Sends itself `info` after `pause`.
    pub fn send_after<T: Send + 'static>(&mut self, pause: Duration, info: T) -> Timer
    where
        A: HandleInfo<T>,
    {
        let (timer, infos, clock) = (Timer::default(), self.infos().clone(), self.clock().clone());
        let running = timer.clone();
        self.run(Budget::UNLIMITED, None, async move {
            if running.fires_after(pause, &clock).await {
                infos.push(info);
            }
        });
        timer
    }

    /// Sends itself a copy of `info` every `period`, at least a millisecond, first after one period. A tick is
    /// left out while the one before has not been handled.
    pub fn send_interval<T: Clone + Send + Sync + 'static>(&mut self, period: Duration, info: T) -> Timer
    where
        A: HandleInfo<T>,
    {
        let (timer, infos, clock) = (Timer::default(), self.infos().clone(), self.clock().clone());
        let (running, period) = (timer.clone(), period.max(Duration::from_millis(1)));
        let handled = Arc::new(AtomicBool::new(true));
        self.run(Budget::UNLIMITED, None, async move {
            while running.fires_after(period, &clock).await {
                if handled.swap(false, Ordering::AcqRel) {
                    infos.push_tick(info.clone(), Arc::clone(&handled));
                }
            }
        });
        timer
    }

    /// Runs `work` as a task beside the agent. It ends with this incarnation, and the agent is not gone before
    /// it is. What it asks has no deadline, and the agent does not wait for it.
    ///
    /// # Errors
    /// [`TooManyTasks`], by the agent's [limits](super::Limits); `work` is dropped.
    pub fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) -> Result<(), TooManyTasks> {
        self.seat.mailbox.ledger().begin_task()?;
        let counted = Counted::new(&self.seat.mailbox);
        self.run(Budget::UNLIMITED, Some(counted), work);
        Ok(())
    }

    /// As [`Context::spawn`]; what `work` returns is delivered as a private message.
    ///
    /// # Errors
    /// As [`Context::spawn`].
    pub fn spawn_info<T: Send + 'static>(
        &mut self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<(), TooManyTasks>
    where
        A: HandleInfo<T>,
    {
        let infos = self.infos().clone();
        self.spawn(async move { infos.push(work.await) })
    }

    /// Delivers each item of `stream` as a private message, until it ends or this incarnation does. It is not read
    /// further while 64 of its items wait.
    ///
    /// # Errors
    /// As [`Context::spawn`].
    pub fn attach<S>(&mut self, stream: S) -> Result<(), TooManyTasks>
    where
        S: Stream + Send + 'static,
        S::Item: Send + 'static,
        A: HandleInfo<S::Item>,
    {
        let infos = self.infos().clone();
        let places = Arc::new(Semaphore::new(ATTACHED));
        self.spawn(async move {
            let mut stream = pin!(stream);
            while let Ok(place) = Arc::clone(&places).acquire_owned().await
                && let Some(item) = std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await
            {
                infos.push_paced(item, place);
            }
        })
    }

    /// Says how many bytes of memory the agent holds, for its limit and for whoever looks.
    ///
    /// # Errors
    /// [`MemoryExceeded`]: passed on with `?`, it ends the agent.
    pub fn account_memory(&self, bytes: u64) -> Result<(), MemoryExceeded> {
        self.seat.mailbox.ledger().account_memory(bytes)
    }

    /// The items' port of the stream that the message in hand asks for.
    pub(super) fn take_sink<R: Subscribe<Contract = A::Contract>>(&mut self) -> Sink<R> {
        match self.hand.as_mut().map(|hand| &mut hand.reply) {
            Some(ReplyTo::Stream(port)) => {
                let Items { items, complete, .. } = &**port;
                Sink::new(items.clone(), Arc::clone(complete), self.process.fence())
            }
            _ => Sink::unread(),
        }
    }

    fn run(
        &mut self,
        budget: Budget,
        counted: Option<Counted<A::Contract>>,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        // What a task does, it does because of what led to the message in hand; nobody waits for it, though.
        let extra = self.hand.as_ref().and_then(|hand| hand.extra.as_ref()?.going_on());
        let scope = Scope { budget, extra, ..Scope::beside(Arc::clone(&self.seat.id), self.process.fence()) };
        self.tasks.get_or_insert_default().run(&self.process, scope, counted, work);
    }
}

/// A message that is in hand still has lost its agent: no handler can return any more.
impl<A: Agent> Drop for Context<A> {
    fn drop(&mut self) {
        if let Some(hand) = self.hand.take() {
            let exit = self.process.exit().unwrap_or(Exit::Killed);
            hand.reply.fail(Failure::Ended(Arc::new(exit)));
        }
    }
}

impl<A: Agent> fmt::Debug for Context<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Context({}, incarnation {})", self.seat.id, self.incarnation)
    }
}
