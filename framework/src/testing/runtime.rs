//! A system that grows as a test spawns agents in it.

use super::{Spawn, Spawned, settled};
use crate::clock::Clock;
use crate::domain::{DomainLimits, DomainSpec};
use crate::identity::{DomainName, NameError};
use crate::supervisor::{Flags, Strategy};
use crate::system::{AddDomainError, StartError, System};

/// The seed of a runtime that was given none.
const SEED: u64 = 1;

/// What the domain is called that all agents are spawned in.
const DOMAIN: &str = "test";

/// A system of its own for one test: agents of any type are spawned in it, and found, sent to and killed.
///
/// All of them are in the domain `test`, one_for_one, 1,000 restarts in 5 s. Time is tokio's, which a test should
/// pause; everything that is random follows from the seed. Dropping it kills everything.
#[derive(Debug)]
pub struct MultiAgentTestRuntime {
    clock: Clock,
    system: Option<System>,
}

/// Why an agent was not spawned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpawnError {
    /// Its name is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The system to spawn it in did not start.
    #[error(transparent)]
    System(#[from] StartError),
    /// It did not start.
    #[error(transparent)]
    Agent(#[from] AddDomainError),
}

impl MultiAgentTestRuntime {
    /// A runtime in which nothing has been spawned.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn new() -> Self {
        Self::seeded(SEED)
    }

    /// As [`MultiAgentTestRuntime::new`], drawing from this seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { clock: Clock::seeded(seed), system: None }
    }

    /// Spawns an agent and returns when it is up.
    ///
    /// # Errors
    /// When it does not start.
    ///
    /// # Cancel safety
    /// Dropping the future may leave the agent started, or not.
    pub async fn spawn_agent<S: Spawn>(&mut self, agent: S) -> Result<S::Spawned, SpawnError> {
        let spec = agent.spec()?;
        let domain = DomainName::new(DOMAIN)?;
        let system = self.system().await?;
        let id = system.add_agent(&domain, &spec).await?;
        Ok(agent.spawned(Spawned::new(id, system)))
    }

    /// The system; started, if it has not been.
    ///
    /// # Errors
    /// When it does not start.
    ///
    /// # Cancel safety
    /// Dropping the future leaves it not started.
    pub async fn system(&mut self) -> Result<System, SpawnError> {
        if let Some(system) = &self.system {
            return Ok(system.clone());
        }
        let limits = DomainLimits { agents: 0, memory_bytes: 0, messages_per_second: 0 };
        let domain = DomainSpec::new(DOMAIN, Flags::new(Strategy::OneForOne, 1_000, 5))?.limits(limits);
        let system = System::builder("test").clock(self.clock.clone()).domain(domain).start().await?;
        Ok(self.system.insert(system).clone())
    }

    /// Its time and randomness.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns when everything has happened that can happen without time passing; see [`settled`].
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub async fn settle(&self) {
        settled(&self.clock).await;
    }

    /// Stops everything in reverse order. Returns when everything is gone.
    ///
    /// # Cancel safety
    /// Dropping the future kills what is left.
    pub async fn stop(mut self) {
        if let Some(system) = self.system.take() {
            system.stop().await;
        }
    }
}

impl Default for MultiAgentTestRuntime {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for MultiAgentTestRuntime {
    fn drop(&mut self) {
        if let Some(system) = &self.system {
            system.kill();
        }
    }
}
