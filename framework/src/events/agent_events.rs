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
    next: Option<StateEvent>,
}

impl Ahead {
    fn new(log: &Arc<dyn EventLog>, query: Query) -> Self {
        Self { follow: Follow::new(Arc::clone(log), query), next: None }
    }

    /// Looks for the next event, if it is not known.
    async fn look(&mut self) -> Result<Option<Position>, ReadError> {
        if self.next.is_none() {
            self.next = self.follow.next_there_is().await?;
        }
        Ok(self.next.as_ref().map(|event| event.position))
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
        let life = (!of_state_only).then(|| Ahead::new(log, wanted.query(LifeChange::key(agent))));
        Self { head: log.head(), state: Ahead::new(log, wanted.query(agent.clone())), life }
    }

    /// The next event; waits for it.
    ///
    /// # Errors
    /// When it cannot be read.
    ///
    /// # Cancel safety
    /// No event is lost.
    pub async fn next(&mut self) -> Result<StateEvent, ReadError> {
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
    pub async fn next_there_is(&mut self) -> Result<Option<StateEvent>, ReadError> {
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
