//! Faults of agents, counted afterwards: as many registry entries, members of the process group and living incarnations
//! as before, and none once the system has stopped.

use std::collections::BTreeSet;
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::domain::DomainSpec;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{Flags, Strategy, What};
use mistersmith::system::System;
use mistersmith::testing::{Act, OnStart, OnStop, Perform, ScriptedAgent, Scripting, Spawn, settled};
use ractor::{ActorCell, ActorStatus, pg};

const AGENTS: [&str; 3] = ["till", "stock", "post"];

/// A system of three agents in one domain, named after the test: process groups belong to the whole program.
struct House {
    system: System,
    agents: Vec<ScriptedAgent>,
    ever: Vec<ActorCell>,
}

impl House {
    async fn open(name: &str, strategy: Strategy) -> Self {
        let agents: Vec<_> = AGENTS.map(ScriptedAgent::new).into();
        let domain = DomainSpec::new("floor", Flags::new(strategy, 50, 5)).unwrap();
        let domain = agents.iter().fold(domain, |domain, agent| domain.agent(agent.clone().spec().unwrap()));
        let system = System::builder(name).clock(Clock::seeded(1)).domain(domain).start().await.unwrap();
        let mut house = Self { system, agents, ever: Vec::new() };
        house.count();
        house
    }

    fn members(&self) -> Vec<ActorCell> {
        pg::get_scoped_members(&self.system.name().to_owned(), &"floor".to_owned())
    }

    /// Everybody is there, once.
    #[track_caller]
    fn count(&mut self) {
        let members = self.members();
        assert_eq!(members.len(), AGENTS.len(), "members of the group");
        let entries = self.system.registry().list();
        assert_eq!(entries.len(), AGENTS.len(), "entries of the registry: {entries:?}");
        let instances: BTreeSet<_> = entries.iter().map(|entry| entry.id.instance).collect();
        assert_eq!(instances.len(), AGENTS.len());
        assert!(self.system.readiness().ready, "{:?}", self.system.readiness());
        self.ever.extend(members);
    }

    fn budget_left(&self) -> u32 {
        let domains = self.system.domains_supervisor().unwrap();
        domains.child("floor").unwrap().tree().budget_left.unwrap()
    }

    async fn perform(&self, agent: &str, act: Act) {
        let id = self.system.agent(&format!("floor/{agent}")).unwrap().id().clone();
        let agent = self.system.find_by_id::<Scripting>(&id).unwrap();
        let _ = agent.ask(Perform { act }).await;
    }

    /// Until everything that follows has followed; who was started again joins the group within a millisecond.
    async fn settle(&self) {
        settled(self.system.clock()).await;
        self.system.clock().sleep(Duration::from_millis(2)).await;
    }

    /// Stops it; nobody is left: no entry, no member, no actor of any incarnation that was ever seen.
    async fn close(mut self) {
        self.ever.extend(self.members());
        let began = self.system.clock().now();
        assert!(matches!(self.system.stop().await, Exit::Shutdown));
        assert!(self.system.clock().now() - began < Duration::from_secs(1));
        self.settle().await;
        assert!(self.members().is_empty(), "{:?}", self.members());
        assert_eq!(self.system.registry().list().len(), 0);
        let living = self.ever.iter().filter(|cell| cell.get_status() != ActorStatus::Stopped);
        assert_eq!(living.count(), 0, "actors that still live");
        let reported = self.system.history().events().into_iter();
        assert_eq!(reported.filter(|event| matches!(event.what, What::Orphaned { .. })).count(), 0);
    }
}

/// Asks beside the test.
#[expect(clippy::disallowed_methods, reason = "the test waits for what it spawns")]
fn beside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> tokio::task::JoinHandle<T> {
    tokio::spawn(work)
}

#[tokio::test(start_paused = true)]
async fn a_panic_or_an_error_in_any_hook_leaks_nothing() {
    for (name, strategy) in
        [("faults_hooks_one", Strategy::OneForOne), ("faults_hooks_all", Strategy::OneForAll)]
    {
        let mut house = House::open(name, strategy).await;
        for act in [Act::Panic, Act::Error, Act::Stop] {
            house.perform("till", act).await;
            house.settle().await;
            house.count();
        }
        // In `init`, twice: two more attempts.
        let starts = [OnStart::Panic("in init".to_owned()), OnStart::Error("in init".to_owned())];
        let _ = house.agents[0].clone().starts(starts);
        house.perform("till", Act::Error).await;
        house.settle().await;
        house.count();
        assert_eq!(house.budget_left(), 50 - 3 - 3);
        house.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_clean_up_leaks_nothing() {
    let agents = AGENTS.map(|name| ScriptedAgent::new(name).stops(OnStop::Panic("in terminate".to_owned())));
    let domain = DomainSpec::new("floor", Flags::new(Strategy::OneForAll, 50, 5)).unwrap();
    let domain = agents.iter().fold(domain, |domain, agent| domain.agent(agent.clone().spec().unwrap()));
    let builder = System::builder("faults_clean_up").clock(Clock::seeded(1)).domain(domain);
    let system = builder.start().await.unwrap();
    let mut house = House { system, agents: agents.into(), ever: Vec::new() };
    house.count();
    house.perform("stock", Act::Error).await;
    house.settle().await;
    house.count();
    assert_eq!(house.budget_left(), 49);
    house.close().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_whose_actor_is_stopped_killed_or_drained_from_outside_is_replaced() {
    let mut house = House::open("faults_outside", Strategy::OneForOne).await;
    let ways: [fn(&ActorCell); 4] = [
        |cell| cell.stop(Some("closing time".to_owned())),
        |cell| cell.stop(None),
        ActorCell::kill,
        |cell| drop(cell.drain()),
    ];
    for (number, way) in (1..).zip(ways) {
        way(&house.members()[0]);
        house.settle().await;
        house.count();
        assert_eq!(house.budget_left(), 50 - number);
    }
    house.close().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_drains_when_it_crashes_leaks_nothing() {
    let mut house = House::open("faults_drain", Strategy::OneForOne).await;
    let till = house.system.agent("floor/till").unwrap();
    let hanging = {
        let till = house.system.find_by_id::<Scripting>(till.id()).unwrap();
        beside(async move { till.ask(Perform { act: Act::Hang }).await })
    };
    house.settle().await;
    let (drained, ()) = tokio::join!(house.system.drain(&till, "upgrade", Duration::from_secs(9)), async {
        house.settle().await;
        assert!(till.kill());
    });
    assert_eq!(drained, Ok(true), "the next incarnation has nothing left to do");
    assert!(hanging.await.unwrap().is_err());
    assert_eq!(house.members().len(), AGENTS.len() - 1);
    assert_eq!(house.system.registry().list().len(), AGENTS.len() - 1);
    house.ever.extend(house.members());
    house.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_domain_that_is_killed_at_any_moment_comes_back_whole() {
    let mut house = House::open("faults_domain", Strategy::OneForAll).await;
    let floor = |house: &House| house.system.domains_supervisor().unwrap().child("floor").unwrap();
    // At rest.
    floor(&house).kill();
    house.settle().await;
    house.count();
    // In the middle of a group restart.
    let _ = house.agents[1].clone().starts([OnStart::Hang]);
    house.perform("till", Act::Error).await;
    house.settle().await;
    floor(&house).kill();
    house.settle().await;
    house.count();
    // While an agent has a message in hand.
    let id = house.system.agent("floor/post").unwrap().id().clone();
    let post = house.system.find_by_id::<Scripting>(&id).unwrap();
    let in_hand = beside(async move { post.ask(Perform { act: Act::Hang }).await });
    house.settle().await;
    floor(&house).kill();
    assert!(in_hand.await.unwrap().is_err(), "its asker is told");
    house.settle().await;
    house.count();
    house.close().await;
}
