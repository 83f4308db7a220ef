//! One version of an agent in the place of another, while both run.

use std::sync::Arc;
use std::time::Duration;

use super::System;
use super::branch::Branch;
use crate::agent::{AgentSpec, Control};
use crate::identity::{AgentId, AgentName, Version};
use crate::supervisor::{StartChildError, Started};

/// How an upgrade ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgraded {
    /// The agent, in its new version.
    pub id: AgentId,
    /// Whether the old version handled everything that waited for it; what it did not has come back.
    pub finished: bool,
}

/// Why an agent was not upgraded. It goes on as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpgradeError {
    /// It is not here.
    #[error("{0} is not here; list the agents and take one that is")]
    NotHere(AgentId),
    /// The specification is that of another agent.
    #[error("expected a specification of agent {expected}, got one of agent {got}")]
    OtherAgent {
        /// The agent that is to be upgraded.
        expected: AgentName,
        /// The agent that the specification is of.
        got: AgentName,
    },
    /// It is what it is to become.
    #[error("it is of version {0} already; restart it, or give another version")]
    SameVersion(Version),
    /// One upgrade of it is under way.
    #[error("it is being upgraded; wait until that has ended")]
    UnderWay,
    /// The new version did not start.
    #[error("the new version was not started: {0}")]
    NotStarted(#[from] StartChildError),
    /// The new version said that it is not needed.
    #[error("the new version says that it is not needed")]
    NotNeeded,
}

impl System {
    /// Starts another version of an agent beside it, as the same instance, then lets the old one finish what waits
    /// for it, at most for `limit`, and takes it out.
    ///
    /// From the start of the new version on, who looks for the agent finds that. References to the old one lead to
    /// the old one: they say *gone* when it drains. What both store under the agent's
    /// [key](crate::identity::AgentId::key) is the same; the old one is an older incarnation, and fenced.
    ///
    /// # Errors
    /// [`UpgradeError`]; the old version goes on then. If it has failed meanwhile, what waited for it has come back.
    ///
    /// # Cancel safety
    /// Dropping the future may leave both versions running; [`System::remove_agent`] ends either.
    pub async fn upgrade_agent(
        &self,
        old: &Arc<dyn Control>,
        spec: &AgentSpec,
        limit: Duration,
    ) -> Result<Upgraded, UpgradeError> {
        let not_here = || UpgradeError::NotHere(old.id().clone());
        let branch = self.branch(&old.id().domain).ok_or_else(not_here)?;
        let id = self.start_beside(&branch, old, spec).await?;
        let reason = format!("replaced by version {}", id.version);
        let finished = self.drain(old, &reason, limit).await.unwrap_or(false);
        self.remove_agent(old).await;
        Ok(Upgraded { id, finished })
    }

    async fn start_beside(
        &self,
        branch: &Branch,
        old: &Arc<dyn Control>,
        spec: &AgentSpec,
    ) -> Result<AgentId, UpgradeError> {
        let (id, child) = branch.add_beside(old, spec, self.surroundings())?;
        let supervisor = self.domain_supervisor(branch.name()).ok_or(StartChildError::SupervisorGone);
        let started = match &supervisor {
            Ok(supervisor) => supervisor.start_shared(child).await,
            Err(gone) => Err(gone.clone()),
        };
        let refused = match started {
            // A restart of the domain has started it already.
            Ok(Started::Running) | Err(StartChildError::AlreadyStarted) => return Ok(id),
            Ok(Started::Ignored) => UpgradeError::NotNeeded,
            Err(error) => UpgradeError::NotStarted(error),
        };
        self.remove(branch, &id).await;
        old.set_last(false);
        if let (Ok(supervisor), Some(child)) = (supervisor, self.child_id(old)) {
            // It may have ended meanwhile, and was not started again.
            let _ = supervisor.restart_child(child).await;
        }
        Err(refused)
    }
}
