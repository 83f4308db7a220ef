//! The stages of an agent's life, and who hears of them.

use super::scribe::*;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::registry::{Change, Filter};

/// What a watcher hears from now on, until the house is stopped by `work`.
async fn heard(office: &Office, work: impl AsyncFnOnce(&Office)) -> Vec<String> {
    let mut changes = office.house.registry().watch(Filter::default());
    work(office).await;
    office.settle().await;
    let mut heard = Vec::new();
    while let Ok(Some(change)) = office.house.clock().timeout(SECOND, changes.next()).await {
        match change {
            Change::StageChanged { from, to, reason, .. } => heard.push(format!("{from} -> {to}: {reason}")),
            Change::Registered(record) => heard.push(format!("registered {}", record.incarnation)),
            Change::Deregistered { incarnation, .. } => heard.push(format!("deregistered {incarnation}")),
            _ => {}
        }
    }
    heard
}

#[tokio::test(start_paused = true)]
async fn every_change_is_told_with_its_reason() {
    let office = Office::open().await;
    let heard = heard(&office, async |office| {
        office.control.suspend("lunch").unwrap();
        office.control.resume().unwrap();
        assert_eq!(office.control.drain("upgrade", SECOND).await, Ok(true));
        office.house.stop().await;
    });
    let expected = [
        "registered 1",
        "active -> suspended: lunch",
        "suspended -> active: resumed",
        "active -> draining: upgrade",
        "draining -> terminated: shutdown",
        "deregistered 1",
    ];
    assert_eq!(heard.await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_restart_is_an_end_and_a_registration() {
    let office = Office::open().await;
    let heard = heard(&office, async |office| {
        office.scribe.ask(Do { what: What::Fail }).await.unwrap_err();
    });
    let expected = [
        "registered 1",
        "active -> terminated: error: told to fail",
        "deregistered 1",
        "registered 2",
        "registered -> active: ready",
    ];
    assert_eq!(heard.await, expected);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_agent_hears_of_it_between_two_messages() {
    let office = Office::open().await;
    let held = office.busy().await;
    office.control.suspend("lunch").unwrap();
    office.control.resume().unwrap();
    office.scribe.tell(note("next")).await.unwrap();
    assert_eq!(office.book.read(), [""; 0]);
    office.go_on();
    held.await.unwrap().unwrap();
    office.settle().await;
    assert_eq!(office.book.read(), ["held let go", "suspended: lunch", "active: resumed", "next"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_has_ended_for_good_is_terminated_and_says_why() {
    let office = Office::open().await;
    office.house.terminate(&office.control).await;
    let state = office.control.facts().state;
    assert_eq!((state.stage(), state.reason()), (Stage::Terminated, Some("shutdown")));
    office.house.stop().await;
}
