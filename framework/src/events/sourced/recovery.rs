//! The state of an agent, made again from its log: the newest snapshot that can be read, and the events after it.

use std::collections::BTreeMap;
use std::pin::pin;

use super::correction::{self, Correction};
use super::recover_error::{Poison, RecoverError, TooEarly};
use super::reminder::read_snapshot;
use super::snapshots::{self, Passed, Restore, Restored, SnapshotFault, UselessSnapshot};
use super::{EventSourced, Reminders, form};
use crate::events::{
    EventLog, EventPlace, EventType, Json, Query, ReadError, Replica, Sequence, Snapshot, StateEvent,
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
    /// What the agent is still to be reminded of.
    pub reminders: Reminders,
}

/// Up to where a state is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum AsOf {
    /// Everything that there is.
    #[default]
    Now,
    /// Up to this event.
    Sequence(Sequence),
    /// Up to the last event that was written at this time or earlier and has none before it that was written later. Events
    /// that were compacted count as written when the oldest snapshot was taken that can be used: what was before is not
    /// known.
    Time(Timestamp),
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
            let corrections = &corrections_of(log, *poison).await?;
            Replay { log, key, args, as_of, upcasts: &upcasts, corrections }.run().await
        }
        recovered => recovered,
    }
}

/// The corrections of the agent of this poison, so that another run passes it.
///
/// Only when there is poison, because hardly any agent has corrections; and the run is to be from the beginning,
/// because an event that failed may have been applied in part.
///
/// # Errors
/// The poison, when nobody has corrected it.
pub(super) async fn corrections_of(
    log: &dyn EventLog,
    poison: Poison,
) -> Result<BTreeMap<Sequence, Correction>, RecoverError> {
    let corrections = correction::of_kept(log, &poison.place.agent).await?;
    if corrections.contains_key(&poison.place.sequence) {
        Ok(corrections)
    } else {
        Err(Box::new(poison).into())
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
    /// What is to be applied for an event: itself, what a correction puts in its place, or nothing.
    pub(super) fn content<'b>(&'b self, event: &'b StateEvent) -> Option<(&'b EventType, &'b Json)> {
        match self.corrections.get(&event.sequence) {
            Some(Correction { instead: None, .. }) => None,
            Some(Correction { instead: Some(instead), .. }) => Some((&instead.event_type, &instead.data)),
            None => Some((&event.event_type, &event.data)),
        }
    }

    pub(super) fn read<E: super::Event>(&self, event_type: &EventType, data: &Json) -> anyhow::Result<E> {
        Ok(form::read(event_type, data, self.upcasts)?)
    }
}

impl<A> Replay<'_, A> {
    pub(super) async fn run<S: EventSourced<Args = A>>(&self) -> Result<Recovered<S>, RecoverError> {
        let at_most = match self.as_of {
            AsOf::Now => Sequence::END,
            AsOf::Sequence(last) => last,
            // A snapshot's time says nothing about the times of the events in it; those do, as long as they are there.
            AsOf::Time(_) => Sequence::START,
        };
        let (newest, passed) = snapshots::newest(self.log, self.key, at_most, self).await?;
        match self.go_on(newest.unwrap_or_else(|| self.before_any_event())).await {
            Err(RecoverError::Read(ReadError::CompactedOf { up_to, .. })) => {
                self.go_on(self.standing_for(up_to, passed, self).await?).await
            }
            recovered => recovered,
        }
    }

    fn before_any_event<S: EventSourced<Args = A>>(&self) -> Recovered<S> {
        Recovered {
            state: S::begin(self.args),
            sequence: Sequence::START,
            causality: VectorClock::new(),
            snapshot: Sequence::START,
            reminders: Reminders::default(),
        }
    }

    /// Applies the events that come after.
    async fn go_on<S: EventSourced<Args = A>>(
        &self,
        mut recovered: Recovered<S>,
    ) -> Result<Recovered<S>, RecoverError> {
        let mut replica = None;
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
                one_replica(&mut replica, event)?;
                self.apply(&mut recovered.state, event).await?;
                let noted = recovered.reminders.note_event(event);
                noted.map_err(|error| poison(event.place(), &event.event_type, error.to_string()))?;
                recovered.sequence = event.sequence;
                recovered.causality = recovered.causality.merged(&event.causality);
            }
            if page.at_end {
                return Ok(recovered);
            }
            query = page.next;
        }
    }

    /// What stands for the events up to `compacted`, which are gone: as of a time, the oldest snapshot that can be used. Where
    /// one was `passed` over, that is why nothing does.
    pub(super) async fn standing_for<T>(
        &self,
        compacted: Sequence,
        passed: Option<Passed>,
        how: &impl Restore<T>,
    ) -> Result<T, RecoverError> {
        let agent = self.key.clone();
        let AsOf::Time(time) = self.as_of else { return Err(missing(agent, compacted, passed)) };
        match snapshots::oldest(self.log, self.key, compacted, how).await? {
            (Some(Restored { made, taken, .. }), _) if taken <= time => Ok(made),
            (Some(Restored { sequence, taken, .. }), _) => {
                Err(Box::new(TooEarly { agent, time, compacted, sequence, taken }).into())
            }
            (None, passed) => Err(missing(agent, compacted, passed)),
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
        let Some((event_type, data)) = self.content(event) else { return Ok(()) };
        let applying = async { state.apply(&self.read(event_type, data)?) };
        caught(applying).await.map_err(|reason| poison(event.place(), event_type, reason))
    }
}

impl<S: EventSourced> Restore<Recovered<S>> for Replay<'_, S::Args> {
    async fn restore(&self, snapshot: &Snapshot) -> Result<Recovered<S>, SnapshotFault> {
        let (found, expected) = (snapshot.version, S::SNAPSHOT_VERSION);
        if found != expected {
            return Err(SnapshotFault::Version { found, expected });
        }
        // One with a version is of an agent with replicas, and another thing.
        if !snapshot.causality.is_empty() {
            return Err(SnapshotFault::HasReplicas);
        }
        let restoring = async {
            let (state, reminders) = read_snapshot(&snapshot.state)?;
            Ok((S::restore(self.args, state)?, reminders))
        };
        let (state, reminders) =
            caught(restoring).await.map_err(|reason| SnapshotFault::Restore { reason })?;
        let (sequence, causality) = (snapshot.sequence, snapshot.causality.clone());
        Ok(Recovered { state, sequence, causality, snapshot: sequence, reminders })
    }
}

/// Nothing stands for the events up to `compacted`.
fn missing(agent: AgentKey, compacted: Sequence, passed: Option<Passed>) -> RecoverError {
    match passed {
        Some(Passed { sequence, why }) if sequence >= compacted => {
            Box::new(UselessSnapshot { agent, sequence, compacted, why }).into()
        }
        _ => ReadError::CompactedOf { agent, up_to: compacted }.into(),
    }
}

/// What the work says that is wrong. A panic counts as a failure.
pub(super) async fn caught<T>(work: impl Future<Output = anyhow::Result<T>>) -> Result<T, String> {
    match exit::catch(pin!(work)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(panic) => Err(panic.to_string()),
    }
}

/// The event is poison.
pub(super) fn poison(place: EventPlace, event_type: &EventType, reason: String) -> RecoverError {
    Box::new(Poison { place, event_type: event_type.clone(), reason }).into()
}

/// All events so far have happened on one replica, as far as they say.
pub(super) fn one_replica(replica: &mut Option<Replica>, event: &StateEvent) -> Result<(), RecoverError> {
    match (&event.metadata.replica, &replica) {
        (Some(other), Some(one)) if other != one => {
            Err(RecoverError::HasReplicas { place: event.place(), replica: other.clone() })
        }
        (Some(other), None) => {
            *replica = Some(other.clone());
            Ok(())
        }
        _ => Ok(()),
    }
}
