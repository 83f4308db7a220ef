//! The agent around an event-sourced state: recovers it, has it decide, persists, answers; and is suspended, not
//! restarted, where restarting could not help.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::live::{Answerable, Circumstances, Done, Live};
use super::reminding::Alarm;
use super::snapshotting::TakeSnapshot;
use super::{
    Decide, Deciding, Event, EventSourced, EventSourcedSpec, Observe, PastStates, RecoverError, Recovery,
};
use crate::agent::{Agent, Context, Handle, HandleInfo, HandleStream, Sink};
use crate::contract::{Answer, Ask, Contract, Opening, Outcome, Subscribe};
use crate::events::{
    AppendError, EventLog, EventPlace, Metadata, Position, ReadError, Repeated, RequestKey, Timestamp,
    Upcasts,
};
use crate::identity::lifecycle::{Change, Stage};
use crate::message::{Failure, Why, scope};

/// How often a decision is made again because another writer was faster.
const ATTEMPTS: usize = 8;

/// After which time a log that did not work is tried again.
pub(super) const TRY_AGAIN: Duration = Duration::from_secs(1);

/// The agent of an event-sourced state. Made by [`EventSourcedSpec::agent`].
pub struct Sourced<S: EventSourced> {
    pub(super) spec: EventSourcedSpec<S>,
    pub(super) log: Arc<dyn EventLog>,
    pub(super) upcasts: Arc<Upcasts>,
    /// The state, once it is made; dropped when it may hold what did not happen.
    pub(super) live: Option<Live<S>>,
    pub(super) alarm: Alarm,
    /// Where others write to its log, too: whether they may have.
    head: Option<watch::Receiver<Position>>,
}

type RequestOf<S> = <<S as EventSourced>::Contract as Contract>::Request;

/// Private: it cannot work, for this reason.
struct Park(Reason);

/// Private: what did not work may work again.
struct TryAgain;

/// There is no log.
#[derive(Debug, thiserror::Error)]
#[error(
    "expected an event log, got none; give the system one with `Builder::event_log`, or the agent one of its own with \
     `EventSourcedSpec::new`"
)]
pub(in crate::events) struct NoLog;

/// Why it cannot work.
pub(super) struct Reason {
    text: String,
    /// Whether it may pass by itself.
    may_pass: bool,
}

impl Reason {
    pub(super) fn of_append(error: &AppendError) -> Self {
        let may_pass = matches!(error, AppendError::Full { .. } | AppendError::Unavailable { .. });
        Self { text: error.to_string(), may_pass }
    }

    fn of_read(error: &ReadError) -> Self {
        Self { text: error.to_string(), may_pass: matches!(error, ReadError::Unavailable { .. }) }
    }

    fn of_recovery(error: &RecoverError) -> Self {
        match error {
            RecoverError::Poison(poison) => Self { text: poison.to_string(), may_pass: false },
            RecoverError::Read(error) => Self::of_read(error),
            RecoverError::Snapshot(_)
            | RecoverError::TooEarly(_)
            | RecoverError::HasReplicas { .. }
            | RecoverError::NoReplica { .. }
            | RecoverError::Incomplete { .. } => Self { text: error.to_string(), may_pass: false },
        }
    }
}

impl<S: EventSourced> Agent for Sourced<S> {
    type Contract = S::Contract;
    type Args = EventSourcedSpec<S>;

    async fn init(spec: EventSourcedSpec<S>, context: &mut Context<Self>) -> anyhow::Result<Self> {
        let upcasts = Arc::new(<S::Event as Event>::upcasts());
        let log = spec.log_in(context.surroundings()).ok_or(NoLog)?;
        let head = spec.replica.is_some().then(|| log.head());
        let alarm = Alarm::default();
        let mut sourced = Self { spec, log, upcasts, live: None, alarm, head };
        if sourced.spec.recovery == Recovery::Eager {
            match sourced.recovered(context).await {
                Ok(live) => {
                    sourced.arm(&live.reminders, context);
                    sourced.live = Some(live);
                }
                // It is not the start that failed: a restart would find the same log.
                Err(reason) => context.send_self(Park(reason)),
            }
        }
        Ok(sourced)
    }

    fn extra(spec: &EventSourcedSpec<S>) -> Option<Arc<dyn Any + Send + Sync>> {
        Some(Arc::new(PastStates::new(spec.clone())))
    }

    fn stage_changed(&mut self, change: &Change) {
        self.alarm.is_suspended = change.to.stage() == Stage::Suspended;
        // Whatever was done while it was suspended, it is in the log.
        if change.from.stage() == Stage::Suspended {
            self.live = None;
        }
    }
}

impl<S: EventSourced> Sourced<S> {
    /// The state; made again from the log if need be.
    pub(super) async fn recovered(&mut self, context: &Context<Self>) -> Result<Live<S>, Reason> {
        let has_grown = self.head.as_mut().is_some_and(|head| {
            let has_grown = head.has_changed().unwrap_or(false);
            head.mark_unchanged();
            has_grown
        });
        match self.live.take() {
            Some(live) if !has_grown => Ok(live),
            live => {
                let recovered =
                    self.spec.recovered(&*self.log, live, &context.id().key(), &self.upcasts).await;
                recovered.map_err(|error| Reason::of_recovery(&error))
            }
        }
    }

    /// Stops taking messages.
    pub(super) fn park(&self, reason: Reason, context: &mut Context<Self>) {
        tracing::error!(agent = %context.id(), reason = %reason.text, "an event-sourced agent is suspended");
        if context.suspend(&reason.text) && reason.may_pass {
            context.send_after(TRY_AGAIN, TryAgain);
        }
    }

    /// Stops taking messages, and gives the one in hand back as not handled.
    fn park_with(&self, reason: Reason, request: RequestOf<S>, context: &mut Context<Self>) {
        context.hand_back(request, Why::Suspended { reason: reason.text.clone() });
        self.park(reason, context);
    }

    async fn known(&self, key: &RequestKey, context: &Context<Self>) -> Result<Option<Repeated>, ReadError> {
        self.log.answered(&context.id().key(), key).await
    }

    pub(super) fn note(&mut self, live: Live<S>, context: &mut Context<Self>) {
        let since = live.sequence.number().saturating_sub(live.snapshot.number());
        if self.spec.snapshot_every.is_some_and(|every| since >= every.get()) {
            context.send_self(TakeSnapshot);
        }
        self.arm(&live.reminders, context);
        self.live = Some(live);
    }

    async fn serve<R>(&mut self, request: R, context: &mut Context<Self>) -> Answer<R>
    where
        S: Decide<R>,
        R: Ask<Contract = S::Contract>,
    {
        let key = match context.idempotency_key().map(|key| RequestKey::new(R::ACTION, key)).transpose() {
            Ok(key) => key,
            Err(error) => {
                // Without its key it might be done twice.
                context.hand_back(request.into_request(), Why::Unreachable { reason: error.to_string() });
                return Ok(Outcome::Later);
            }
        };
        for _ in 0..ATTEMPTS {
            if let Some(key) = &key {
                match self.known(key, context).await {
                    Ok(Some(repeated)) => return Self::repeat(&repeated, context),
                    Ok(None) => {}
                    Err(error) => {
                        self.park_with(Reason::of_read(&error), request.into_request(), context);
                        return Ok(Outcome::Later);
                    }
                }
            }
            let live = match self.recovered(context).await {
                Ok(live) => live,
                Err(reason) => {
                    self.park_with(reason, request.into_request(), context);
                    return Ok(Outcome::Later);
                }
            };
            let before = live.sequence;
            match self.attempt(live, request.clone(), key.clone(), context).await? {
                Done::Persisted(live, answerable, effect) => {
                    let sequence = live.sequence;
                    self.note(live, context);
                    if let Some(effect) = effect {
                        if sequence > before {
                            let agent = context.id().key();
                            scope::enter_cause(EventPlace { agent, sequence }.into());
                        }
                        effect(context.router()).await;
                    }
                    return answerable.answer();
                }
                Done::Repeated(repeated) => return Self::repeat(&repeated, context),
                Done::Outdated => {}
                Done::NotPersisted(error) => {
                    self.park_with(Reason::of_append(&error), request.into_request(), context);
                    return Ok(Outcome::Later);
                }
            }
        }
        anyhow::bail!(
            "another writer was faster {ATTEMPTS} times: only one agent may write the state of {}",
            context.id()
        )
    }

    /// Answers as it was answered the first time. An answer that cannot be read is the asker's to know of: no restart would
    /// make it another one.
    fn repeat<R>(repeated: &Repeated, context: &mut Context<Self>) -> Answer<R>
    where
        R: Ask<Contract = S::Contract>,
    {
        match Answerable::recorded(repeated) {
            Ok(answerable) => answerable.answer(),
            Err(error) => {
                let reason = format!("{error:#}");
                tracing::warn!(agent = %context.id(), reason, "a repeated request cannot be answered");
                context.fail(Failure::AnswerUnreadable(reason));
                Ok(Outcome::Later)
            }
        }
    }

    async fn attempt<R>(
        &self,
        live: Live<S>,
        request: R,
        key: Option<RequestKey>,
        context: &mut Context<Self>,
    ) -> anyhow::Result<Done<S, R>>
    where
        S: Decide<R>,
        R: Ask<Contract = S::Contract>,
    {
        let log = &*self.log;
        let mut deciding = Deciding::new(context, log, live.sequence, live.held.siblings());
        let decision = live.held.state().decide(request, &mut deciding).await?;
        let metadata = Metadata {
            cause: deciding.cause(),
            trace: context.trace().map(str::to_owned),
            by: context.sender().map(ToString::to_string),
            answered: None,
            replica: self.spec.replica.as_ref().map(|place| place.name.clone()),
        };
        let with = Circumstances {
            log,
            upcasts: &self.upcasts,
            agent: context.id().key(),
            timestamp: Timestamp::from(context.clock().wall()),
            replica: self.spec.replica.as_ref().map(|place| &place.name),
            metadata,
            key,
        };
        live.carry_out(decision, with).await
    }
}

impl<S: Decide<R>, R: Ask<Contract = S::Contract>> Handle<R> for Sourced<S> {
    async fn handle(&mut self, request: R, context: &mut Context<Self>) -> Answer<R> {
        self.serve(request, context).await
    }
}

impl<S: Observe<R>, R: Subscribe<Contract = S::Contract>> HandleStream<R> for Sourced<S> {
    async fn handle_stream(
        &mut self,
        request: R,
        items: Sink<R>,
        context: &mut Context<Self>,
    ) -> anyhow::Result<Opening<R::Contract>> {
        let live = match self.recovered(context).await {
            Ok(live) => live,
            Err(reason) => {
                self.park_with(reason, request.into_request(), context);
                return R::accept();
            }
        };
        let mut deciding = Deciding::new(context, &*self.log, live.sequence, live.held.siblings());
        let opening = live.held.state().observe(request, items, &mut deciding).await;
        self.arm(&live.reminders, context);
        self.live = Some(live);
        opening
    }
}

impl<S: EventSourced> HandleInfo<Park> for Sourced<S> {
    async fn handle_info(&mut self, Park(reason): Park, context: &mut Context<Self>) -> anyhow::Result<()> {
        self.park(reason, context);
        Ok(())
    }
}

impl<S: EventSourced> HandleInfo<TryAgain> for Sourced<S> {
    async fn handle_info(&mut self, _: TryAgain, context: &mut Context<Self>) -> anyhow::Result<()> {
        context.resume();
        Ok(())
    }
}

impl<S: EventSourced> fmt::Debug for Sourced<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sourced")
            .field("spec", &self.spec)
            .field("is_live", &self.live.is_some())
            .finish_non_exhaustive()
    }
}
