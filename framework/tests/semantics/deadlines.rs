//! What a message may cost, and what is too late.

use std::sync::Arc;
use std::time::Duration;

use super::scribe::*;
use mistersmith::message::Budget;
use mistersmith::routing::CallError;
use mistersmith::system::System;

async fn chain() -> System {
    let book = Arc::default();
    start(office([scribe("first", &book), scribe("second", &book)])).await
}

fn over_second() -> Relay {
    Relay { along: vec!["second".to_owned()], from_a_task: false }
}

#[tokio::test(start_paused = true)]
async fn a_hop_gets_what_is_left_of_its_callers_time() {
    let house = chain().await;
    let left = named(&house, "first").within(SECOND).ask(over_second()).await.unwrap();
    assert_eq!(left, Left { millis: Some(1_000), retries: Budget::RETRIES });
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_given_from_a_task_has_the_budget_of_its_message() {
    let house = chain().await;
    let relay = Relay { from_a_task: true, ..over_second() };
    let left = named(&house, "first").within(SECOND).ask(relay).await.unwrap();
    assert_eq!(left.millis, Some(1_000));
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_nothing_has_a_deadline() {
    let house = chain().await;
    let left = named(&house, "first").ask(over_second()).await.unwrap();
    assert_eq!(left, Left { millis: None, retries: Budget::RETRIES });
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn work_that_is_too_late_is_dropped_before_the_handler_and_counted() {
    let office = Office::open().await;
    let held = office.busy().await;
    let asked = office.scribe.within(SECOND).ask(note("too late")).await;
    assert!(matches!(asked, Err(CallError::DeadlineExceeded)));
    office.go_on();
    held.await.unwrap().unwrap();
    office.settle().await;
    assert_eq!(
        (office.book.read(), office.control.facts().dead_letters),
        (vec!["held let go".to_owned()], 1)
    );
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_asker_is_told_at_its_deadline() {
    let office = Office::open().await;
    let before = office.house.clock().now();
    office.scribe.within(SECOND).ask(hold("long")).await.unwrap_err();
    assert_eq!(office.house.clock().now() - before, SECOND);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_clock_is_read_again_after_a_handler_that_waited() {
    let office = Office::open().await;
    // Three messages of one batch: the first reads the clock, the second waits, the third is late by then.
    let held = office.busy().await;
    office.scribe.within(SECOND).tell(note("in time")).await.unwrap();
    office.scribe.tell(hold("waits")).await.unwrap();
    office.scribe.within(SECOND).tell(note("late")).await.unwrap();
    office.go_on();
    office.house.clock().sleep(2 * SECOND).await;
    office.go_on();
    held.await.unwrap().unwrap();
    office.settle().await;
    assert_eq!(office.book.read(), ["held let go", "in time", "waits", "waits let go"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_clock_is_read_again_after_64_messages() {
    let office = Office::open().await;
    // Of one batch: the first waits, the second reads the clock, and the third is done while time passes.
    let held = office.busy().await;
    office.scribe.within(SECOND).tell(note("in time")).await.unwrap();
    office.scribe.tell(set(Chore::Pass(2_000))).await.unwrap();
    for number in 4..=100 {
        office.scribe.within(SECOND).tell(note(number)).await.unwrap();
    }
    office.go_on();
    held.await.unwrap().unwrap();
    office.settle().await;
    let handled = office.book.read();
    assert_eq!(handled[..3], ["held let go", "in time", "4"]);
    assert_eq!(handled.last().unwrap(), "64");
    assert_eq!(office.control.facts().dead_letters, 100 - 64);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn and_after_a_private_message_that_waited() {
    let office = Office::open().await;
    // Of one batch, too: the second message reads the clock, the private one waits, the last one is late by then.
    let held = office.busy().await;
    office.scribe.within(SECOND).tell(note("in time")).await.unwrap();
    office.scribe.tell(set(Chore::Say("hold private".to_owned()))).await.unwrap();
    office.scribe.within(SECOND).tell(note("late")).await.unwrap();
    office.go_on();
    held.await.unwrap().unwrap();
    office.house.clock().sleep(2 * SECOND).await;
    office.go_on();
    office.settle().await;
    assert_eq!(office.book.read(), ["held let go", "in time", "hold private"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_told_with_a_limit_is_dropped_after_it() {
    let office = Office::open().await;
    let held = office.busy().await;
    office.scribe.within(Duration::from_millis(5)).tell(note("late")).await.unwrap();
    office.house.clock().sleep(SECOND).await;
    office.go_on();
    held.await.unwrap().unwrap();
    office.settle().await;
    assert_eq!(
        (office.book.read(), office.control.facts().dead_letters),
        (vec!["held let go".to_owned()], 1)
    );
    office.house.stop().await;
}
