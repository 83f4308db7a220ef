//! What survives a restart, and what does not.

use super::scribe::*;
use mistersmith::agent::{Limits, WhenFull};
use mistersmith::identity::lifecycle::Stage;
use mistersmith::routing::CallError;
use mistersmith::supervisor::{Flags, Strategy, What as Event};

const CRASH: Do = Do { what: What::Fail };

#[tokio::test(start_paused = true)]
async fn the_queue_survives_in_its_order_and_the_message_in_hand_does_not() {
    let office = Office::open().await;
    let held = office.busy().await;
    let crashing = office.ask(CRASH);
    office.settle().await;
    let waiting = office.ask(note("first"));
    office.settle().await;
    office.scribe.tell(note("second")).await.unwrap();
    office.go_on();
    held.await.unwrap().unwrap();
    assert!(matches!(crashing.await.unwrap(), Err(CallError::Unknown { .. })));
    waiting.await.unwrap().unwrap();
    office.settle().await;
    let expected = [
        "held let go",
        "Fail",
        "ends: error: told to fail",
        "incarnation 2",
        "active: ready",
        "first",
        "second",
    ];
    assert_eq!(office.book.read(), expected);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_reference_stays_good_and_so_does_the_identity() {
    let office = Office::open().await;
    let before = office.control.facts();
    office.scribe.ask(CRASH).await.unwrap_err();
    office.scribe.ask(note("hello")).await.unwrap();
    let after = office.control.facts();
    assert_eq!(before.agent, after.agent);
    assert_eq!((before.incarnation.number(), after.incarnation.number()), (1, 2));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_while_the_agent_is_down_waits_for_it() {
    let office = Office::open().await;
    office.book.shut_door();
    office.scribe.ask(CRASH).await.unwrap_err();
    let waiting = office.ask(note("sent while it was down"));
    office.settle().await;
    assert_eq!(office.control.facts().queued, 1);
    office.book.open_door();
    waiting.await.unwrap().unwrap();
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_start_that_fails_is_tried_again_and_the_queue_waits() {
    let office = Office::open().await;
    office.book.shut_door();
    office.scribe.ask(CRASH).await.unwrap_err();
    let waiting = office.ask(note("patient"));
    office.book.broken.store(1, std::sync::atomic::Ordering::SeqCst);
    office.book.door.add_permits(2);
    office.settle().await;
    office.book.broken.store(0, std::sync::atomic::Ordering::SeqCst);
    office.book.open_door();
    waiting.await.unwrap().unwrap();
    assert_eq!(office.control.facts().incarnation.number(), 4);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_suspended_agent_that_crashes_is_suspended_still() {
    let office = Office::open().await;
    let held = office.busy().await;
    let waiting = office.ask(note("after lunch"));
    office.settle().await;
    office.control.suspend("lunch").unwrap();
    office.control.kill();
    assert!(matches!(held.await.unwrap(), Err(CallError::Unknown { .. })));
    office.settle().await;
    assert_eq!(office.control.facts().state.stage(), Stage::Suspended);
    assert_eq!(office.book.read(), ["held let go", "incarnation 2", "active: ready", "suspended: lunch"]);
    assert!(!waiting.is_finished());
    office.control.resume().unwrap();
    waiting.await.unwrap().unwrap();
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_draining_agent_that_crashes_drains_on() {
    let office = Office::open().await;
    let held = office.busy().await;
    let waiting = office.ask(note("last"));
    office.settle().await;
    let draining = {
        let control = office.control.clone();
        spawn(async move { control.drain("upgrade", SECOND).await })
    };
    office.settle().await;
    office.control.kill();
    assert!(matches!(held.await.unwrap(), Err(CallError::Unknown { .. })));
    waiting.await.unwrap().unwrap();
    assert_eq!(draining.await.unwrap(), Ok(true));
    assert_eq!(office.control.facts().state.reason(), Some("upgrade"));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn limits_and_counts_survive_and_what_it_held_in_memory_does_not() {
    let office = Office::open().await;
    let limits = Limits { memory_bytes: 7, ..Limits::default() };
    office.control.set_limits(limits);
    office.control.set_mailbox(capacity(3, WhenFull::Wait));
    office.scribe.ask(set(Chore::Hoard(5))).await.unwrap();
    assert_eq!(office.control.facts().usage.memory_bytes, 5);
    office.scribe.ask(CRASH).await.unwrap_err();
    office.scribe.ask(note("hello")).await.unwrap();
    let facts = office.control.facts();
    assert_eq!((facts.limits, facts.capacity, facts.handled), (limits, 3, 3));
    assert_eq!(facts.usage.memory_bytes, 0);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_start_that_waits_for_a_sibling_that_is_down_waits_until_its_limit() {
    let books: [std::sync::Arc<Book>; 2] = Default::default();
    let agents = [scribe("first", &books[0]).start_timeout(Some(SECOND)), scribe("second", &books[1])];
    let house = start(office(agents).flags(Flags::new(Strategy::OneForAll, 100, 5))).await;
    let (first, second) = (named(&house, "first"), named(&house, "second"));
    *books[0].asked_first.lock().unwrap() = Some(second.clone());
    let before = house.clock().now();
    second.ask(CRASH).await.unwrap_err();
    first.ask(note("at last")).await.unwrap();
    assert_eq!(house.clock().now() - before, SECOND);
    let failed = |event: &Event| matches!(event, Event::Decided(decision) if decision.failed.is_some());
    assert!(house.history().events().iter().any(|event| failed(&event.what)));
    house.stop().await;
}
