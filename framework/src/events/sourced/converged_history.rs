//! The history of one value of a state with replicas: the same on all replicas that have the same events.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::vec;

use super::correction;
use super::lineage::{Lineage, Missing};
use super::recovery::{Replay, caught, poison};
use super::replicas::{History, read};
use super::resolution::{Resolution, Resolving};
use super::{AsOf, Event, EventSourced, RecoverError, ValueChange};
use crate::events::{EventLog, EventPlace, EventType, Query, ReadError, Sequence, StateEvent};
use crate::identity::AgentKey;

/// Goes through the events of an agent with replicas, and stops wherever a value of its state changes.
///
/// It goes in the order that is the same everywhere: by the number of changes that each event knew of, then by replica.
/// After each event the state is what the [`Resolution`] makes of the events so far. So causes come before effects, the
/// last value is that of the present state, and the events, by their [dots](StateEvent::dot), and values are the same on
/// every replica. It is not what any of them has shown in between: that is
/// [`recover_replica`](super::recover_replica) as of an event of its log.
///
/// It is of the events that were there when it began. One that comes later may belong between two of them, so there is
/// no going on: begin another one. All events are kept in memory meanwhile, as when the state is made again.
///
/// ```
/// # use mistersmith::events::{ConvergedHistory, EventLog, EventSourced, RecoverError, Resolution};
/// # use mistersmith::identity::AgentKey;
/// # use std::sync::Arc;
/// async fn balances<A: EventSourced<Args = ()> + Clone>(
///     log: Arc<dyn EventLog>,
///     account: AgentKey,
///     balance: fn(&A) -> u64,
/// ) -> Result<(), RecoverError> {
///     let balance = move |states: &[A]| balance(&states[0]);
///     let mut history = ConvergedHistory::of(log, account, (), Resolution::LastWriter, balance).await?;
///     while let Some(change) = history.next().await? {
///         println!("{} from {} to {}", change.event.timestamp, change.from, change.to);
///     }
///     Ok(())
/// }
/// ```
pub struct ConvergedHistory<S: EventSourced, T> {
    log: Arc<dyn EventLog>,
    agent: AgentKey,
    lineage: Lineage<S>,
    places: Vec<(Sequence, EventType)>,
    left: vec::IntoIter<usize>,
    select: Select<S, T>,
    value: T,
    /// A change that was not told yet: what the value was, and the event.
    changed: Option<(T, Sequence)>,
    failed: Option<RecoverError>,
}

/// Picks a value from what there is: one state, or siblings.
type Select<S, T> = Box<dyn Fn(&[S]) -> T + Send + Sync>;

impl<S: EventSourced + Clone, T: PartialEq + Clone> ConvergedHistory<S, T> {
    /// The changes of what `select` picks from the state of `agent`. It is shown what whoever decides
    /// [is shown](super::Deciding::siblings): one state, and several only where siblings are kept and histories have
    /// parted, in the order of the events that they end with.
    ///
    /// # Errors
    /// When the log cannot be read, or an event does not say where it happened, or lacks one that it knew of.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    pub async fn of(
        log: Arc<dyn EventLog>,
        agent: AgentKey,
        args: S::Args,
        resolution: Resolution<S>,
        select: impl Fn(&[S]) -> T + Send + Sync + 'static,
    ) -> Result<Self, RecoverError> {
        let corrections = correction::of_kept(&*log, &agent).await?;
        let upcasts = <S::Event as Event>::upcasts();
        let replay = Replay {
            log: &*log,
            key: &agent,
            args: &args,
            as_of: AsOf::Now,
            upcasts: &upcasts,
            corrections: &corrections,
        };
        let History { places, changes, .. } = read(&replay).await?;
        let place = |index: usize| EventPlace { agent: agent.clone(), sequence: places[index].0 };
        let lineage = Lineage::new(S::begin(&args), Resolving::new(resolution), changes)
            .map_err(|Missing(index)| RecoverError::Incomplete { place: place(index) })?;
        Ok(Self {
            left: lineage.order_of_turns().into_iter(),
            value: lineage.look(&select),
            select: Box::new(select),
            changed: None,
            failed: None,
            log,
            agent,
            lineage,
            places,
        })
    }
}

impl<S: EventSourced, T: PartialEq + Clone> ConvergedHistory<S, T> {
    /// The value after the last change that was told; at first, before any event.
    #[must_use]
    pub fn value(&self) -> &T {
        self.changed.as_ref().map_or(&self.value, |(before, _)| before)
    }

    /// The next change; `None` when there is none.
    ///
    /// # Errors
    /// When an event cannot be applied: that ends it, and once the event is corrected, another one can begin. When the
    /// event that made the change cannot be read: the next call tries again.
    ///
    /// # Cancel safety
    /// No change is lost.
    pub async fn next(&mut self) -> Result<Option<ValueChange<T>>, RecoverError> {
        loop {
            if let Some((before, sequence)) = &self.changed {
                let (before, event) = (before.clone(), self.read_one(*sequence).await?);
                self.changed = None;
                return Ok(Some(ValueChange { from: before, to: self.value.clone(), event }));
            }
            if let Some(error) = &self.failed {
                return Err(error.clone());
            }
            let Some(index) = self.left.next() else { return Ok(None) };
            // Never waits, so that nothing is between two events wherever this is dropped.
            let applied = caught(async { self.lineage.apply(index) }).await;
            let (sequence, event_type) = &self.places[index];
            if let Err(reason) = applied {
                let place = EventPlace { agent: self.agent.clone(), sequence: *sequence };
                self.failed = Some(poison(place, event_type, reason));
                continue;
            }
            let value = self.lineage.look(&self.select);
            if value != self.value {
                self.changed = Some((mem::replace(&mut self.value, value), *sequence));
            }
        }
    }

    async fn read_one(&self, sequence: Sequence) -> Result<StateEvent, ReadError> {
        let before = Sequence::new(sequence.number().saturating_sub(1));
        let page = self.log.read(Query::of(self.agent.clone(), before).up_to(sequence)).await?;
        let event = page.events.into_iter().next();
        // It was there when the history began.
        event.ok_or(ReadError::CompactedOf { agent: self.agent.clone(), up_to: sequence })
    }
}

impl<S: EventSourced, T: fmt::Debug> fmt::Debug for ConvergedHistory<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConvergedHistory")
            .field("agent", &self.agent)
            .field("left", &self.left.len())
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}
