//! What could have influenced an event: everything that its agent had seen before it, and what had led to that.
//!
//! An event could have been influenced by the events of its agent before it, by its `cause`, and by what could have
//! influenced those. Where the state has replicas, the order of a log says nothing of that: the predecessors of an event
//! are those that its version knows.
//!
//! All of that may be the whole log, so it is read as it is asked for, from the newest event to the oldest. What is kept
//! meanwhile is a few events for each agent that it goes through, and one for each replica, however many events those
//! have.

mod trail;

use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::fmt;
use std::sync::Arc;

use self::trail::{Before, Trail};
use super::{EventLog, EventPlace, Position, Query, ReadError, Replica, Sequence, StateEvent};
use crate::identity::AgentKey;

/// Goes through what could have influenced one event, the newest first.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use mistersmith::events::{
///     Append, CausalPast, EventLog, EventPlace, EventType, Influence, Json, MemoryLog, NewEvent, Sequence, Timestamp,
/// };
/// # use mistersmith::identity::AgentId;
/// # let till = "shop/till@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44".parse::<AgentId>()?.key();
/// # let stock = "shop/stock@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b45".parse::<AgentId>()?.key();
/// let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new());
/// let sold = NewEvent::new(Timestamp::from_micros(1), EventType::first("Sold")?, Json::of(&1)?);
/// let mut taken = NewEvent::new(Timestamp::from_micros(2), EventType::first("Taken")?, Json::of(&1)?);
/// taken.metadata.cause = Some(EventPlace { agent: till.clone(), sequence: Sequence::new(1) });
/// log.append(Append::new(till, Sequence::START, [sold])).await?;
/// log.append(Append::new(stock.clone(), Sequence::START, [taken])).await?;
///
/// let taken = EventPlace { agent: stock, sequence: Sequence::new(1) };
/// let mut past = CausalPast::of(Arc::clone(&log), taken.clone()).await?;
/// match past.next().await? {
///     Some(Influence::Event { event, led_to, .. }) => {
///         assert_eq!((event.event_type.to_string(), led_to), ("Sold@1".to_owned(), taken));
///     }
///     other => panic!("{other:?}"),
/// }
/// assert_eq!(past.next().await?, None);
/// # Ok(())
/// # }
/// ```
pub struct CausalPast {
    log: Arc<dyn EventLog>,
    /// The replica that the log is of, if that was said.
    here: Option<Replica>,
    /// The agents that it has come to.
    trails: BTreeMap<AgentKey, Trail>,
    /// Where the next event of each trail stands; the newest is looked at first.
    heads: BinaryHeap<(Position, AgentKey)>,
    /// Found and not yet told.
    found: VecDeque<Influence>,
}

/// Something in the past of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Influence {
    /// This event could have influenced it.
    Event {
        /// The event.
        event: Box<StateEvent>,
        /// What it led to: an event that it is the cause of, or one that had it in its state.
        led_to: EventPlace,
        /// How.
        link: Link,
    },
    /// An event that is not there; what had led to it is not known.
    Missing {
        /// The event.
        event: EventPlace,
        /// What it led to.
        led_to: EventPlace,
        /// How.
        link: Link,
        /// Whether it was there once: it was compacted then, with all of its agent's events before it.
        compacted: bool,
    },
    /// An event is said to have led to another, and does not stand before it in the log: the two go in a circle, or were
    /// copied in another order than they happened. It is not followed.
    NotBefore {
        /// What is said to have led to the other.
        cause: EventPlace,
        /// The other.
        effect: EventPlace,
    },
    /// The effect happened on another replica than the one that the log is of, and so did its cause, which is therefore
    /// named as it stands in the log there. It is not followed: here, another event may stand in that place.
    Elsewhere {
        /// What led to the effect, in the log of `replica`.
        cause: EventPlace,
        /// The effect, in this log.
        effect: EventPlace,
        /// Where it happened.
        replica: Replica,
    },
}

/// How one event could influence another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// Its agent had it in its state.
    Predecessor,
    /// The other was decided on what was sent because of it.
    Cause,
}

/// What was read of one event.
enum Found {
    Here(Box<StateEvent>),
    Compacted,
    Nowhere,
}

/// What stands behind an event. It is read before anything is changed, so that a read that fails or is given up can be
/// done again.
struct Behind {
    /// The events before it, where those that were read are used up.
    before: Option<Before>,
    /// Its cause, where it has to be looked at.
    cause: Option<Found>,
}

impl CausalPast {
    /// What could have influenced `event`, which is not in it itself. An event that is not there has no past.
    ///
    /// Where agents have replicas, say [whose log](Self::on) it is: otherwise no cause is followed from one event of such
    /// an agent to another, because the place that names it may be that of another event here.
    ///
    /// # Errors
    /// When the log cannot be read, or the event is no longer kept.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    pub async fn of(log: Arc<dyn EventLog>, event: EventPlace) -> Result<Self, ReadError> {
        Self::begin(log, None, event).await
    }

    /// The same, in the log of the replica `here`: what happened on it is followed to its causes.
    ///
    /// # Errors
    /// When the log cannot be read, or the event is no longer kept.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    pub async fn on(here: Replica, log: Arc<dyn EventLog>, event: EventPlace) -> Result<Self, ReadError> {
        Self::begin(log, Some(here), event).await
    }

    async fn begin(
        log: Arc<dyn EventLog>,
        here: Option<Replica>,
        event: EventPlace,
    ) -> Result<Self, ReadError> {
        let (trails, heads) = (BTreeMap::new(), BinaryHeap::new());
        let mut past = Self { log, here, trails, heads, found: VecDeque::new() };
        match past.read_one(&event).await? {
            Found::Here(event) => {
                past.trails.insert(event.agent.clone(), Trail::from(StateEvent::clone(&event)));
                let behind = past.look_behind(&event, true).await?;
                past.go_on_from(&event, behind, true);
                Ok(past)
            }
            Found::Compacted => Err(ReadError::CompactedOf { agent: event.agent, up_to: event.sequence }),
            Found::Nowhere => Ok(past),
        }
    }

    /// The next thing in its past; `None` when there is nothing more.
    ///
    /// # Errors
    /// When it cannot be read. The next call tries again.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub async fn next(&mut self) -> Result<Option<Influence>, ReadError> {
        loop {
            if let Some(found) = self.found.pop_front() {
                return Ok(Some(found));
            }
            let Some((position, agent)) = self.heads.peek() else { return Ok(None) };
            let head = self.trails.get(agent).and_then(Trail::head);
            let Some(event) = head.filter(|head| head.position == *position).cloned() else {
                self.heads.pop(); // its trail was begun anew further up
                continue;
            };
            let reason = self.trails.get(agent).and_then(|trail| trail.reason_for(&event));
            let behind = self.look_behind(&event, reason.is_some()).await?;
            self.heads.pop();
            let is_past = reason.is_some();
            if let Some((led_to, link)) = reason {
                self.found.push_back(Influence::Event { event: Box::new(event.clone()), led_to, link });
            }
            self.go_on_from(&event, behind, is_past);
        }
    }

    /// Reads what stands behind `event`, its cause only where it is in the past itself.
    async fn look_behind(&self, event: &StateEvent, is_past: bool) -> Result<Behind, ReadError> {
        let stride = self.trails.get(&event.agent).and_then(Trail::stride);
        let before = match stride {
            Some(stride) => Some(self.read_before(event, stride).await?),
            None => None,
        };
        let cause = match &event.metadata.cause {
            Some(cause) if is_past && !self.is_ahead(cause) => Some(self.read_one(cause).await?),
            _ => None,
        };
        Ok(Behind { before, cause })
    }

    /// Whether the way down that it is on comes to this event by itself.
    fn is_ahead(&self, event: &EventPlace) -> bool {
        let head = self.trails.get(&event.agent).and_then(Trail::head);
        event.sequence > Sequence::START && head.is_some_and(|head| event.sequence <= head.sequence)
    }

    /// Goes on to what stands behind `event`. Waits for nothing.
    fn go_on_from(&mut self, event: &StateEvent, Behind { before, cause }: Behind, is_past: bool) {
        if let Some(place) = event.metadata.cause.as_ref().filter(|_| is_past) {
            self.go_to_cause(place, event, cause);
        }
        let Some(trail) = self.trails.get_mut(&event.agent) else { return };
        if is_past {
            trail.note(event);
        }
        self.found.extend(trail.step_down(event, before));
        self.heads.extend(trail.head().map(|head| (head.position, head.agent.clone())));
    }

    /// Goes on to the cause of `effect`.
    fn go_to_cause(&mut self, cause: &EventPlace, effect: &StateEvent, found: Option<Found>) {
        let (event, led_to) = (cause.clone(), effect.place());
        if let Some(replica) = self.elsewhere(cause, effect, found.as_ref()) {
            return self.found.push_back(Influence::Elsewhere { cause: event, effect: led_to, replica });
        }
        let missing = |compacted| Influence::Missing {
            event: event.clone(),
            led_to: led_to.clone(),
            link: Link::Cause,
            compacted,
        };
        match found {
            // The way down comes to it by itself, unless it is the effect.
            None if cause.agent == effect.agent && cause.sequence >= effect.sequence => {
                self.found.push_back(Influence::NotBefore { cause: event, effect: led_to });
            }
            None => {}
            Some(Found::Compacted) => return self.found.push_back(missing(true)),
            Some(Found::Nowhere) => return self.found.push_back(missing(false)),
            Some(Found::Here(found)) if found.position >= effect.position => {
                return self.found.push_back(Influence::NotBefore { cause: event, effect: led_to });
            }
            Some(Found::Here(found)) => {
                self.heads.push((found.position, found.agent.clone()));
                self.trails.entry(found.agent.clone()).or_default().begin_at(*found);
            }
        }
        if let Some(trail) = self.trails.get_mut(&cause.agent) {
            trail.wants(cause.sequence, effect.place());
        }
    }

    /// The replica in whose log the cause stands where it is said to, if that may be another log than this.
    fn elsewhere(&self, cause: &EventPlace, effect: &StateEvent, found: Option<&Found>) -> Option<Replica> {
        let there = effect.metadata.replica.as_ref().filter(|there| self.here.as_ref() != Some(there))?;
        let of_its_agent = match found {
            Some(Found::Here(event)) => event,
            None => self.trails.get(&cause.agent)?.head()?,
            Some(Found::Compacted | Found::Nowhere) => return None,
        };
        of_its_agent.metadata.replica.as_ref().map(|_| there.clone())
    }

    async fn read_one(&self, event: &EventPlace) -> Result<Found, ReadError> {
        let Some(before) = event.sequence.number().checked_sub(1) else { return Ok(Found::Nowhere) };
        let query = Query::of(event.agent.clone(), Sequence::new(before)).up_to(event.sequence);
        match self.log.read(query).await {
            Ok(page) => {
                let event = page.events.into_iter().next();
                Ok(event.map_or(Found::Nowhere, |event| Found::Here(Box::new(event))))
            }
            Err(ReadError::CompactedOf { .. }) => Ok(Found::Compacted),
            Err(error) => Err(error),
        }
    }

    /// The last events before `event`, about `stride` of them.
    async fn read_before(&self, event: &StateEvent, stride: u64) -> Result<Before, ReadError> {
        let last = event.sequence.number().saturating_sub(1);
        let mut after = last.saturating_sub(stride);
        if last == 0 {
            return Ok(Before::Events(Vec::new()));
        }
        loop {
            let query = Query::of(event.agent.clone(), Sequence::new(after)).up_to(Sequence::new(last));
            match self.read_all(query).await {
                Err(ReadError::CompactedOf { up_to, .. }) if up_to.number() >= last => {
                    return Ok(Before::Compacted);
                }
                Err(ReadError::CompactedOf { up_to, .. }) => after = up_to.number(),
                events => return Ok(Before::Events(events?)),
            }
        }
    }

    async fn read_all(&self, mut query: Query) -> Result<Vec<StateEvent>, ReadError> {
        let mut events = Vec::new();
        loop {
            let page = self.log.read(query).await?;
            events.extend(page.events);
            if page.at_end {
                return Ok(events);
            }
            query = page.next;
        }
    }
}

impl fmt::Debug for CausalPast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CausalPast").field("agents", &self.trails.len()).finish_non_exhaustive()
    }
}
