//! What waits to be written into a system's event log: bounded, and those who fill it never wait.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::agent::LifeListener;
use crate::clock::Clock;
use crate::engine::Waker;
use crate::events::{EventLog, LifeChange, Timestamp};
use crate::identity::lifecycle::Change;
use crate::identity::{AgentId, AgentKey, Incarnation};

/// How many changes may wait; one more is lost, counted, and told.
const ROOM: usize = 65_536;

/// One change that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) agent: Arc<AgentId>,
    pub(super) change: LifeChange,
    pub(super) at: Timestamp,
}

/// The lives of a system's agents on their way into its log.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) log: Arc<dyn EventLog>,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    waker: Option<Waker>,
    recorded: u64,
    lost: u64,
    trouble: Option<String>,
}

/// How a system's event log takes what happens to its agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RecordingReport {
    /// Changes in the lives of agents that are in the log, and what supervisors did.
    pub recorded: u64,
    /// Changes that wait to be written.
    pub waiting: usize,
    /// Changes that were not written, because too many waited or the log would not take them.
    pub lost: u64,
    /// Why nothing is written at present; `None` when it is.
    pub trouble: Option<String>,
}

impl Recording {
    pub(super) fn new(log: Arc<dyn EventLog>, clock: Clock) -> Arc<Self> {
        Arc::new(Self { log, clock, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on, this is woken when something waits.
    pub(super) fn wakes(&self, waker: Waker) {
        self.state().waker = Some(waker);
    }

    /// The oldest that wait, so many at most.
    pub(super) fn take(&self, most: usize) -> Vec<Waiting> {
        let mut state = self.state();
        let count = most.min(state.waiting.len());
        state.waiting.drain(..count).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state().waiting.is_empty()
    }

    /// So many events are in the log: it works.
    pub(super) fn recorded(&self, events: usize) {
        let mut state = self.state();
        state.recorded += events as u64;
        state.trouble = None;
    }

    /// So many will not be in the log.
    pub(super) fn lost(&self, changes: u64) {
        self.state().lost += changes;
    }

    /// The log does not take events; whether that is news.
    pub(super) fn troubled(&self, trouble: String) -> bool {
        let mut state = self.state();
        let is_news = state.trouble.as_ref() != Some(&trouble);
        state.trouble = Some(trouble);
        is_news
    }

    pub(super) fn report(&self) -> RecordingReport {
        let State { waiting, recorded, lost, trouble, .. } = &*self.state();
        RecordingReport { recorded: *recorded, waiting: waiting.len(), lost: *lost, trouble: trouble.clone() }
    }

    /// Why the system is not ready, if the log is the reason.
    pub(super) fn reason(&self) -> Option<String> {
        if let Some(damage) = self.log.damage() {
            return Some(format!("the event log is damaged: {damage}"));
        }
        let RecordingReport { trouble, lost, waiting, .. } = self.report();
        let lost = if lost > 0 { format!(", {lost} are lost") } else { String::new() };
        Some(format!("the event log takes no events: {}; {waiting} changes wait{lost}", trouble?))
    }
}

impl LifeListener for Recording {
    fn changed(&self, agent: &Arc<AgentId>, incarnation: Incarnation, change: &Change) {
        let at = Timestamp::from(self.clock.wall());
        let (from, to) = (change.from.stage(), change.to.stage());
        let change = LifeChange { incarnation, from, to, reason: change.reason().to_owned() };
        let mut state = self.state();
        if state.waiting.len() >= ROOM {
            state.lost += 1;
            return;
        }
        state.waiting.push_back(Waiting { agent: Arc::clone(agent), change, at });
        if state.waiting.len() == 1
            && let Some(waker) = &state.waker
        {
            waker.wake();
        }
    }
}

/// Under which key a system's event log keeps what its supervisors did.
pub(super) fn supervision(system: &str) -> Result<AgentKey, crate::identity::NameError> {
    use crate::identity::{AgentName, DomainName, InstanceId};
    let (domain, name) = (DomainName::new("system")?, AgentName::new("supervision")?);
    let instance = InstanceId::of(system, &domain, &name, 1);
    Ok(AgentKey { domain, name, instance })
}
