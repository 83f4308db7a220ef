//! How much a mailbox holds, and what happens beyond it.

use super::scribe::*;
use mistersmith::agent::{CallJsonError, Limits, MailboxLimits, WhenFull};
use mistersmith::clock::Deadline;
use mistersmith::message::{Budget, Why};
use mistersmith::routing::CallError;

async fn full(when_full: WhenFull) -> Office {
    let office = Office::of(|spec| spec.mailbox(capacity(1, when_full))).await;
    drop(office.busy().await);
    office.scribe.tell(note("first")).await.unwrap();
    office
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_holds_ten_thousand_messages_beside_the_one_in_hand() {
    assert_eq!(MailboxLimits::default(), capacity(10_000, WhenFull::Refuse));
    let office = Office::open().await;
    let _held = office.busy().await;
    for number in 0..10_000 {
        office.scribe.try_tell(note(number)).unwrap();
    }
    assert!(matches!(office.scribe.try_tell(note("more")), Err(CallError::Overloaded { .. })));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_refuses_sends_the_message_back() {
    let office = full(WhenFull::Refuse).await;
    let error = office.scribe.tell(note("second")).await.unwrap_err();
    assert_eq!(error.into_request(), Some(note("second")));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_lets_wait_takes_the_message_when_there_is_room() {
    let office = full(WhenFull::Wait).await;
    let waiting = office.ask(note("second"));
    office.settle().await;
    assert!(!waiting.is_finished());
    office.go_on();
    waiting.await.unwrap().unwrap();
    assert_eq!(office.book.read(), ["held let go", "first", "second"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_sender_waits_no_longer_than_its_deadline() {
    let office = full(WhenFull::Wait).await;
    let before = office.house.clock().now();
    let error = office.scribe.within(SECOND).tell(note("second")).await.unwrap_err();
    assert_eq!(office.house.clock().now() - before, SECOND);
    assert_eq!(error.into_request(), Some(note("second")));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_as_text_waits_for_room_as_any_other() {
    let office = full(WhenFull::Wait).await;
    let now = office.house.clock().now();
    let in_text = |deadline| {
        let control = office.control.clone();
        let budget = Budget { deadline, ..Budget::UNLIMITED };
        spawn(async move { control.call_json("note", r#"{"text": "in text"}"#, budget).await })
    };
    let hurried = in_text(Deadline::at(now + SECOND)).await.unwrap();
    assert!(matches!(hurried, Err(CallJsonError::NotDelivered(Why::Overloaded { .. }))), "{hurried:?}");
    assert_eq!(office.house.clock().now() - now, SECOND);
    let patient = in_text(Deadline::NONE);
    office.settle().await;
    assert!(!patient.is_finished());
    office.go_on();
    patient.await.unwrap().unwrap();
    assert_eq!(office.book.read(), ["held let go", "first", "in text"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_is_dropped_while_it_waits_has_sent_nothing() {
    let office = full(WhenFull::Wait).await;
    let waiting = office.ask(note("second"));
    office.settle().await;
    waiting.abort();
    office.go_on();
    office.settle().await;
    assert_eq!(office.book.read(), ["held let go", "first"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_waits_waits_through_a_restart() {
    let office = full(WhenFull::Wait).await;
    let waiting = office.ask(note("second"));
    office.settle().await;
    office.control.kill();
    waiting.await.unwrap().unwrap();
    let written = office.book.read();
    assert_eq!(written, ["held let go", "incarnation 2", "active: ready", "first", "second"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn senders_that_wait_are_told_when_the_agent_is_gone() {
    let office = full(WhenFull::Wait).await;
    let waiting = [1, 2, 3].map(|number| office.ask(note(number)));
    office.settle().await;
    office.house.terminate(&office.control).await;
    for waiting in waiting {
        assert!(matches!(waiting.await.unwrap(), Err(CallError::Gone { .. })));
    }
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn try_tell_never_waits() {
    let office = full(WhenFull::Wait).await;
    assert!(matches!(office.scribe.try_tell(note("second")), Err(CallError::Overloaded { .. })));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_sheds_drops_the_oldest_and_tells_who_waits_for_it() {
    let office = Office::of(|spec| spec.mailbox(capacity(1, WhenFull::ShedOldest))).await;
    let held = office.busy().await;
    let oldest = office.ask(note("oldest"));
    office.settle().await;
    office.scribe.tell(note("newest")).await.unwrap();
    let Err(CallError::Overloaded { request }) = oldest.await.unwrap() else { panic!("expected a shed one") };
    assert_eq!((request, office.control.facts().dead_letters), (note("oldest"), 1));
    office.go_on();
    held.await.unwrap().unwrap();
    office.settle().await;
    assert_eq!(office.book.read(), ["held let go", "newest"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn more_room_lets_in_who_waits_and_less_drops_nobody() {
    let office = full(WhenFull::Wait).await;
    let waiting = office.ask(note("second"));
    office.settle().await;
    office.control.set_mailbox(capacity(2, WhenFull::Wait));
    office.settle().await;
    assert_eq!(office.control.facts().queued, 2);
    office.control.set_mailbox(capacity(1, WhenFull::Refuse));
    assert_eq!(office.control.facts().queued, 2);
    office.scribe.tell(note("third")).await.unwrap_err();
    office.go_on();
    waiting.await.unwrap().unwrap();
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_beyond_the_rate_is_refused_as_one_beyond_the_room() {
    let office = Office::of(|spec| {
        spec.limits(Limits { messages_per_second: 10, ..Limits::default() })
            .mailbox(capacity(99, WhenFull::Wait))
    })
    .await;
    let taken = (0..9).filter(|number| office.scribe.try_tell(note(number)).is_ok()).count();
    assert_eq!(taken, 2); // one that is due, and a tenth of a second's worth
    assert!(matches!(office.scribe.tell(note("more")).await, Err(CallError::Overloaded { .. })));
    office.house.clock().sleep(SECOND).await;
    office.scribe.tell(note("next second")).await.unwrap();
    office.house.stop().await;
}
