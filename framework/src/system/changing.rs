//! Domains that come and go while the system runs.
//!
//! The list of what there is is changed first, and the supervisors after it: a supervisor that restarts meanwhile
//! starts from the list.

use std::sync::Arc;

use super::System;
use super::branch::Branch;
use crate::domain::{DomainProblem, DomainSpec, check};
use crate::identity::DomainName;
use crate::supervisor::{ChildId, DeleteChildError, RestartChildError, StartChildError, Supervisor};

/// Why a domain, or an agent, was not added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddDomainError {
    /// It does not fit in. Nothing has changed.
    #[error("the domain does not fit in: {0}")]
    Invalid(DomainProblem),
    /// It did not start. Nothing has changed.
    #[error("the domain was not started: {0}")]
    NotStarted(#[from] StartChildError),
    /// There is no such domain.
    #[error("there is no domain {0} that runs")]
    UnknownDomain(DomainName),
}

/// Why a domain was not removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoveDomainError {
    /// Another domain needs it.
    #[error("domain {by} needs it; remove that one first")]
    Needed {
        /// The domain that needs it.
        by: DomainName,
    },
    /// There is no such domain.
    #[error("there is no domain {0}")]
    Unknown(DomainName),
}

/// Why a domain that was down was not started again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreDomainError {
    /// There is no such domain.
    #[error("there is no domain {0}")]
    Unknown(DomainName),
    /// It was not started.
    #[error("the domain was not started: {0}")]
    NotStarted(#[from] RestartChildError),
}

impl System {
    /// Adds a domain after those that are there, and starts it.
    ///
    /// # Errors
    /// When it does not fit in, or does not start; nothing has changed then.
    ///
    /// # Cancel safety
    /// Dropping the future may leave the domain started and listed, or neither.
    pub async fn add_domain(&self, spec: DomainSpec) -> Result<(), AddDomainError> {
        let branch = Branch::new(spec, self.surroundings());
        {
            let mut list = self.branches().list();
            let mut specs: Vec<_> = list.iter().map(|branch| branch.spec.clone()).collect();
            specs.push(branch.spec.clone());
            if let Some(problem) = check(&specs).into_iter().next() {
                return Err(AddDomainError::Invalid(problem));
            }
            list.push(Arc::clone(&branch));
        }
        let started = match self.domains_supervisor() {
            Some(supervisor) => supervisor.start_child(branch.child()).await,
            None => Err(StartChildError::SupervisorGone),
        };
        match started {
            // A restart of all domains has started it already.
            Ok(_) | Err(StartChildError::AlreadyStarted) => Ok(()),
            Err(error) => {
                self.branches().list().retain(|listed| !Arc::ptr_eq(listed, &branch));
                branch.clear(self.surroundings());
                Err(AddDomainError::NotStarted(error))
            }
        }
    }

    /// Stops a domain and forgets it. What waits in its mailboxes comes back.
    ///
    /// # Errors
    /// When there is no such domain, or another one needs it.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the domain forgotten, and perhaps still running.
    pub async fn remove_domain(&self, name: &DomainName) -> Result<(), RemoveDomainError> {
        let branch = {
            let mut list = self.branches().list();
            if let Some(other) = list.iter().find(|branch| branch.spec.needs.contains(name)) {
                return Err(RemoveDomainError::Needed { by: other.name().clone() });
            }
            let Some(position) = list.iter().position(|branch| branch.name() == name) else {
                return Err(RemoveDomainError::Unknown(name.clone()));
            };
            list.remove(position)
        };
        if let Some(supervisor) = self.domains_supervisor() {
            end(&supervisor, name.as_str().into()).await;
        }
        branch.clear(self.surroundings());
        Ok(())
    }

    /// Starts a domain again that has degraded, with all its agents.
    ///
    /// # Errors
    /// When there is no such domain, or it runs, or it does not start: then it stays degraded.
    ///
    /// # Cancel safety
    /// It is tried, whether or not somebody waits.
    pub async fn restore_domain(&self, name: &DomainName) -> Result<(), RestoreDomainError> {
        let branch = self.branch(name).ok_or_else(|| RestoreDomainError::Unknown(name.clone()))?;
        let supervisor = self.domains_supervisor().ok_or(RestartChildError::SupervisorGone)?;
        let degraded = branch.set_degraded(false);
        let restarted = supervisor.restart_child(name.as_str()).await;
        if restarted.is_err() {
            branch.set_degraded(degraded);
        }
        restarted.map(drop).map_err(RestoreDomainError::NotStarted)
    }
}

/// Terminates a child and deletes it, also when its supervisor starts it again in between.
pub(super) async fn end(supervisor: &Supervisor, child: ChildId) {
    loop {
        let _ = supervisor.terminate_child(child.clone()).await;
        match supervisor.delete_child(child.clone()).await {
            Err(DeleteChildError::Running | DeleteChildError::Restarting) => {}
            Ok(())
            | Err(
                DeleteChildError::NotFound
                | DeleteChildError::Dynamic
                | DeleteChildError::SupervisorGone
                | DeleteChildError::SupervisorEnded(_),
            ) => return,
        }
    }
}
