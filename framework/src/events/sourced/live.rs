//! The one place where a decision becomes an answer: behind a receipt that its events are in the log.

use anyhow::Context as _;

use super::decision::Effect;
use super::held::Held;
use super::reminder::{self, ReminderChange};
use super::replicas::Rewoven;
use super::{Decision, EventSourced, FormError, Recovered, Reminders, form};
use crate::contract::{Answer, Ask, Contract, Outcome};
use crate::events::{
    Answered, Append, AppendError, Appended, Dot, EventLog, Json, Metadata, NewEvent, RecordedAnswer,
    Repeated, Replica, RequestKey, Sequence, Timestamp, Upcasts, VectorClock,
};
use crate::identity::AgentKey;

/// The state of an agent, all of it persisted.
pub(super) struct Live<S: EventSourced> {
    pub(super) held: Held<S>,
    pub(super) sequence: Sequence,
    pub(super) causality: VectorClock,
    /// The event after which the last snapshot was taken.
    pub(super) snapshot: Sequence,
    pub(super) reminders: Reminders,
}

/// With what the events of one decision are written.
pub(super) struct Circumstances<'a> {
    pub(super) log: &'a dyn EventLog,
    pub(super) upcasts: &'a Upcasts,
    pub(super) agent: AgentKey,
    pub(super) timestamp: Timestamp,
    pub(super) replica: Option<&'a Replica>,
    pub(super) metadata: Metadata,
    pub(super) key: Option<RequestKey>,
}

/// Says that the events of a decision are in the log, or that it has none. Made in this file only.
struct Persisted(());

/// An answer that may be given, because what is behind it is in the log.
pub(super) struct Answerable<R: Ask>(Outcome<R>);

/// What became of a decision.
pub(super) enum Done<S: EventSourced, R: Ask> {
    /// It is in the log; this is left to be done.
    Persisted(Live<S>, Answerable<R>, Option<Effect>),
    /// The request was answered before.
    Repeated(Box<Repeated>),
    /// Another writer was faster: the state is an old one.
    Outdated,
    /// It is not in the log, and will not be: the log does not work.
    NotPersisted(AppendError),
}

impl<R: Ask> Answerable<R> {
    fn new(outcome: Outcome<R>, _: Persisted) -> Self {
        Self(outcome)
    }

    /// The answer that a repeated request got the first time.
    ///
    /// # Errors
    /// When it is of a form that is not that of today.
    pub(super) fn recorded(repeated: &Repeated) -> anyhow::Result<Self> {
        let outcome = match &repeated.answer {
            RecordedAnswer::Reply(reply) => reply.read().map(Outcome::Reply),
            RecordedAnswer::Refusal(refusal) => refusal.read().map(Outcome::Refusal),
        };
        let event = repeated.sequence;
        Ok(Self(
            outcome.with_context(|| format!("the answer recorded with event {event} is of another form"))?,
        ))
    }

    pub(super) fn answer(self) -> Answer<R> {
        Ok(self.0)
    }
}

impl<S: EventSourced> From<Recovered<S>> for Live<S> {
    fn from(recovered: Recovered<S>) -> Self {
        let Recovered { state, sequence, causality, snapshot, reminders } = recovered;
        Self { held: Held::Alone(state), sequence, causality, snapshot, reminders }
    }
}

impl<S: EventSourced> From<Rewoven<S>> for Live<S> {
    fn from(rewoven: Rewoven<S>) -> Self {
        let Rewoven { weave, sequence, causality, snapshot } = rewoven;
        let (held, reminders) = (Held::Woven(Box::new(weave)), Reminders::default());
        Self { held, sequence, causality, snapshot, reminders }
    }
}

impl<S: EventSourced> Live<S> {
    /// Applies what was decided, appends it, and only then lets the answer out.
    ///
    /// The state is given away: where anything goes wrong it is dropped, because it holds what did not happen, and the
    /// next message makes it again from the log.
    ///
    /// # Errors
    /// A fault of the agent: it decided what it cannot apply or write, or the log ended with the events in hand.
    pub(super) async fn carry_out<R: Ask>(
        mut self,
        decision: Decision<S, R>,
        with: Circumstances<'_>,
    ) -> anyhow::Result<Done<S, R>> {
        let Decision { events, reminders, answer, effect } = decision;
        if events.is_empty() && reminders.is_empty() {
            let outcome = answer.outcome(self.held.state());
            return Ok(Done::Persisted(self, Answerable::new(outcome, Persisted(())), effect));
        }
        let mut new = Vec::with_capacity(events.len() + reminders.len());
        self.take(&events, reminders, &with, &mut new)?;
        let outcome = answer.outcome(self.held.state());
        if let (Some(last), Some(key)) = (new.last_mut(), with.key) {
            last.metadata.answered = Some(Answered { key, answer: record(&outcome)? });
        }
        match with.log.append(Append::new(with.agent, self.sequence, new)).await {
            Ok(Appended { sequence, .. }) => {
                let live = Self { sequence, ..self };
                Ok(Done::Persisted(live, Answerable::new(outcome, Persisted(())), effect))
            }
            Err(AppendError::Repeated { repeated }) => Ok(Done::Repeated(repeated)),
            Err(AppendError::Conflict { .. }) => Ok(Done::Outdated),
            Err(fault @ (AppendError::Unknown | AppendError::TooLarge(_))) => Err(fault.into()),
            Err(error) => Ok(Done::NotPersisted(error)),
        }
    }

    /// Applies what was decided, and adds how it is written to `new`, which follows the events in the log. The state is
    /// ahead of the log then.
    ///
    /// # Errors
    /// When it cannot be applied or written; the state is spoiled then.
    pub(super) fn take(
        &mut self,
        events: &[S::Event],
        reminders: Vec<ReminderChange>,
        with: &Circumstances<'_>,
        new: &mut Vec<NewEvent>,
    ) -> anyhow::Result<()> {
        for event in events {
            let dot = with.replica.map(|replica| {
                self.causality.advance(replica);
                Dot { replica: replica.clone(), count: self.causality.get(replica) }
            });
            let applied = self.held.apply(event, dot.as_ref(), &self.causality);
            applied.context("an event was decided that cannot be applied")?;
            new.push(with.write(event, &self.causality)?);
        }
        for change in reminders {
            anyhow::ensure!(
                with.replica.is_none(),
                "expected no reminders of a state with replicas, got one"
            );
            let (event_type, data) = (reminder::event_type()?, Json::of(&change)?);
            let metadata = with.metadata.clone();
            new.push(NewEvent { metadata, ..NewEvent::new(with.timestamp, event_type, data) });
            self.reminders.note(change, self.sequence.plus(new.len() as u64));
        }
        Ok(())
    }
}

impl Circumstances<'_> {
    fn write<E: super::Event>(&self, event: &E, causality: &VectorClock) -> Result<NewEvent, FormError> {
        let (event_type, data) = form::write(event, self.upcasts)?;
        let (causality, metadata) = (causality.clone(), self.metadata.clone());
        Ok(NewEvent { timestamp: self.timestamp, event_type, data, causality, metadata })
    }
}

fn record<R: Ask>(outcome: &Outcome<R>) -> anyhow::Result<RecordedAnswer> {
    let json = match outcome {
        Outcome::Reply(reply) => Json::of(reply).map(RecordedAnswer::Reply),
        Outcome::Refusal(refusal) => {
            Json::of::<<R::Contract as Contract>::Refusal>(refusal).map(RecordedAnswer::Refusal)
        }
        Outcome::Later => anyhow::bail!("a decision is answered at once"),
    };
    json.context("the answer cannot be written as JSON")
}
