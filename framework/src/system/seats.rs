//! The agents of a running system by their seats: one more, one less, and what a domain may use.

use std::sync::Arc;
use std::time::Duration;

use super::branch::Branch;
use super::{AddDomainError, System};
use crate::agent::{AgentSpec, Control, ControlError};
use crate::domain::DomainLimits;
use crate::identity::{AgentId, DomainName};
use crate::supervisor::{ChildId, StartChildError, Supervisor};

impl System {
    /// What an agent is called in its domain's supervisor, and so in the history; `None` when it is not here.
    #[must_use]
    pub fn child_id(&self, agent: &Arc<dyn Control>) -> Option<ChildId> {
        let branch = self.branch(&agent.id().domain)?;
        let seats = branch.seats();
        let seat = seats.iter().find(|seat| seat.control.id() == agent.id())?;
        Some(seat.child.id().clone())
    }

    /// Starts one more agent in a domain that runs. It is there again after a restart of the domain.
    ///
    /// # Errors
    /// When the domain does not run or is full, or the agent does not start; nothing has changed then.
    ///
    /// # Cancel safety
    /// Dropping the future may leave the agent started and listed, or neither.
    pub async fn add_agent(&self, domain: &DomainName, spec: &AgentSpec) -> Result<AgentId, AddDomainError> {
        let unknown = || AddDomainError::UnknownDomain(domain.clone());
        let branch = self.branch(domain).ok_or_else(unknown)?;
        let supervisor = self.domain_supervisor(domain).ok_or_else(unknown)?;
        let (id, child) = branch.add(spec, self.surroundings()).map_err(AddDomainError::Invalid)?;
        match supervisor.start_shared(child).await {
            // A restart of the domain has started it already.
            Ok(_) | Err(StartChildError::AlreadyStarted) => Ok(id),
            Err(error) => {
                branch.remove(&id, self.surroundings());
                Err(AddDomainError::NotStarted(error))
            }
        }
    }

    /// Why an agent was ended by hand, by a drain for one; `None` when it was not. It stays in the tree, down, also
    /// when its domain is started again, and readiness tells of it without missing it.
    #[must_use]
    pub fn ended_by_hand(&self, agent: &Arc<dyn Control>) -> Option<Arc<str>> {
        self.branch(&agent.id().domain)?.ended(&self.child_id(agent)?)
    }

    /// Lets an agent finish what waits for it, at most for `limit`, then ends it for good. Whether everything was
    /// handled; what was not comes back.
    ///
    /// # Errors
    /// When it is neither active nor suspended.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the agent draining.
    pub async fn drain(
        &self,
        agent: &Arc<dyn Control>,
        reason: &str,
        limit: Duration,
    ) -> Result<bool, ControlError> {
        let drained = agent.drain(reason, limit).await?;
        self.terminate_for(agent, reason).await;
        Ok(drained)
    }

    /// Ends an agent for good, by its shutdown policy. What waits for it comes back, no restart of its domain
    /// brings it back, and readiness does not miss it: it says that it was ended by hand.
    ///
    /// # Cancel safety
    /// It is ended, whether or not somebody waits.
    pub async fn terminate(&self, agent: &Arc<dyn Control>) {
        self.terminate_for(agent, "terminated").await;
    }

    async fn terminate_for(&self, agent: &Arc<dyn Control>, reason: &str) {
        let Some(branch) = self.branch(&agent.id().domain) else { return };
        let Some(child) = branch.end_for_good(agent.id(), reason) else { return };
        if let Some(supervisor) = self.domain_supervisor(&agent.id().domain) {
            let _ = supervisor.terminate_child(child).await;
        }
    }

    /// Ends an agent for good, as [`System::terminate`] does, and forgets it: it makes room for another one in its
    /// domain. `false` when it is not here.
    ///
    /// # Cancel safety
    /// It is ended, whether or not somebody waits; dropping the future may leave it known.
    pub async fn remove_agent(&self, agent: &Arc<dyn Control>) -> bool {
        match self.branch(&agent.id().domain) {
            Some(branch) => self.remove(&branch, agent.id()).await,
            None => false,
        }
    }

    pub(super) async fn remove(&self, branch: &Branch, id: &AgentId) -> bool {
        let Some(child) = branch.end_for_good(id, "removed") else { return false };
        if let Some(supervisor) = self.domain_supervisor(branch.name()) {
            super::changing::end(&supervisor, child).await;
        }
        branch.remove(id, self.surroundings());
        true
    }

    pub(super) fn domain_supervisor(&self, domain: &DomainName) -> Option<Supervisor> {
        self.domains_supervisor()?.child(domain.as_str())
    }

    /// What the agents of a domain together may use; `None` when there is no such domain.
    #[must_use]
    pub fn domain_limits(&self, domain: &DomainName) -> Option<DomainLimits> {
        Some(*self.branch(domain)?.limits())
    }

    /// Changes what the agents of a domain together may use; `false` when there is no such domain.
    ///
    /// The number of agents is enforced here, from the next one on. Memory and messages are for whoever samples
    /// them to act on.
    pub fn set_domain_limits(&self, domain: &DomainName, limits: DomainLimits) -> bool {
        self.branch(domain).map(|branch| *branch.limits() = limits).is_some()
    }
}
