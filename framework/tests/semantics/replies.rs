//! Replies that are given after the handler has returned.

use super::scribe::*;
use mistersmith::routing::CallError;

#[tokio::test(start_paused = true)]
async fn a_reply_may_be_given_later_and_the_agent_goes_on() {
    let office = Office::open().await;
    let deferred = office.ask(Defer);
    office.settle().await;
    office.scribe.ask(note("meanwhile")).await.unwrap();
    assert!(!deferred.is_finished());
    office.scribe.ask(Release).await.unwrap();
    deferred.await.unwrap().unwrap();
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_beside_the_agent_may_give_it() {
    let office = Office::open().await;
    let deferred = office.ask(Beside);
    office.settle().await;
    office.scribe.ask(note("meanwhile")).await.unwrap();
    office.settle().await;
    assert!(!deferred.is_finished());
    office.go_on();
    deferred.await.unwrap().unwrap();
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_dropped_leaves_the_outcome_unknown() {
    let office = Office::open().await;
    let deferred = office.ask(Defer);
    office.settle().await;
    office.scribe.ask(Forget).await.unwrap();
    assert!(matches!(deferred.await.unwrap(), Err(CallError::Unknown { exit: None })));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn so_does_one_that_ends_with_its_incarnation() {
    let office = Office::open().await;
    let (kept, beside) = (office.ask(Defer), office.ask(Beside));
    office.settle().await;
    office.control.kill();
    assert!(matches!(kept.await.unwrap(), Err(CallError::Unknown { .. })));
    assert!(matches!(beside.await.unwrap(), Err(CallError::Unknown { .. })));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_ends_with_a_failing_incarnation_says_how_that_ended() {
    let office = Office::open().await;
    let (kept, beside) = (office.ask(Defer), office.ask(Beside));
    office.settle().await;
    office.scribe.ask(Do { what: What::Fail }).await.unwrap_err();
    let (kept, beside) = (kept.await.unwrap().unwrap_err(), beside.await.unwrap().unwrap_err());
    assert!(matches!(&kept, CallError::Unknown { exit: Some(exit) } if exit.kind() == "error"), "{kept}");
    assert!(matches!(&beside, CallError::Unknown { exit: Some(exit) } if exit.kind() == "error"), "{beside}");
    office.house.stop().await;
}
