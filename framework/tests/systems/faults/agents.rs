//! Faults of one agent: in its hooks, from outside, while it drains.

use std::time::Duration;

use mistersmith::supervisor::Strategy;
use mistersmith::testing::{Act, OnStart, Perform, Scripting};
use ractor::ActorCell;

use super::house::{AGENTS, House, beside};

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
    house.look();
    house.close().await;
}
