//! Reads a log to its end and then waits for what comes: every event once, in order.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use super::{EventLog, Position, Query, ReadError, Scope, Sequence, StateEvent};

/// A reader that stays.
///
/// There is one for all logs. It reads pages, each from where the last one ended, so nothing is left out and nothing
/// comes twice; that the log has grown is only a reason to read again.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use mistersmith::events::{Append, EventLog, EventType, Follow, Json, MemoryLog, NewEvent};
/// use mistersmith::events::{Position, Query, Sequence, Timestamp};
/// use mistersmith::identity::AgentId;
///
/// let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new());
/// let mut follow = Follow::new(Arc::clone(&log), Query::all(Position::START));
///
/// let agent = "bank/account@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44".parse::<AgentId>()?.key();
/// let opened = NewEvent::new(Timestamp::from_micros(1), EventType::first("Opened")?, Json::parse("{}")?);
/// log.append(Append::new(agent, Sequence::START, [opened])).await?;
/// assert_eq!(follow.next().await?.event_type.to_string(), "Opened@1");
/// # Ok(())
/// # }
/// ```
pub struct Follow {
    log: Arc<dyn EventLog>,
    head: watch::Receiver<Position>,
    query: Query,
    read: VecDeque<StateEvent>,
    at_end: bool,
}

impl Follow {
    /// Follows `log`: what `query` asks for, and what will be there.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, query: Query) -> Self {
        Self { head: log.head(), log, query, read: VecDeque::new(), at_end: false }
    }

    /// Passes over the events of its agent up to this one, which are not kept any more.
    pub(super) fn go_on_after(&mut self, up_to: Sequence) {
        if let Scope::Agent { after, .. } = &mut self.query.scope {
            *after = up_to.max(*after);
        }
    }

    /// The next event; waits for it.
    ///
    /// # Errors
    /// When it cannot be read. The next call tries again.
    ///
    /// # Cancel safety
    /// No event is lost.
    pub async fn next(&mut self) -> Result<StateEvent, ReadError> {
        loop {
            if let Some(event) = self.next_there_is().await? {
                return Ok(event);
            }
            self.head.changed().await.map_err(|_| ReadError::Closed)?;
            self.at_end = false;
        }
    }

    /// The next event, if it is there already.
    ///
    /// # Errors
    /// As [`Follow::next`].
    ///
    /// # Cancel safety
    /// No event is lost.
    pub async fn next_there_is(&mut self) -> Result<Option<StateEvent>, ReadError> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Ok(Some(event));
            }
            if self.at_end && !self.head.has_changed().unwrap_or(false) {
                return Ok(None);
            }
            // Seen before the read: what comes during it is a change that is still to be noticed.
            self.head.borrow_and_update();
            let page = self.log.read(self.query.clone()).await?;
            self.query = page.next;
            self.at_end = page.at_end;
            self.read = page.events.into();
        }
    }
}

impl fmt::Debug for Follow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follow")
            .field("query", &self.query)
            .field("read", &self.read.len())
            .finish_non_exhaustive()
    }
}
