//! Event-sourced agents whose log does not work: nothing is lost that was answered, and they go on when they can.

use std::sync::Arc;

use mistersmith::events::*;
use mistersmith::identity::Incarnation;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::routing::CallError;

use super::bank::*;

#[tokio::test(start_paused = true)]
async fn a_log_without_room_suspends_the_agent_which_goes_on_by_itself() {
    let full = || AppendError::Full { source: Arc::new(std::io::Error::other("no space left")) };
    let town = Town::open().await;
    town.pay_in(100).await;
    town.log.fail(full());
    match town.account.ask(PayIn { cents: 1 }).await.unwrap_err() {
        CallError::Suspended { request, reason } => {
            assert_eq!(request.cents, 1);
            assert!(reason.contains("no room"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert!(town.account.ask(Read).await.is_err());
    town.system.clock().sleep(std::time::Duration::from_millis(1_001)).await;
    assert_eq!(town.balance().await, 100, "what was not persisted did not happen");
    assert_eq!(town.pay_in(1).await, 101);
    assert_eq!(town.control().facts().incarnation, Incarnation::FIRST);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_damaged_suspends_the_agent_until_somebody_resumes_it() {
    let town = Town::open().await;
    let damage = Damage::new(DamagedPlace::File, "a bit");
    town.log.fail(AppendError::Damaged(damage));
    assert!(matches!(town.account.ask(PayIn { cents: 1 }).await, Err(CallError::Suspended { .. })));
    town.system.clock().sleep(std::time::Duration::from_secs(60)).await;
    assert_eq!(town.control().facts().state.stage(), Stage::Suspended);
    town.control().resume().unwrap();
    assert_eq!(town.pay_in(1).await, 1);
}

#[tokio::test(start_paused = true)]
async fn an_append_of_which_nothing_is_known_leaves_the_asker_with_unknown_and_the_log_decides() {
    let town = Town::open().await;
    town.log.fail(AppendError::Unknown);
    assert!(matches!(town.account.ask(PayIn { cents: 1 }).await, Err(CallError::Unknown { .. })));
    assert_eq!(town.balance().await, 0);
    assert_eq!(town.control().facts().incarnation, Incarnation::new(2));
}
