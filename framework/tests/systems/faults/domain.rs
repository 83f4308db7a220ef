//! A domain's supervisor that is killed, whatever it is at: it comes back whole, with a budget of its own.

use std::time::Duration;

use mistersmith::supervisor::{Backoff, Flags, Strategy, Supervisor};
use mistersmith::testing::{Act, OnStart, OnStop, Perform, ScriptedAgent, Scripting};

use super::house::{AGENTS, House, beside};

fn floor(house: &House) -> Supervisor {
    house.system.domains_supervisor().unwrap().child("floor").unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_domain_that_is_killed_at_any_moment_comes_back_whole() {
    let mut house = House::open("faults_domain", Strategy::OneForAll).await;
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

#[tokio::test(start_paused = true)]
async fn a_domain_that_is_killed_while_a_restart_waits_comes_back_whole_and_at_once() {
    let minute = Duration::from_secs(60);
    for (name, strategy, left) in
        [("faults_wait_one", Strategy::OneForOne, 2), ("faults_wait_all", Strategy::OneForAll, 0)]
    {
        let flags = Flags::new(strategy, 50, 5).backoff(Backoff::new(minute, 2, minute));
        let mut house = House::of(name, flags, AGENTS.map(ScriptedAgent::new).into()).await;
        house.perform("till", Act::Error).await;
        house.settle().await;
        assert_eq!((house.members().len(), house.system.registry().list().len()), (left, left));
        floor(&house).kill();
        house.settle().await;
        house.count();
        assert_eq!(house.budget_left(), 50);
        house.system.clock().sleep(2 * minute).await;
        house.count();
        assert_eq!(house.budget_left(), 50, "the attempt that waited is not made any more");
        house.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_domain_that_is_killed_while_it_stops_leaves_nobody() {
    let agents = AGENTS.map(|name| match name {
        "stock" => ScriptedAgent::new(name).stops(OnStop::Hang),
        _ => ScriptedAgent::new(name),
    });
    let mut house = House::of("faults_stops", Flags::new(Strategy::OneForOne, 50, 5), agents.into()).await;
    let (domains, floor) = (house.system.domains_supervisor().unwrap(), floor(&house));
    let began = house.system.clock().now();
    let (terminated, ()) = tokio::join!(domains.terminate_child("floor"), async {
        house.settle().await;
        assert_eq!(house.living(), 2, "the last one has stopped, the second hangs");
        floor.kill();
    });
    terminated.unwrap();
    assert!(house.system.clock().now() - began < Duration::from_secs(1));
    house.settle().await;
    house.nobody();
    domains.restart_child("floor").await.unwrap();
    house.settle().await;
    house.count();
    house.close_within(Duration::from_secs(5)).await;
}

#[tokio::test(start_paused = true)]
async fn a_domain_whose_supervisor_is_killed_while_it_comes_up_comes_back_whole() {
    let mut house = House::open("faults_comes_up", Strategy::OneForOne).await;
    let _ = house.agents[1].clone().starts([OnStart::Hang]);
    floor(&house).kill();
    house.settle().await;
    assert_eq!(house.members().len(), 1, "the second one hangs in its start");
    house.look();
    house.system.domains_supervisor().unwrap().kill();
    house.settle().await;
    house.count();
    house.close().await;
}
