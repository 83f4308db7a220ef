//! The state of an agent with replicas, made again from the log of one of them, and brought up to what has come since.

use std::collections::BTreeMap;

use super::correction::is_ours;
use super::lineage::{Lineage, Missing, Past};
use super::pressed::unfold;
use super::recovery::{Replay, caught, corrections_of, poison};
use super::resolution::{Resolution, Resolving};
use super::snapshots::{self, Restore, SnapshotFault};
use super::weave::{Change, Weave, Woven};
use super::{AsOf, Event, EventSourced, RecoverError};
use crate::events::{
    EventLog, EventPlace, EventType, Query, ReadError, Sequence, Snapshot, StateEvent, VectorClock,
};
use crate::identity::AgentKey;

/// The state of an agent with replicas, after one of the events in the log of one of them.
#[derive(Debug)]
#[non_exhaustive]
pub struct RecoveredReplica<S> {
    /// The state; of siblings the one that was written last.
    pub state: S,
    /// All states, the one above included: several only where siblings are kept and histories have parted.
    pub siblings: Vec<S>,
    /// The last event in it, in this log; [`Sequence::START`] when there is none.
    pub sequence: Sequence,
    /// Its version: the same on all replicas that have the same events.
    pub causality: VectorClock,
    /// The event after which the snapshot was taken that it was made from; [`Sequence::START`] when it was made from all
    /// events.
    pub snapshot: Sequence,
}

/// Makes the state of the agent `key` again, as it is on the replica that this log is of.
///
/// # Errors
/// When an event cannot be applied, does not say where it happened, or lacks one that it knew of; or when the log
/// cannot be read.
///
/// # Cancel safety
/// Reading changes nothing.
pub async fn recover_replica<S: EventSourced + Clone>(
    log: &dyn EventLog,
    key: &AgentKey,
    args: &S::Args,
    resolution: Resolution<S>,
    as_of: AsOf,
) -> Result<RecoveredReplica<S>, RecoverError> {
    let Rewoven { weave, sequence, causality, snapshot } =
        reweave(log, key, args, Resolving::new(resolution), as_of).await?;
    let (state, siblings) = (weave.state().clone(), weave.siblings().to_vec());
    Ok(RecoveredReplica { state, siblings, sequence, causality, snapshot })
}

/// A state with replicas, and up to where it has the log.
pub(super) struct Rewoven<S: EventSourced> {
    pub(super) weave: Weave<S>,
    pub(super) sequence: Sequence,
    pub(super) causality: VectorClock,
    /// The event after which the last snapshot was taken, if it is of use.
    pub(super) snapshot: Sequence,
}

/// Makes a state again from this log: from the newest snapshot and the events after it, or where one of those belongs
/// before what is in the snapshot, from all events. As of a time it is all events, or where some are gone, the oldest
/// snapshot and what comes after it.
pub(super) async fn reweave<S: EventSourced>(
    log: &dyn EventLog,
    key: &AgentKey,
    args: &S::Args,
    resolving: Resolving<S>,
    as_of: AsOf,
) -> Result<Rewoven<S>, RecoverError> {
    let upcasts = <S::Event as Event>::upcasts();
    let none = BTreeMap::new();
    let replay = Replay { log, key, args, as_of, upcasts: &upcasts, corrections: &none };
    let how = Restoring { args, resolving };
    let at_most = match as_of {
        AsOf::Now => Sequence::END,
        AsOf::Sequence(last) => last,
        // A snapshot's time says nothing about the times of the events in it; those do, as long as they are there.
        AsOf::Time(_) => Sequence::START,
    };
    let (newest, passed) = snapshots::newest(log, key, at_most, &how).await?;
    if let Some(mut restored) = newest {
        match catch_up(&replay, &mut restored).await {
            Ok(Woven::In) => return Ok(restored),
            Ok(Woven::Late) | Err(RecoverError::Poison(_)) => {}
            Err(error) => return Err(error),
        }
    }
    match rewoven(&replay, resolving).await {
        Err(RecoverError::Poison(poison)) => {
            let corrections = &corrections_of(log, *poison).await?;
            rewoven(&Replay { corrections, ..replay }, resolving).await
        }
        Err(RecoverError::Read(ReadError::CompactedOf { agent, up_to })) => {
            let mut standing = replay.standing_for(up_to, passed, &how).await?;
            match catch_up(&replay, &mut standing).await? {
                Woven::In => Ok(standing),
                // It belongs among those that are gone.
                Woven::Late => Err(ReadError::CompactedOf { agent, up_to }.into()),
            }
        }
        rewoven => rewoven,
    }
}

/// How a state is made of a snapshot.
struct Restoring<'a, S: EventSourced> {
    args: &'a S::Args,
    resolving: Resolving<S>,
}

impl<S: EventSourced> Restore<Rewoven<S>> for Restoring<'_, S> {
    async fn restore(&self, snapshot: &Snapshot) -> Result<Rewoven<S>, SnapshotFault> {
        let Snapshot { sequence, causality, state, version, .. } = snapshot;
        if *version != S::SNAPSHOT_VERSION {
            return Err(SnapshotFault::Version { found: *version, expected: S::SNAPSHOT_VERSION });
        }
        // One without a version was taken before the agent had replicas.
        if causality.is_empty() {
            return Err(SnapshotFault::NoReplicas);
        }
        let unfolding = caught(async { unfold(self.args, self.resolving, state) }).await;
        let weave = unfolding.map_err(|reason| SnapshotFault::Restore { reason })?;
        Ok(Rewoven { weave, sequence: *sequence, causality: causality.clone(), snapshot: *sequence })
    }
}

async fn rewoven<S: EventSourced>(
    replay: &Replay<'_, S::Args>,
    resolving: Resolving<S>,
) -> Result<Rewoven<S>, RecoverError> {
    let History { places, changes, last, causality } = read(replay).await?;
    let place = |index: usize| EventPlace { agent: replay.key.clone(), sequence: places[index].0 };
    let begin = S::begin(replay.args);
    let lineage = Lineage::new(begin, resolving, changes);
    let mut lineage = lineage.map_err(|Missing(index)| RecoverError::Incomplete { place: place(index) })?;
    for index in lineage.order() {
        let applied = caught(async { lineage.apply(index) }).await;
        applied.map_err(|reason| poison(place(index), &places[index].1, reason))?;
    }
    Ok(Rewoven { weave: lineage.finish(), sequence: last, causality, snapshot: Sequence::START })
}

/// What a log has of one agent.
pub(super) struct History<E> {
    /// Which event each change is, and of which type.
    pub(super) places: Vec<(Sequence, EventType)>,
    pub(super) changes: Vec<Past<E>>,
    last: Sequence,
    causality: VectorClock,
}

pub(super) async fn read<A, E: Event>(replay: &Replay<'_, A>) -> Result<History<E>, RecoverError> {
    let (places, changes) = (Vec::new(), Vec::new());
    let mut history = History { places, changes, last: Sequence::START, causality: VectorClock::new() };
    let mut query = Query::of(replay.key.clone(), Sequence::START);
    if let AsOf::Sequence(last) = replay.as_of {
        query = query.up_to(last);
    }
    loop {
        let page = replay.log.read(query).await?;
        for event in &page.events {
            if matches!(replay.as_of, AsOf::Time(time) if event.timestamp > time) {
                return Ok(history);
            }
            history.last = event.sequence;
            if is_ours(event) {
                continue;
            }
            let change = past(replay, event).await?;
            history.causality = history.causality.merged(&change.version);
            history.places.push((event.sequence, event.event_type.clone()));
            history.changes.push(change);
        }
        if page.at_end {
            return Ok(history);
        }
        query = page.next;
    }
}

async fn past<A, E: Event>(replay: &Replay<'_, A>, event: &StateEvent) -> Result<Past<E>, RecoverError> {
    let dot = event.dot().ok_or_else(|| RecoverError::NoReplica { place: event.place() })?;
    let content = match replay.content(event) {
        None => None,
        Some((event_type, data)) => {
            let reading = caught(async { replay.read::<E>(event_type, data) }).await;
            Some(reading.map_err(|reason| poison(event.place(), event_type, reason))?)
        }
    };
    Ok(Past { dot, version: event.causality.clone(), event: content })
}

/// Weaves in what the log has had since. Where that does not go, because something belongs before what is there, or
/// corrects it, the state is to be made again.
pub(super) async fn catch_up<S: EventSourced>(
    replay: &Replay<'_, S::Args>,
    live: &mut Rewoven<S>,
) -> Result<Woven, RecoverError> {
    let mut query = Query::of(replay.key.clone(), live.sequence);
    if let AsOf::Sequence(last) = replay.as_of {
        query = query.up_to(last);
    }
    loop {
        let page = replay.log.read(query).await?;
        for event in &page.events {
            if matches!(replay.as_of, AsOf::Time(time) if event.timestamp > time) {
                return Ok(Woven::In);
            }
            if is_ours(event) {
                return Ok(Woven::Late);
            }
            let Past { dot, version, event: content } = past::<_, S::Event>(replay, event).await?;
            let change = Change { dot: &dot, version: &version, event: content.as_ref() };
            let woven = caught(async { live.weave.add(&change) }).await;
            match woven.map_err(|reason| poison(event.place(), &event.event_type, reason))? {
                Woven::Late => return Ok(Woven::Late),
                Woven::In => {}
            }
            live.sequence = event.sequence;
            live.causality = live.causality.merged(&version);
        }
        if page.at_end {
            return Ok(Woven::In);
        }
        query = page.next;
    }
}
