//! An event-sourced agent as a value: its log, when it is recovered, how often a snapshot is taken.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;

use super::resolution::Resolving;
use super::{EventSourced, Resolution, Sourced};
use crate::agent::{AgentSpec, Surroundings};
use crate::events::{EventLog, Replica};
use crate::identity::NameError;

/// When the state of an agent is made again after a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recovery {
    /// While it starts: when the start is done, the state is there. A long history makes a long start.
    Eager,
    /// When the first message comes, which waits for it. Agents that are not used cost nothing; their reminders of earlier
    /// starts wait for that message, too.
    Lazy,
}

/// An event-sourced agent that is to be.
pub struct EventSourcedSpec<S: EventSourced> {
    pub(super) args: S::Args,
    pub(super) log: Option<Arc<dyn EventLog>>,
    pub(super) recovery: Recovery,
    pub(super) snapshot_every: Option<NonZeroU64>,
    pub(super) replica: Option<Place<S>>,
}

/// Which replica of a state it is, and how it is resolved.
pub(super) struct Place<S: EventSourced> {
    pub(super) name: Replica,
    pub(super) resolving: Resolving<S>,
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

    /// Its state has replicas, of which this is the one of this name; each has a log of its own, and they tell each
    /// other what happened ([`AntiEntropy`](crate::events::replication::AntiEntropy)). `resolution` says how updates that knew
    /// nothing of each other become one state.
    ///
    /// No two replicas have one name, and none has the name of another one that was lost. Their logs are not compacted:
    /// where an event arrives that belongs before what is in a snapshot, and for a replica that was away, all events
    /// are needed.
    #[must_use]
    pub fn replica(self, name: Replica, resolution: Resolution<S>) -> Self
    where
        S: Clone,
    {
        Self { replica: Some(Place { name, resolving: Resolving::new(resolution) }), ..self }
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

impl<S: EventSourced> Clone for Place<S> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), resolving: self.resolving }
    }
}

impl<S: EventSourced> fmt::Debug for Place<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.name, self.resolving.resolution)
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
