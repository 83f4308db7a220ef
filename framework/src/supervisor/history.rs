//! What supervisors decided, and why: a bounded list of events that all supervisors of one tree write to.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;

use super::past::Changes;
use super::{ChildId, Listener, Report, Verdict};
use crate::exit::Exit;

/// Something that a supervisor did, with its cause.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// Events of one history are numbered from 1, without gaps.
    pub number: u64,
    /// When, since the origin of the system's clock.
    #[serde(serialize_with = "as_seconds")]
    pub at: Duration,
    /// When, by the wall clock: milliseconds since the Unix epoch.
    pub wall_millis: u64,
    /// The supervisor, as a path from the root.
    pub supervisor: Arc<str>,
    /// The event that led to this one, if it is known.
    pub cause: Option<u64>,
    /// What was done.
    #[serde(flatten)]
    pub what: What,
}

/// What a supervisor did.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// It came up, with its children.
    Up {
        /// How many children run.
        children: usize,
    },
    /// It could not come up.
    NotStarted {
        /// What failed, and why.
        exit: Exit,
    },
    /// A restart begins in which supervisors stop or start. They write events of their own, whose cause this is; what
    /// came of it all is the decision that follows.
    RestartBegins {
        /// The child that is started again.
        child: ChildId,
        /// How it ended, or why it could not be started.
        exit: Exit,
    },
    /// It decided about a child that had ended or could not be started again.
    Decided(Box<Decision>),
    /// It gave up: a restart would have been one too many. It stops its other children and ends.
    GaveUp {
        /// The child whose restart was too many.
        child: ChildId,
        /// How that child ended.
        exit: Exit,
    },
    /// A significant child ended for good, so it stops itself.
    AutoShutdown {
        /// The significant child.
        child: ChildId,
        /// How that child ended.
        exit: Exit,
    },
    /// It has stopped in good order.
    Stopped {
        /// The reason it was given, or has.
        reason: Exit,
    },
    /// A child was started by a call.
    ChildStarted {
        /// The child.
        child: ChildId,
    },
    /// A child was terminated by a call.
    ChildTerminated {
        /// The child.
        child: ChildId,
    },
    /// It took a new specification.
    Upgraded {
        /// New children, which are down until they are started.
        added: Names,
        /// Children that the new specification does not have, and that run on under their old one.
        kept: Names,
    },
    /// A restart that was put off is carried out.
    Resumed(Box<Decision>),
    /// A child was killed and has still not ended: code in it does not await. It is fenced by its incarnation, and
    /// its name is not given away until it is gone.
    Orphaned {
        /// The child.
        child: ChildId,
    },
    /// A child that was killed and did not yield is gone at last, with everything below it.
    Yielded {
        /// The child.
        child: ChildId,
    },
}

/// What was decided about one end of a child, and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Decision {
    /// The child.
    pub child: ChildId,
    /// Which incarnation of which agent that was, if it was an agent.
    pub occupant: Option<Occupant>,
    /// How it ended, or why it could not be started.
    pub exit: Exit,
    /// Whether this is a further attempt after a restart that failed.
    pub retry: bool,
    /// What became of the child.
    pub verdict: Verdict,
    /// Who was stopped for it, in this order.
    pub stopped: Names,
    /// Which temporary siblings were forgotten.
    pub forgotten: Names,
    /// Who was started, in this order.
    pub started: Names,
    /// Whose start failed, if one did; it is tried again.
    pub failed: Option<ChildId>,
    /// What its starts wait for, if they were put off: they follow with an event of their own.
    pub put_off: Option<PutOff>,
    /// How many restarts the supervisor may still make now.
    pub budget_left: u32,
    /// How long stopping and starting took.
    #[serde(serialize_with = "as_seconds")]
    pub took: Duration,
}

/// What a restart waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PutOff {
    /// For so long at least, in seconds.
    #[serde(serialize_with = "as_seconds")]
    pub delay: Duration,
    /// Until these are gone, who were killed and do not yield.
    pub orphans: Names,
}

/// One incarnation of an agent, as a supervisor knows it: by text and number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Occupant {
    /// The agent's id.
    pub agent: Arc<str>,
    /// How often it had been started.
    pub incarnation: u64,
}

/// A list of children, of which at most [`Names::MOST`] are kept by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    /// The first ones.
    pub first: Vec<ChildId>,
    /// How many there are in all.
    pub total: usize,
}

impl Names {
    /// How many names are kept.
    pub const MOST: usize = 64;

    pub(crate) fn push(&mut self, id: ChildId) {
        self.total += 1;
        if self.first.is_empty() {
            self.first.reserve_exact(1); // most lists are of one
        }
        if self.first.len() < Self::MOST {
            self.first.push(id);
        }
    }
}

fn as_seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// The newest events of one tree. Cheap to clone; clones share the events.
#[derive(Clone)]
pub struct History(Arc<Inner>);

struct Inner {
    capacity: usize,
    listener: Option<Listener>,
    events: Mutex<VecDeque<Event>>,
    changes: Changes,
    appended: Notify,
}

impl History {
    /// How many events a system keeps, unless told otherwise.
    pub const CAPACITY: usize = 10_000;

    /// A history that keeps the newest `capacity` events.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self::made(capacity, None)
    }

    /// As [`History::new`], and every supervisor of the tree tells `listener` what it does while it does it.
    #[must_use]
    pub fn reporting_to(capacity: usize, listener: Listener) -> Self {
        Self::made(capacity, Some(listener))
    }

    fn made(capacity: usize, listener: Option<Listener>) -> Self {
        let capacity = capacity.max(1);
        let (events, changes) = (Mutex::new(VecDeque::new()), Changes::new(capacity));
        Self(Arc::new(Inner { capacity, listener, events, changes, appended: Notify::new() }))
    }

    /// The events that are still kept, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.since(0)
    }

    /// The events with a number above `number`, oldest first, as far as they are still kept.
    #[must_use]
    pub fn since(&self, number: u64) -> Vec<Event> {
        let events = self.kept();
        let known = events.partition_point(|event| event.number <= number);
        events.range(known..).cloned().collect()
    }

    /// The number of the newest event; 0 before the first.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.kept().back().map_or(0, |event| event.number)
    }

    /// Waits for an event with a number above `number`, and returns all that are.
    ///
    /// # Cancel safety
    /// Nothing is lost: ask again with the same number.
    pub async fn after(&self, number: u64) -> Vec<Event> {
        loop {
            // Before the look, so that what is appended after it is heard.
            let appended = self.0.appended.notified();
            let events = self.since(number);
            if !events.is_empty() {
                return events;
            }
            appended.await;
        }
    }

    /// Whether there is somebody who hears the reports.
    pub(super) fn is_heard(&self) -> bool {
        self.0.listener.is_some()
    }

    pub(super) fn report(&self, supervisor: &str, report: Report<'_>) {
        if let Some(listener) = &self.0.listener {
            listener(supervisor, report);
        }
    }

    /// What became of the children lately.
    pub(super) fn changes(&self) -> &Changes {
        &self.0.changes
    }

    /// Appends an event of this moment, on the system's clock and in milliseconds since the Unix epoch; its number.
    pub(crate) fn record(
        &self,
        (at, wall_millis): (Duration, u64),
        supervisor: &Arc<str>,
        cause: Option<u64>,
        what: What,
    ) -> u64 {
        let mut events = self.kept();
        let number = events.back().map_or(0, |event| event.number) + 1;
        if events.len() == self.0.capacity {
            events.pop_front();
        }
        events.push_back(Event { number, at, wall_millis, supervisor: Arc::clone(supervisor), cause, what });
        drop(events);
        self.0.appended.notify_waiters();
        number
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Event>> {
        self.0.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "History({} events)", self.newest())
    }
}

impl Default for History {
    fn default() -> Self {
        Self::new(Self::CAPACITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(history: &History, children: usize) -> u64 {
        history.record((Duration::ZERO, 0), &"root".into(), None, What::Up { children })
    }

    #[tokio::test]
    async fn the_newest_events_are_kept_and_numbered_without_gaps() {
        let history = History::new(3);
        for children in 0..5 {
            record(&history, children);
        }
        let numbers: Vec<_> = history.events().iter().map(|event| event.number).collect();
        assert_eq!(numbers, [3, 4, 5]);
        assert_eq!(history.since(4).len(), 1);
        assert_eq!(history.newest(), 5);
    }

    #[tokio::test]
    async fn waiting_for_events_that_are_there_returns_at_once() {
        let history = History::new(3);
        record(&history, 0);
        assert_eq!(history.after(0).await.len(), 1);
        let (waited, _) = tokio::join!(history.after(1), async { record(&history, 1) });
        assert_eq!(waited[0].number, 2);
    }

    #[test]
    fn a_long_list_of_names_keeps_its_length() {
        let mut names = Names::default();
        for child in 0..1_000 {
            names.push(ChildId::from(child.to_string()));
        }
        assert_eq!((names.first.len(), names.total), (Names::MOST, 1_000));
    }
}
