//! A small system to act on: this domain, and a workshop of agents that work, wait, fail and hoard on request.

mod agent_registry;
mod contract;
mod health_monitor;
mod lifecycle_manager;
mod resource_governor;
mod workshop;

use std::sync::Arc;
use std::time::Duration;

use mistersmith::agent::Control;
use mistersmith::clock::Clock;
use mistersmith::config::DomainSettings;
use mistersmith::contract::Contract;
use mistersmith::routing::AgentRef;
use mistersmith::system::System;
use tokio::sync::Semaphore;

/// The system under test, on paused time.
pub(crate) struct Bench {
    pub(crate) system: System,
    /// A worker that is asked to wait takes a permit from here first.
    pub(crate) gate: Arc<Semaphore>,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let lifecycle = super::domain(&DomainSettings::default()).unwrap();
        let system = System::builder("bench")
            .clock(Clock::seeded(1))
            .domain(lifecycle)
            .domain(workshop::domain(&gate))
            .start()
            .await
            .unwrap();
        Self { system, gate }
    }

    #[track_caller]
    pub(crate) fn find<C: Contract>(&self) -> AgentRef<C> {
        self.system.find::<C>().unwrap()
    }

    #[track_caller]
    pub(crate) fn agent(&self, wanted: &str) -> Arc<dyn Control> {
        self.system.agent(wanted).unwrap()
    }

    pub(crate) async fn pass(&self, seconds: u64) {
        self.system.clock().sleep(Duration::from_secs(seconds)).await;
    }

    /// Kills an agent and waits until its next incarnation is up.
    pub(crate) async fn kill(&self, wanted: &str) {
        let agent = self.agent(wanted);
        let (newest, before) = (self.system.history().newest(), agent.facts().incarnation);
        assert!(agent.kill());
        self.system.history().after(newest).await;
        assert!(agent.facts().incarnation > before);
    }
}
