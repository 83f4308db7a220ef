//! Clean-ups that fail or never end: a panic there is no second end, and what hangs is killed after its time.

use std::time::Duration;

use mistersmith::supervisor::{Flags, Strategy};
use mistersmith::testing::{Act, OnStop, ScriptedAgent};

use super::house::{AGENTS, House};

/// A house in which the clean-up of each agent does this.
async fn house(name: &str, strategy: Strategy, stops: [OnStop; 3]) -> House {
    let agents = AGENTS.into_iter().zip(stops).map(|(name, on_stop)| ScriptedAgent::new(name).stops(on_stop));
    House::of(name, Flags::new(strategy, 50, 5), agents.collect()).await
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_clean_up_leaks_nothing() {
    let panic = OnStop::Panic("in terminate".to_owned());
    let mut house =
        house("faults_clean_up", Strategy::OneForAll, [panic.clone(), panic.clone(), panic]).await;
    house.perform("stock", Act::Error).await;
    house.settle().await;
    house.count();
    assert_eq!(house.budget_left(), 49);
    house.close().await;
}

/// How long an agent may take to stop, unless its specification says otherwise.
const TO_STOP: Duration = Duration::from_secs(5);

#[tokio::test(start_paused = true)]
async fn a_clean_up_that_hangs_in_a_group_restart_is_cut_and_leaks_nothing() {
    let mut house =
        house("faults_hangs_in_group", Strategy::OneForAll, [OnStop::End, OnStop::Hang, OnStop::End]).await;
    house.perform("till", Act::Error).await;
    house.settle().await;
    assert_eq!(house.living(), 1, "who hangs is there still, and nobody beside it");
    house.system.clock().sleep(TO_STOP).await;
    house.settle().await;
    house.count();
    assert_eq!(house.budget_left(), 49);
    house.close_within(TO_STOP).await;
}

#[tokio::test(start_paused = true)]
async fn a_clean_up_that_hangs_after_an_end_of_its_own_hangs_until_somebody_stops_it() {
    let mut house =
        house("faults_hangs_alone", Strategy::OneForOne, [OnStop::Hang, OnStop::End, OnStop::End]).await;
    house.perform("till", Act::Error).await;
    house.settle().await;
    assert_eq!(house.members().len(), AGENTS.len(), "it has not ended");
    assert_eq!(house.budget_left(), 50);
    let till = house.system.agent("floor/till").unwrap();
    assert!(till.kill());
    house.settle().await;
    house.count();
    assert_eq!(house.budget_left(), 49);
    house.close_within(TO_STOP).await;
}
