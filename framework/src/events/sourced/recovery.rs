//! The state of an agent, made again from its log: the newest snapshot that can be read, and the events after it.

use std::collections::BTreeMap;
use std::pin::pin;

use super::correction::{self, Correction};
use super::{EventSourced, form};
use crate::events::{
    DamagedPlace, EventLog, EventPlace, EventType, Json, Query, ReadError, Sequence, Snapshot, StateEvent,
    Timestamp, Upcasts, VectorClock,
};
use crate::exit;
use crate::identity::AgentKey;

/// The state of an agent after one of its events.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recovered<S> {
    /// The state.
    pub state: S,
    /// The last event in it; [`Sequence::START`] when there is none.
    pub sequence: Sequence,
    /// Its version, where it has replicas.
    pub causality: VectorClock,
    /// The event after which the snapshot was taken that it was made from; [`Sequence::START`] without one.
    pub snapshot: Sequence,
}

/// Up to where a state is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum AsOf {
    /// Everything that there is.
    #[default]
    Now,
    /// Up to this event.
    Sequence(Sequence),
    /// Up to the last event that was written at this time or earlier and has none before it that was written later.
    Time(Timestamp),
}

/// Why a state could not be made.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoverError {
    /// An event cannot be applied. It needs a [correction](super::correct), or another version of the agent.
    #[error(transparent)]
    Poison(#[from] Box<Poison>),
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// An event that cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{place} ({event_type}) cannot be applied: {reason}; correct it, or run a version of the agent that can"
)]
pub struct Poison {
    /// Which event.
    pub place: EventPlace,
    /// What it is.
    pub event_type: EventType,
    /// What is wrong.
    pub reason: String,
}

/// Makes the state of the agent `key` again.
///
/// # Errors
/// When an event cannot be applied, or the log cannot be read.
///
/// # Cancel safety
/// Reading changes nothing.
pub async fn recover<S: EventSourced>(
    log: &dyn EventLog,
    key: &AgentKey,
    args: &S::Args,
    as_of: AsOf,
) -> Result<Recovered<S>, RecoverError> {
    let upcasts = <S::Event as super::Event>::upcasts();
    let none = BTreeMap::new();
    match (Replay { log, key, args, as_of, upcasts: &upcasts, corrections: &none }).run::<S>().await {
        Err(RecoverError::Poison(poison)) => {
            // Only now, because hardly any agent has corrections; and from the beginning, because an event that
            // failed may have been applied in part.
            let corrections = correction::of_kept(log, key).await?;
            if !corrections.contains_key(&poison.place.sequence) {
                return Err(poison.into());
            }
            Replay { log, key, args, as_of, upcasts: &upcasts, corrections: &corrections }.run().await
        }
        recovered => recovered,
    }
}

/// One replay of an agent's history.
pub(super) struct Replay<'a, A> {
    pub(super) log: &'a dyn EventLog,
    pub(super) key: &'a AgentKey,
    pub(super) args: &'a A,
    pub(super) as_of: AsOf,
    pub(super) upcasts: &'a Upcasts,
    pub(super) corrections: &'a BTreeMap<Sequence, Correction>,
}

impl<A> Replay<'_, A> {
    pub(super) async fn run<S: EventSourced<Args = A>>(&self) -> Result<Recovered<S>, RecoverError> {
        let mut recovered = self.beginning().await?;
        let mut query = Query::of(self.key.clone(), recovered.sequence);
        if let AsOf::Sequence(last) = self.as_of {
            query = query.up_to(last);
        }
        loop {
            let page = self.log.read(query).await?;
            for event in &page.events {
                if matches!(self.as_of, AsOf::Time(time) if event.timestamp > time) {
                    return Ok(recovered);
                }
                self.apply(&mut recovered.state, event).await?;
                recovered.sequence = event.sequence;
                recovered.causality = recovered.causality.merged(&event.causality);
            }
            if page.at_end {
                return Ok(recovered);
            }
            query = page.next;
        }
    }

    /// The newest snapshot that can be read and is of this form, or the state before any event.
    async fn beginning<S: EventSourced<Args = A>>(&self) -> Result<Recovered<S>, RecoverError> {
        let mut at_most = match self.as_of {
            AsOf::Now => Sequence::END,
            AsOf::Sequence(last) => last,
            // A snapshot's time says nothing about the times of the events in it.
            AsOf::Time(_) => Sequence::START,
        };
        while at_most > Sequence::START {
            let found = match self.log.snapshot(self.key, at_most).await {
                Ok(Some(snapshot)) => self.restored(&snapshot).await.ok_or(snapshot.sequence),
                Ok(None) => break,
                Err(ReadError::Damaged(damage)) => {
                    tracing::warn!(%damage, "a snapshot is damaged; an older one is tried");
                    let DamagedPlace::Snapshot { sequence, .. } = damage.place else { break };
                    Err(sequence)
                }
                Err(error) => return Err(error.into()),
            };
            match found {
                Ok(recovered) => return Ok(recovered),
                Err(unusable) => at_most = Sequence::new(unusable.number().saturating_sub(1)),
            }
        }
        let state = S::begin(self.args);
        Ok(Recovered {
            state,
            sequence: Sequence::START,
            causality: VectorClock::new(),
            snapshot: Sequence::START,
        })
    }

    async fn restored<S: EventSourced<Args = A>>(&self, snapshot: &Snapshot) -> Option<Recovered<S>> {
        if snapshot.version != S::SNAPSHOT_VERSION {
            return None;
        }
        let restored = exit::catch(pin!(async { S::restore(self.args, snapshot.state.read()?) })).await;
        match restored.unwrap_or_else(|panic| Err(anyhow::Error::msg(panic.to_string()))) {
            Ok(state) => {
                let (sequence, causality) = (snapshot.sequence, snapshot.causality.clone());
                Some(Recovered { state, sequence, causality, snapshot: sequence })
            }
            Err(error) => {
                let sequence = snapshot.sequence.number();
                tracing::warn!(agent = %self.key, sequence, %error, "a snapshot cannot be restored; an older one is tried");
                None
            }
        }
    }

    /// Applies an event, or what is to be applied in its place. A panic counts as a failure.
    pub(super) async fn apply<S: EventSourced<Args = A>>(
        &self,
        state: &mut S,
        event: &StateEvent,
    ) -> Result<(), RecoverError> {
        if correction::is_ours(event) {
            return Ok(());
        }
        let (event_type, data) = match self.corrections.get(&event.sequence) {
            Some(Correction { instead: None, .. }) => return Ok(()),
            Some(Correction { instead: Some(instead), .. }) => (&instead.event_type, &instead.data),
            None => (&event.event_type, &event.data),
        };
        let applied =
            exit::catch(pin!(async { read_and_apply(state, event_type, data, self.upcasts) })).await;
        let reason = match applied {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => format!("{error:#}"),
            Err(panic) => panic.to_string(),
        };
        let poison = Poison { place: event.place(), event_type: event_type.clone(), reason };
        Err(RecoverError::Poison(Box::new(poison)))
    }
}

fn read_and_apply<S: EventSourced>(
    state: &mut S,
    event_type: &EventType,
    data: &Json,
    upcasts: &Upcasts,
) -> anyhow::Result<()> {
    state.apply(&form::read(event_type, data, upcasts)?)
}
