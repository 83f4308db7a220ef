//! A house whose agents are counted: entries of the registry, members of the process group, actors that live.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use mistersmith::agent::AgentSpec;
use mistersmith::clock::Clock;
use mistersmith::domain::{DomainLimits, DomainSpec};
use mistersmith::exit::Exit;
use mistersmith::registry::{Filter, Fitness};
use mistersmith::supervisor::{Flags, Strategy, What};
use mistersmith::system::System;
use mistersmith::testing::{Act, Perform, ScriptedAgent, Scripting, Spawn, settled};
use ractor::{ActorCell, ActorId, ActorStatus, pg};

pub(super) const AGENTS: [&str; 3] = ["till", "stock", "post"];

/// A system of agents in one domain, `floor`, named after the test: process groups belong to the whole program.
pub(super) struct House {
    pub(super) system: System,
    pub(super) agents: Vec<ScriptedAgent>,
    /// How many agents there are when all are up.
    size: usize,
    /// Every incarnation that was ever seen.
    ever: HashMap<ActorId, ActorCell>,
    /// How many agents are to be reported that do not yield.
    pub(super) orphans: usize,
}

impl House {
    /// The three of [`AGENTS`].
    pub(super) async fn open(name: &str, strategy: Strategy) -> Self {
        Self::of(name, Flags::new(strategy, 50, 5), AGENTS.map(ScriptedAgent::new).into()).await
    }

    /// These, on paused time.
    pub(super) async fn of(name: &str, flags: Flags, agents: Vec<ScriptedAgent>) -> Self {
        Self::with(name, flags, agents, None, Clock::seeded(1)).await
    }

    /// These, and one of another kind.
    pub(super) async fn with(
        name: &str,
        flags: Flags,
        agents: Vec<ScriptedAgent>,
        further: Option<AgentSpec>,
        clock: Clock,
    ) -> Self {
        let specs: Vec<_> = agents.iter().map(|agent| agent.spec().unwrap()).chain(further).collect();
        let size = specs.len();
        let domain = DomainSpec::new("floor", flags).unwrap();
        let domain = domain.limits(DomainLimits { agents: size as u64, ..DomainLimits::default() });
        let domain = specs.into_iter().fold(domain, DomainSpec::agent);
        let system = System::builder(name).clock(clock).domain(domain).start().await.unwrap();
        let mut house = Self { system, agents, size, ever: HashMap::new(), orphans: 0 };
        house.count();
        house
    }

    pub(super) fn members(&self) -> Vec<ActorCell> {
        pg::get_scoped_members(&self.system.name().to_owned(), &"floor".to_owned())
    }

    /// As [`House::members`], and they are remembered: they may not outlive their time.
    pub(super) fn look(&mut self) -> Vec<ActorCell> {
        let members = self.members();
        self.ever.extend(members.iter().map(|cell| (cell.get_id(), cell.clone())));
        members
    }

    /// Everybody is there, once, and nobody else lives.
    #[track_caller]
    pub(super) fn count(&mut self) {
        assert_eq!(self.members().len(), self.size, "members of the group");
        let entries = self.system.registry().list();
        assert_eq!(entries.len(), self.size, "entries of the registry: {entries:?}");
        let instances: BTreeSet<_> = entries.iter().map(|entry| entry.id.instance).collect();
        assert_eq!(instances.len(), self.size);
        assert!(self.system.readiness().ready, "{:?}", self.system.readiness());
        self.look();
        assert_eq!(self.living(), self.size, "actors that live, of all that were ever seen");
    }

    /// Whether as many are there as there should be.
    pub(super) fn is_whole(&self) -> bool {
        let is_listed = self.system.registry().list().len() == self.size;
        is_listed && self.members().len() == self.size && self.system.readiness().ready
    }

    /// Whether nobody is there but so many that do not yield.
    pub(super) fn is_empty_but(&self, living: usize) -> bool {
        self.living() == living && self.system.registry().list().len() == living && self.members().is_empty()
    }

    /// Nobody is there: no entry, no member, no actor of any incarnation that was ever seen.
    #[track_caller]
    pub(super) fn nobody(&self) {
        self.nobody_but(0);
    }

    /// As [`House::nobody`], but for so many actors: their entries keep their places, and lead nobody to them.
    #[track_caller]
    pub(super) fn nobody_but(&self, living: usize) {
        assert!(self.members().is_empty(), "{:?}", self.members());
        let registry = self.system.registry();
        assert_eq!(registry.list().len(), living, "entries of the registry");
        assert_eq!(registry.discover(&Filter::default(), Fitness::Fit).len(), 0, "who is found");
        assert_eq!(self.living(), living, "actors that still live");
    }

    /// How many actors live of all that were ever seen.
    pub(super) fn living(&self) -> usize {
        self.ever.values().filter(|cell| cell.get_status() != ActorStatus::Stopped).count()
    }

    pub(super) fn budget_left(&self) -> u32 {
        let domains = self.system.domains_supervisor().unwrap();
        domains.child("floor").unwrap().tree().budget_left.unwrap()
    }

    pub(super) async fn perform(&self, agent: &str, act: Act) {
        let id = self.system.agent(&format!("floor/{agent}")).unwrap().id().clone();
        let agent = self.system.find_by_id::<Scripting>(&id).unwrap();
        let _ = agent.ask(Perform { act }).await;
    }

    /// Until everything that follows has followed; who was started again joins the group within a millisecond.
    pub(super) async fn settle(&self) {
        settled(self.system.clock()).await;
        self.system.clock().sleep(Duration::from_millis(2)).await;
    }

    /// Stops it, which takes no time; nobody is left.
    pub(super) async fn close(self) {
        self.close_within(Duration::ZERO).await;
    }

    /// As [`House::close`], of agents that take so long.
    pub(super) async fn close_within(mut self, limit: Duration) {
        self.look();
        let began = self.system.clock().now();
        assert!(matches!(self.system.stop().await, Exit::Shutdown));
        assert!(self.system.clock().now() - began < limit + Duration::from_secs(1));
        self.settle().await;
        self.nobody();
        let reported = self.system.history().events().into_iter();
        let orphans = reported.filter(|event| matches!(event.what, What::Orphaned { .. }));
        assert_eq!(orphans.count(), self.orphans, "agents that did not yield");
    }
}

/// Asks beside the test.
#[expect(clippy::disallowed_methods, reason = "the test waits for what it spawns")]
pub(super) fn beside<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    tokio::spawn(work)
}
