//! An event-sourced agent as a value: its log, when it is recovered, how often a snapshot is taken.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;

use super::{EventSourced, Sourced};
use crate::agent::{AgentSpec, Surroundings};
use crate::events::{EventLog, Replica};
use crate::identity::NameError;

/// When the state of an agent is made again after a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recovery {
    /// While it starts: when the start is done, the state is there. A long history makes a long start.
    Eager,
    /// When the first message comes, which waits for it. Agents that are not used cost nothing.
    Lazy,
}

/// An event-sourced agent that is to be.
pub struct EventSourcedSpec<S: EventSourced> {
    pub(super) args: S::Args,
    pub(super) log: Option<Arc<dyn EventLog>>,
    pub(super) recovery: Recovery,
    pub(super) snapshot_every: Option<NonZeroU64>,
    pub(super) replica: Option<Replica>,
}

impl<S: EventSourced> EventSourcedSpec<S> {
    /// An agent whose events are in `log`, without snapshots.
    #[must_use]
    pub fn new(args: S::Args, log: Arc<dyn EventLog>, recovery: Recovery) -> Self {
        Self { log: Some(log), ..Self::in_system_log(args, recovery) }
    }

    /// An agent whose events are in the event log of its system, without snapshots. Where the system has none, the
    /// agent does not start, and says so.
    #[must_use]
    pub fn in_system_log(args: S::Args, recovery: Recovery) -> Self {
        Self { args, log: None, recovery, snapshot_every: None, replica: None }
    }

    /// The log of the agent: its own, or that of its system.
    pub(super) fn log_in(&self, surroundings: &Surroundings) -> Option<Arc<dyn EventLog>> {
        self.log.clone().or_else(|| surroundings.left())
    }

    /// Takes a snapshot whenever so many events have come since the last one.
    #[must_use]
    pub fn snapshot_every(self, events: NonZeroU64) -> Self {
        Self { snapshot_every: Some(events), ..self }
    }

    /// Its state has replicas, and what happens here happens on this one: its events carry a vector clock.
    #[must_use]
    pub fn replica(self, replica: Replica) -> Self {
        Self { replica: Some(replica), ..self }
    }

    /// The agent, to be given further properties and put into a domain. It is permanent, as any agent.
    ///
    /// # Errors
    /// When `name` is not a name for an agent.
    pub fn agent(self, name: impl AsRef<str>) -> Result<AgentSpec, NameError> {
        AgentSpec::new::<Sourced<S>>(name, self)
    }
}

// Not derived: the state itself needs neither.
impl<S: EventSourced> Clone for EventSourcedSpec<S> {
    fn clone(&self) -> Self {
        Self {
            args: self.args.clone(),
            log: self.log.clone(),
            recovery: self.recovery,
            snapshot_every: self.snapshot_every,
            replica: self.replica.clone(),
        }
    }
}

impl<S: EventSourced> fmt::Debug for EventSourcedSpec<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSourcedSpec")
            .field("log", &self.log)
            .field("recovery", &self.recovery)
            .field("snapshot_every", &self.snapshot_every)
            .field("replica", &self.replica)
            .finish_non_exhaustive()
    }
}
