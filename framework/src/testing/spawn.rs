//! What can be spawned in a test, and what the test then holds.

use std::sync::Arc;

use crate::agent::{AgentSpec, Control};
use crate::contract::Contract;
use crate::identity::{AgentId, NameError};
use crate::routing::{AgentRef, NotFound};
use crate::system::System;

/// What a [`MultiAgentTestRuntime`](super::MultiAgentTestRuntime) can spawn: an [`AgentSpec`], or something that
/// makes one and has a handle of its own.
pub trait Spawn {
    /// What the test then holds.
    type Spawned;

    /// The agent to spawn.
    ///
    /// # Errors
    /// When its name is none.
    fn spec(&self) -> Result<AgentSpec, NameError>;

    /// The handle on the agent, which runs.
    fn spawned(self, agent: Spawned) -> Self::Spawned;
}

/// An agent that was spawned in a test.
#[derive(Clone, Debug)]
pub struct Spawned {
    id: AgentId,
    system: System,
}

impl Spawned {
    pub(super) fn new(id: AgentId, system: System) -> Self {
        Self { id, system }
    }

    /// Who it is.
    #[must_use]
    pub fn id(&self) -> &AgentId {
        &self.id
    }

    /// The system it runs in.
    #[must_use]
    pub fn system(&self) -> &System {
        &self.system
    }

    /// The agent under its contract, to ask and to tell.
    ///
    /// # Errors
    /// [`NotFound`] when it answers another contract, or is not up.
    pub fn agent<C: Contract>(&self) -> Result<AgentRef<C>, NotFound> {
        self.system.router().direct(&self.id)
    }

    /// The agent as those hold it who run the system; `None` when it has been removed.
    #[must_use]
    pub fn control(&self) -> Option<Arc<dyn Control>> {
        self.system.agents().into_iter().find(|agent| *agent.id() == self.id)
    }
}

impl Spawn for AgentSpec {
    type Spawned = Spawned;

    fn spec(&self) -> Result<AgentSpec, NameError> {
        Ok(self.clone())
    }

    fn spawned(self, agent: Spawned) -> Spawned {
        agent
    }
}

/// A name of an agent made from a label: in lower case, with `-` for what a name has no place for.
pub(super) fn name_of(label: &str) -> String {
    let fits = |c: char| if matches!(c, 'a'..='z' | '0'..='9' | '_' | '-') { c } else { '-' };
    label.to_lowercase().chars().map(fits).collect()
}
