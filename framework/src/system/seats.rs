//! The agents of a running system by their seats: what they are called, how to forget one, what a domain may use.

use std::sync::Arc;

use super::System;
use crate::agent::Control;
use crate::domain::DomainLimits;
use crate::identity::DomainName;
use crate::supervisor::ChildId;

impl System {
    /// What an agent is called in its domain's supervisor, and so in the history; `None` when it is not here.
    #[must_use]
    pub fn child_id(&self, agent: &Arc<dyn Control>) -> Option<ChildId> {
        let branch = self.branch(&agent.id().domain)?;
        let seats = branch.seats();
        let seat = seats.iter().find(|seat| seat.control.id() == agent.id())?;
        Some(seat.child.id().clone())
    }

    /// Ends an agent for good, as [`System::terminate`] does, and forgets it: it makes room for another one in its
    /// domain, and a restart of the domain does not bring it back. `false` when it is not here.
    ///
    /// # Cancel safety
    /// It is ended, whether or not somebody waits; dropping the future may leave it known.
    pub async fn remove_agent(&self, agent: &Arc<dyn Control>) -> bool {
        let id = agent.id();
        let (Some(branch), Some(child)) = (self.branch(&id.domain), self.child_id(agent)) else {
            return false;
        };
        self.terminate(agent).await;
        branch.seats().retain(|seat| seat.control.id() != id);
        if let Some(supervisor) =
            self.domains_supervisor().and_then(|domains| domains.child(id.domain.as_str()))
        {
            let _ = supervisor.delete_child(child).await;
        }
        true
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
