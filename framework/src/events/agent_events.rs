//! Everything that a log has of one agent: the changes of its state and those of its life, in the order of the log.

use std::sync::Arc;

use tokio::sync::watch;

use super::{
    AsOf, EventLog, EventName, Follow, LifeChange, Position, Query, ReadError, Sequence, StateEvent,
    Timestamp,
};
use crate::identity::AgentKey;

/// Which events of an agent are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentEventsWanted {
    /// Only those after this one of its state; what happened in its life is left out then.
    pub after: Option<Sequence>,
    /// Only those written at this time or later.
    pub since: Option<Timestamp>,
    /// Only those up to this moment; up to a sequence, what happened in its life is left out.
    pub as_of: AsOf,
    /// Only those of this kind.
    pub event_type: Option<EventName>,
}

/// What a log has of an agent, and what it has no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentEvent {
    /// The events of its state, or the changes of its life, up to this one were dropped by a compaction; those that
    /// follow begin after it.
    Dropped {
        /// Whether it is its life of which that is true; otherwise its state.
        life: bool,
        /// The last one that was dropped.
        up_to: Sequence,
    },
    /// An event of its state, or a change of its life.
    Event(Box<StateEvent>),
}

/// Reads the events of one agent.
#[derive(Debug)]
pub struct AgentEvents {
    head: watch::Receiver<Position>,
    state: Ahead,
    life: Option<Ahead>,
}

/// A follower that knows its next event.
#[derive(Debug)]
struct Ahead {
    follow: Follow,
    next: Option<AgentEvent>,
    is_life: bool,
}

impl Ahead {
    fn new(log: &Arc<dyn EventLog>, query: Query, is_life: bool) -> Self {
        Self { follow: Follow::new(Arc::clone(log), query), next: None, is_life }
    }

    /// Looks for the next event, if it is not known. What was dropped stands before all that is there.
    async fn look(&mut self) -> Result<Option<Position>, ReadError> {
        if self.next.is_none() {
            self.next = match self.follow.next_there_is().await {
                Err(ReadError::CompactedOf { up_to, .. }) => {
                    self.follow.go_on_after(up_to);
                    Some(AgentEvent::Dropped { life: self.is_life, up_to })
                }
                event => event?.map(|event| AgentEvent::Event(Box::new(event))),
            };
        }
        Ok(self.next.as_ref().map(|next| match next {
            AgentEvent::Dropped { .. } => Position::START,
            AgentEvent::Event(event) => event.position,
        }))
    }
}

impl AgentEventsWanted {
    fn query(&self, agent: AgentKey) -> Query {
        let mut query = Query::of(agent, self.after.unwrap_or_default());
        match self.as_of {
            AsOf::Now => {}
            AsOf::Sequence(last) => query = query.up_to(last),
            AsOf::Time(last) => query = query.until(last),
        }
        query.since = self.since;
        query.event_type.clone_from(&self.event_type);
        query
    }
}

impl AgentEvents {
    /// Reads those events of `agent` that are wanted.
    #[must_use]
    pub fn new(log: &Arc<dyn EventLog>, agent: &AgentKey, wanted: &AgentEventsWanted) -> Self {
        let of_state_only = wanted.after.is_some() || matches!(wanted.as_of, AsOf::Sequence(_));
        let life = (!of_state_only).then(|| Ahead::new(log, wanted.query(LifeChange::key(agent)), true));
        Self { head: log.head(), state: Ahead::new(log, wanted.query(agent.clone()), false), life }
    }

    /// The next event; waits for it.
    ///
    /// # Errors
    /// When it cannot be read.
    ///
    /// # Cancel safety
    /// No event is lost.
    pub async fn next(&mut self) -> Result<AgentEvent, ReadError> {
        loop {
            // Seen before the look: what comes during it is a change that is still to be noticed.
            self.head.borrow_and_update();
            if let Some(event) = self.next_there_is().await? {
                return Ok(event);
            }
            self.head.changed().await.map_err(|_| ReadError::Closed)?;
        }
    }

    /// The next event, if it is there already.
    ///
    /// # Errors
    /// As [`AgentEvents::next`].
    ///
    /// # Cancel safety
    /// No event is lost.
    pub async fn next_there_is(&mut self) -> Result<Option<AgentEvent>, ReadError> {
        let mut state = self.state.look().await?;
        let Some(life) = &mut self.life else { return Ok(self.state.next.take()) };
        let lived = life.look().await?;
        if state.is_none() && lived.is_some() {
            // An event of the state may have come before this one, after it was looked for.
            state = self.state.look().await?;
        }
        let life_first = lived.is_some_and(|lived| state.is_none_or(|state| lived < state));
        Ok(if life_first { life.next.take() } else { self.state.next.take() })
    }
}
