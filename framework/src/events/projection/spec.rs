//! A projection as a value: what it follows, what it fills, and the agent that does it.

use std::fmt;
use std::sync::Arc;

use super::running::ProjectionAgent;
use super::{Projection, ProjectionHandle, ReadModel};
use crate::agent::{AgentSpec, Surroundings};
use crate::events::EventLog;
use crate::identity::NameError;

/// A projection that is to be run.
pub struct ProjectionSpec<P: Projection> {
    pub(super) projection: Arc<P>,
    pub(super) model: Arc<dyn ReadModel<Model = P::Model>>,
    pub(super) log: Option<Arc<dyn EventLog>>,
    pub(super) gaps: bool,
    pub(super) handle: ProjectionHandle,
}

impl<P: Projection> ProjectionSpec<P> {
    /// Makes `model` of the events of `log`.
    #[must_use]
    pub fn new(projection: P, model: Arc<dyn ReadModel<Model = P::Model>>, log: Arc<dyn EventLog>) -> Self {
        Self { log: Some(log), ..Self::in_system_log(projection, model) }
    }

    /// Makes `model` of the events of the event log of the system. Where that has none, the agent does not start, and says
    /// so.
    #[must_use]
    pub fn in_system_log(projection: P, model: Arc<dyn ReadModel<Model = P::Model>>) -> Self {
        let handle = ProjectionHandle::new();
        Self { projection: Arc::new(projection), model, log: None, gaps: false, handle }
    }

    /// Makes the model of what is left where events have been compacted. Without this, a projection that would miss events
    /// is suspended, and says so.
    #[must_use]
    pub fn with_gaps(self) -> Self {
        Self { gaps: true, ..self }
    }

    /// How far it is, for whoever wants to know.
    #[must_use]
    pub fn handle(&self) -> ProjectionHandle {
        self.handle.clone()
    }

    /// The agent that runs it, to be given further properties and put into a domain. It is permanent, as any agent.
    ///
    /// # Errors
    /// When `name` is not a name for an agent.
    pub fn agent(self, name: impl AsRef<str>) -> Result<AgentSpec, NameError> {
        AgentSpec::new::<ProjectionAgent<P>>(name, self)
    }

    pub(super) fn log_in(&self, surroundings: &Surroundings) -> Option<Arc<dyn EventLog>> {
        self.log.clone().or_else(|| surroundings.left())
    }
}

// Not derived: the projection itself needs neither.
impl<P: Projection> Clone for ProjectionSpec<P> {
    fn clone(&self) -> Self {
        Self {
            projection: Arc::clone(&self.projection),
            model: Arc::clone(&self.model),
            log: self.log.clone(),
            gaps: self.gaps,
            handle: self.handle.clone(),
        }
    }
}

impl<P: Projection> fmt::Debug for ProjectionSpec<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProjectionSpec")
            .field("log", &self.log)
            .field("gaps", &self.gaps)
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}
