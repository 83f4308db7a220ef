//! Who an agent is follows from where it stands, and from nothing else.

use mistersmith::clock::Clock;
use mistersmith::domain::DomainSpec;
use mistersmith::identity::{AgentId, DomainName, Version};
use mistersmith::system::{Builder, System};
use mistersmith::testing::{ScriptedAgent, Spawn};

use crate::shop::{domain, incarnation, system};

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
