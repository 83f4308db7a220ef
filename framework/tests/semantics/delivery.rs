//! What it means that a message was sent, taken, and handled.

use super::scribe::*;
use mistersmith::agent::WhenFull;
use mistersmith::message::Budget;
use mistersmith::routing::CallError;

#[tokio::test(start_paused = true)]
async fn a_message_is_handled_at_most_once() {
    let office = Office::open().await;
    let crashed = office.scribe.ask(Do { what: What::Panic }).await;
    assert!(matches!(crashed, Err(CallError::Unknown { .. })));
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

/// On threads, with the moment of each message a little later than the one before: some come between the agent's last
/// look and its sleep.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_comes_while_the_agent_goes_to_sleep_wakes_it() {
    let office = Office::open().await;
    let clock = office.house.clock();
    let handled = || office.control.facts().handled;
    let before = handled();
    for number in 0..20_000 {
        (0..number % 64).for_each(|_| std::hint::spin_loop());
        office.scribe.try_tell(note(number)).unwrap();
        let sent = clock.now();
        while handled() <= before + number {
            assert!(clock.now() - sent < 10 * SECOND, "message {number} was overlooked");
        }
    }
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

/// Sends a full mailbox one message in each way that there is; how many came back, and how many were counted.
async fn sent_to_a_full_mailbox(when_full: WhenFull) -> (usize, u64) {
    let office = Office::of(|spec| spec.mailbox(capacity(1, when_full))).await;
    drop(office.busy().await);
    office.scribe.tell(note("takes the room")).await.unwrap();
    let soon = Budget { deadline: office.house.clock().deadline(SECOND), ..Budget::UNLIMITED };
    let came_back = [
        office.scribe.within(SECOND).tell(note("told")).await.is_err(),
        office.scribe.try_tell(note("offered")).is_err(),
        !office
            .house
            .router()
            .broadcast(&"agents.office.*".parse().unwrap(), note("spread"))
            .missed
            .is_empty(),
        office.control.call_json("note", r#"{"text": "in text"}"#, soon).await.is_err(),
    ];
    let dead_letters = office.control.facts().dead_letters;
    office.house.kill();
    (came_back.into_iter().filter(|&back| back).count(), dead_letters)
}

#[tokio::test(start_paused = true)]
async fn whatever_the_policy_a_message_beyond_the_room_is_counted_once() {
    assert_eq!(sent_to_a_full_mailbox(WhenFull::Refuse).await, (4, 4));
    assert_eq!(
        sent_to_a_full_mailbox(WhenFull::Wait).await,
        (4, 4),
        "when it is given up, not while it waits"
    );
    assert_eq!(
        sent_to_a_full_mailbox(WhenFull::ShedOldest).await,
        (1, 4),
        "the last one, which waits for a reply"
    );
}
