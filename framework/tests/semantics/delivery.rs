//! What it means that a message was sent, taken, and handled.

use super::scribe::*;
use mistersmith::routing::CallError;

#[tokio::test(start_paused = true)]
async fn a_message_is_handled_at_most_once() {
    let office = Office::open().await;
    let crashed = office.scribe.ask(Do { what: What::Panic }).await;
    assert!(matches!(crashed, Err(CallError::Unknown)));
    office.scribe.ask(note("after")).await.unwrap();
    assert_eq!(office.book.read(), ["Panic", "incarnation 2", "active: ready", "after"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_tell_returns_when_the_message_lies_in_the_mailbox() {
    let office = Office::open().await;
    let held = office.busy().await;
    office.scribe.tell(note("later")).await.unwrap();
    assert_eq!((office.control.facts().queued, office.book.read()), (1, vec![]));
    office.go_on();
    held.await.unwrap().unwrap();
    office.settle().await;
    assert_eq!(office.book.read(), ["held let go", "later"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_tell_says_nothing_of_what_becomes_of_the_message() {
    let office = Office::open().await;
    office.scribe.tell(Do { what: What::Refuse }).await.unwrap();
    office.scribe.tell(Do { what: What::Panic }).await.unwrap();
    office.settle().await;
    assert_eq!(office.book.read(), ["Refuse", "Panic", "incarnation 2", "active: ready"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_comes_back_when_the_agent_is_gone() {
    let office = Office::open().await;
    let held = office.busy().await;
    let waiting = office.ask(note("never"));
    office.scribe.tell(note("told")).await.unwrap();
    office.settle().await;
    let ending = {
        let house = office.house.clone();
        let control = office.control.clone();
        spawn(async move { house.terminate(&control).await })
    };
    office.settle().await;
    office.go_on();
    ending.await.unwrap();
    held.await.unwrap().unwrap();
    let Err(CallError::Gone { request }) = waiting.await.unwrap() else { panic!("expected gone") };
    assert_eq!(request, note("never"));
    assert_eq!(office.control.facts().dead_letters, 2);
    assert!(!office.book.read().contains(&"told".to_owned()));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn giving_up_an_ask_does_not_take_the_message_back() {
    let office = Office::open().await;
    let held = office.busy().await;
    let asked = office.ask(note("asked"));
    office.settle().await;
    asked.abort();
    office.go_on();
    held.await.unwrap().unwrap();
    office.settle().await;
    assert_eq!(office.book.read(), ["held let go", "asked"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_handled_is_counted() {
    let office = Office::open().await;
    office.control.suspend("lunch").unwrap();
    for _ in 0..3 {
        office.scribe.tell(note("in vain")).await.unwrap_err();
    }
    assert_eq!(office.control.facts().dead_letters, 3);
    office.house.stop().await;
}
