//! Who an agent is follows from where it stands, and from nothing else.

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::domain::DomainSpec;
use mistersmith::identity::{AgentId, DomainName, Version};
use mistersmith::system::{Builder, System};
use mistersmith::testing::{Act, OnStart, Perform, ScriptedAgent, Scripting, Spawn};

use crate::shop::{domain, incarnation, system};

/// The time that the old version has to finish.
const LIMIT: Duration = Duration::from_secs(10);

/// A domain with two instances of one agent.
fn shop() -> DomainSpec {
    domain("shop", 3, &["scale"]).agent(ScriptedAgent::new("till").spec().expect("a name").instances(2))
}

/// The agents of a system, in start order, after it has run.
async fn agents(system: Builder) -> Vec<AgentId> {
    let system = system.start().await.expect("it starts");
    let agents = system.agents().iter().map(|agent| agent.id().clone()).collect();
    system.stop().await;
    agents
}

#[tokio::test(start_paused = true)]
async fn a_system_that_is_started_again_has_the_same_agents() {
    let (first, second) = (agents(system([shop()])), agents(system([shop()]).clock(Clock::seeded(2))));
    let (first, second) = (first.await, second.await);
    assert_eq!(first, second);
    assert_eq!(first.len(), 3);
    assert!(first[0].instance != first[1].instance && first[1].instance != first[2].instance, "{first:?}");
}

#[tokio::test(start_paused = true)]
async fn neither_the_version_nor_the_neighbours_decide_who_an_agent_is() {
    let old = agents(system([shop()])).await;
    let newer = shop().map_agents(|agent| Some(agent.version(Version::new(2, 0, 0))));
    let others = [domain("bank", 3, &["desk"]), newer];
    let new = agents(system(others)).await;
    for (old, new) in old.iter().zip(&new[1..]) {
        assert_eq!(old.key(), new.key());
        assert_ne!(old.version, new.version);
    }
}

#[tokio::test(start_paused = true)]
async fn two_systems_of_different_names_have_no_agent_in_common() {
    let one = agents(system([shop()])).await;
    let other = agents(System::builder("stall").domain(shop())).await;
    assert!(one.iter().all(|agent| other.iter().all(|other| other.instance != agent.instance)));
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_is_taken_out_and_added_again_is_the_same_and_goes_on_counting() {
    let system = system([domain("shop", 3, &[])]).start().await.unwrap();
    let (shop, till) = (DomainName::new("shop").unwrap(), ScriptedAgent::new("till").spec().unwrap());
    let id = system.add_agent(&shop, &till).await.unwrap();
    assert!(system.remove_agent(&system.agent("shop/till").unwrap()).await);
    assert_eq!(system.add_agent(&shop, &till).await.unwrap(), id);
    assert_eq!(incarnation(&system, "shop/till").await, 2);

    system.remove_domain(&shop).await.unwrap();
    system.add_domain(domain("shop", 3, &["till"])).await.unwrap();
    assert_eq!(incarnation(&system, "shop/till").await, 3);
    assert_eq!(*system.agent("shop/till").unwrap().id(), id);
    system.stop().await;
}

fn version(number: u64) -> Version {
    Version::new(number, 0, 0)
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_puts_the_new_version_in_the_place_of_the_old_one() {
    let system = system([shop()]).start().await.unwrap();
    let till = system.agents()[1].clone();
    let old = system.find_by_id::<Scripting>(till.id()).unwrap();
    let new = ScriptedAgent::new("till").spec().unwrap().version(version(2));
    let upgraded = system.upgrade_agent(&till, &new, LIMIT).await.unwrap();
    assert!(upgraded.finished && upgraded.id.version == version(2), "{upgraded:?}");
    assert_eq!(upgraded.id.key(), till.id().key());
    assert!(old.ask(Perform { act: Act::Reply }).await.unwrap_err().to_string().contains("gone"));
    let found = system.find_by_id::<Scripting>(till.id()).unwrap();
    assert_eq!(found.ask(Perform { act: Act::Reply }).await.unwrap().number(), 2);
    let names: Vec<_> =
        system.agents().iter().map(|agent| system.child_id(agent).unwrap().to_string()).collect();
    assert_eq!(names, ["scale", "till@2.0.0", "till-2"]);

    let till = system.agents()[1].clone();
    let back = ScriptedAgent::new("till").spec().unwrap();
    assert_eq!(system.upgrade_agent(&till, &back, LIMIT).await.unwrap().id.key(), till.id().key());
    assert_eq!(system.child_id(&system.agents()[1]).unwrap().to_string(), "till");
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_old_version_that_fails_while_it_drains_does_not_come_back() {
    let system = system([domain("shop", 1, &["till"])]).start().await.unwrap();
    let till = system.agent("shop/till").unwrap();
    let old = system.find_by_id::<Scripting>(till.id()).unwrap();
    old.tell(Perform { act: Act::Slow(5_000) }).await.unwrap();
    old.tell(Perform { act: Act::Error }).await.unwrap();
    let new = ScriptedAgent::new("till").spec().unwrap().version(version(2));
    let upgraded = system.upgrade_agent(&till, &new, LIMIT).await.unwrap();
    assert_eq!(incarnation(&system, "shop/till").await, 2);
    assert_eq!(system.find::<Scripting>().unwrap().id(), &upgraded.id);
    assert_eq!(system.agents().len(), 1);
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_that_does_not_start_leaves_the_old_version_as_it_was() {
    let system = system([domain("shop", 3, &["till", "scale"])]).start().await.unwrap();
    let till = system.agent("shop/till").unwrap();
    let newer = |label: &str| ScriptedAgent::new(label).starts([OnStart::Error("no paper".into())]);
    for (spec, why) in [
        (newer("till").spec().unwrap().version(version(2)), "no paper"),
        (newer("scale").spec().unwrap().version(version(2)), "expected a specification of agent till"),
        (newer("till").spec().unwrap(), "it is of version 1.0.0 already"),
    ] {
        let error = system.upgrade_agent(&till, &spec, LIMIT).await.unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        assert_eq!(incarnation(&system, "shop/till").await, 1);
        assert_eq!(system.agents().len(), 2);
    }
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_old_version_that_fails_while_the_new_one_does_not_start_comes_back() {
    let system = system([domain("shop", 3, &["till"])]).start().await.unwrap();
    let till = system.agent("shop/till").unwrap();
    let old = system.find_by_id::<Scripting>(till.id()).unwrap();
    old.tell(Perform { act: Act::Slow(10) }).await.unwrap();
    old.tell(Perform { act: Act::Error }).await.unwrap();
    let new = ScriptedAgent::new("till").starts([OnStart::Hang]).spec().unwrap().version(version(2));
    let new = new.start_timeout(Some(Duration::from_secs(1)));
    assert!(system.upgrade_agent(&till, &new, LIMIT).await.is_err());
    assert_eq!(incarnation(&system, "shop/till").await, 2);
    system.stop().await;
}
