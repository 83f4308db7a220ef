//! Many agents that die at once: each is replaced by one, and nothing of the others is left.

use mistersmith::supervisor::{Flags, Strategy};
use mistersmith::testing::{Act, Perform, ScriptedAgent, Scripting};
use ractor::ActorCell;

use super::house::{House, beside};

const MANY: u32 = 3_000;

#[tokio::test(start_paused = true)]
async fn three_thousand_that_die_at_once_are_replaced_one_by_one_and_leak_nothing() {
    let agents = (0..MANY).map(|number| ScriptedAgent::new(format!("clerk-{number}"))).collect();
    let mut house = House::of("faults_many", Flags::new(Strategy::OneForOne, 3 * MANY, 5), agents).await;
    house.members().iter().for_each(ActorCell::kill);
    house.settle().await;
    house.count();
    assert_eq!(house.budget_left(), 2 * MANY, "each counted once");

    let mut asked = Vec::new();
    for agent in house.system.agents() {
        let agent = house.system.find_by_id::<Scripting>(agent.id()).unwrap();
        asked.push(beside(async move { agent.ask(Perform { act: Act::Error }).await }));
    }
    house.settle().await;
    for asked in asked {
        assert!(asked.await.unwrap().is_err());
    }
    house.count();
    assert_eq!(house.budget_left(), MANY);

    // All of them with their supervisor.
    house.system.domains_supervisor().unwrap().child("floor").unwrap().kill();
    house.settle().await;
    house.count();
    assert_eq!(house.budget_left(), 3 * MANY);
    house.close().await;
}
