//! The history of one value of an agent's state: each change of it, with the event that made it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::mem;
use std::sync::Arc;

use super::correction::{self, Correction};
use super::recovery::{Replay, one_replica};
use super::{AsOf, Event, EventSourced, RecoverError, Recovered};
use crate::events::{EventLog, Query, ReadError, Replica, Sequence, StateEvent, Upcasts};
use crate::identity::AgentKey;

/// Goes through the events of an agent, and stops wherever a value of its state changes.
///
/// It follows the order of the log, and replicas have several. Of an agent with replicas it goes as far as all events have
/// happened on one of them; use [`ConvergedHistory`](super::ConvergedHistory), which knows the resolution.
///
/// What is kept meanwhile is one state and a page of events, however long the history is. At the end it waits for
/// nothing; asked again later, it goes on with what has come since.
///
/// ```
/// # use mistersmith::events::{EventLog, EventSourced, RecoverError, Sequence, ValueHistory};
/// # use mistersmith::identity::AgentKey;
/// # use std::sync::Arc;
/// async fn balances<A: EventSourced<Args = ()>>(
///     log: Arc<dyn EventLog>,
///     account: AgentKey,
///     balance: fn(&A) -> u64,
/// ) -> Result<(), RecoverError> {
///     let mut history = ValueHistory::of(log, account, (), Sequence::START, balance).await?;
///     while let Some(change) = history.next().await? {
///         println!("{} from {} to {}", change.event.timestamp, change.from, change.to);
///     }
///     Ok(())
/// }
/// ```
pub struct ValueHistory<S: EventSourced, T> {
    log: Arc<dyn EventLog>,
    agent: AgentKey,
    args: S::Args,
    upcasts: Upcasts,
    corrections: BTreeMap<Sequence, Correction>,
    select: Box<dyn Fn(&S) -> T + Send + Sync>,
    began_after: Sequence,
    state: S,
    sequence: Sequence,
    /// Where its events have happened, if they say so.
    replica: Option<Replica>,
    value: T,
    /// An event may have been applied in part.
    is_spoiled: bool,
    query: Query,
    read: VecDeque<StateEvent>,
}

/// A change of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValueChange<T> {
    /// What it was.
    pub from: T,
    /// What it became.
    pub to: T,
    /// The event that made it: where it stands, when it was decided, who asked for it, and which event led to it.
    pub event: StateEvent,
}

impl<S: EventSourced, T: PartialEq + Clone> ValueHistory<S, T> {
    /// The changes of what `select` picks from the state of `agent`, after its event `since`. Where what is older was
    /// compacted, they [begin](Self::began_after) at the oldest snapshot.
    ///
    /// # Errors
    /// When the state after that event cannot be made.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    pub async fn of(
        log: Arc<dyn EventLog>,
        agent: AgentKey,
        args: S::Args,
        since: Sequence,
        select: impl Fn(&S) -> T + Send + Sync + 'static,
    ) -> Result<Self, RecoverError> {
        let begin = async |after| super::recover::<S>(&*log, &agent, &args, AsOf::Sequence(after)).await;
        let Recovered { state, sequence, causality, .. } = match begin(since).await {
            Err(RecoverError::Read(ReadError::CompactedOf { up_to, .. })) if up_to > since => {
                begin(oldest_snapshot(&*log, &agent, up_to).await?).await?
            }
            recovered => recovered?,
        };
        Ok(Self {
            query: Query::of(agent.clone(), sequence),
            upcasts: <S::Event as Event>::upcasts(),
            corrections: BTreeMap::new(),
            began_after: sequence,
            replica: causality.iter().next().map(|(replica, _)| replica.clone()),
            value: select(&state),
            select: Box::new(select),
            is_spoiled: false,
            read: VecDeque::new(),
            log,
            agent,
            args,
            state,
            sequence,
        })
    }

    /// The event after which the history begins; what the value was before is not known when that is not the event that
    /// was asked for.
    #[must_use]
    pub fn began_after(&self) -> Sequence {
        self.began_after
    }

    /// The last event that it has come to.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// The value after that event.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The next change; `None` when there is none at present.
    ///
    /// # Errors
    /// When an event cannot be applied, or read. The next call tries again.
    ///
    /// # Cancel safety
    /// No change is lost.
    pub async fn next(&mut self) -> Result<Option<ValueChange<T>>, RecoverError> {
        loop {
            if self.is_spoiled {
                self.state = self.replay().run::<S>().await?.state;
                self.is_spoiled = false;
            }
            let Some(event) = self.read.front().cloned() else {
                let page = self.log.read(self.query.clone()).await?;
                if page.events.is_empty() && page.at_end {
                    return Ok(None);
                }
                (self.query, self.read) = (page.next, page.events.into());
                continue;
            };
            if let Err(error) = self.apply(&event).await {
                self.is_spoiled = true;
                let was_corrected = self.corrections.contains_key(&event.sequence);
                self.corrections = correction::of_kept(&*self.log, &self.agent).await?;
                if was_corrected || !self.corrections.contains_key(&event.sequence) {
                    return Err(error);
                }
                continue;
            }
            self.read.pop_front();
            self.sequence = event.sequence;
            let value = (self.select)(&self.state);
            if value != self.value {
                let from = mem::replace(&mut self.value, value.clone());
                return Ok(Some(ValueChange { from, to: value, event }));
            }
        }
    }

    /// Applies an event. Never waits, so that the state and the event belong together wherever `next` is dropped.
    async fn apply(&mut self, event: &StateEvent) -> Result<(), RecoverError> {
        one_replica(&mut self.replica, event)?;
        let replay = Replay {
            log: &*self.log,
            key: &self.agent,
            args: &self.args,
            as_of: AsOf::Now,
            upcasts: &self.upcasts,
            corrections: &self.corrections,
        };
        replay.apply(&mut self.state, event).await
    }

    /// Makes the present state again.
    fn replay(&self) -> Replay<'_, S::Args> {
        Replay {
            log: &*self.log,
            key: &self.agent,
            args: &self.args,
            as_of: AsOf::Sequence(self.sequence),
            upcasts: &self.upcasts,
            corrections: &self.corrections,
        }
    }
}

/// The oldest snapshot from which what follows can be read, where events up to `compacted` are gone.
async fn oldest_snapshot(
    log: &dyn EventLog,
    agent: &AgentKey,
    compacted: Sequence,
) -> Result<Sequence, ReadError> {
    let (mut oldest, mut at_most) = (compacted, Sequence::END);
    while let Some(snapshot) = log.snapshot(agent, at_most).await?
        && snapshot.sequence >= compacted
    {
        oldest = snapshot.sequence;
        at_most = Sequence::new(oldest.number().saturating_sub(1));
    }
    Ok(oldest)
}

impl<S: EventSourced, T: fmt::Debug> fmt::Debug for ValueHistory<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValueHistory")
            .field("agent", &self.agent)
            .field("sequence", &self.sequence)
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}
