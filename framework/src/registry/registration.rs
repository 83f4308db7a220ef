//! Being in the registry, as a value: as long as it is held, the agent can be found.

use std::sync::Arc;

use super::entry::Entry;
use super::{Departure, Record, Registry};
use crate::identity::lifecycle::Stage;
use crate::identity::{AgentId, Incarnation};

/// One incarnation's place in the registry. Dropping it takes exactly this incarnation out, and does nothing when
/// a newer one has taken its place.
#[derive(Debug)]
#[must_use = "dropping a registration takes the agent out of the registry"]
pub struct Registration {
    registry: Registry,
    entry: Arc<Entry>,
    record: Arc<Record>,
    has_left: bool,
}

/// Why an agent was not registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// This start of it, or a later one, is there already.
    #[error("{id} is registered as incarnation {present}, got {offered}; only a newer one takes its place")]
    Fenced {
        /// Who wanted in.
        id: AgentId,
        /// Which start of it.
        offered: Incarnation,
        /// Which start is there.
        present: Incarnation,
    },
    /// The instance is another agent's.
    #[error("the instance of {id} is that of {owner}; draw a new one")]
    Taken {
        /// Who wanted in.
        id: AgentId,
        /// Whose instance it is.
        owner: Box<AgentId>,
    },
}

impl Registration {
    pub(super) fn new(registry: Registry, entry: Arc<Entry>, record: Arc<Record>) -> Self {
        Self { registry, entry, record, has_left: false }
    }

    /// What is registered.
    #[must_use]
    pub fn record(&self) -> &Arc<Record> {
        &self.record
    }

    /// Tells the registry and its watchers that the agent is in another stage; false when this incarnation is not
    /// there any more, and then nobody is told.
    pub fn set_stage(&self, stage: Stage, reason: &str) -> bool {
        self.registry.stage(&self.entry, &self.record, stage, reason)
    }

    /// Tells of the last stage, as [`Registration::set_stage`], and takes the agent out, in one step; false when this
    /// incarnation is not there any more.
    pub fn end(mut self, last: Stage, reason: &str) -> bool {
        self.has_left = true;
        self.registry.end(&self.entry, &self.record, last, reason)
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if !self.has_left {
            self.registry.leave(&self.entry, &self.record, &Departure::Ended);
        }
    }
}
