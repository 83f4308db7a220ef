//! Timers, tasks and attached streams: what an agent does beside its messages.

use std::sync::mpsc::sync_channel;

use super::scribe::*;
use mistersmith::agent::Limits;
use mistersmith::routing::CallError;

fn text(text: &str) -> String {
    text.to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_timer_sends_its_message_when_the_time_has_passed() {
    let office = Office::open().await;
    office.scribe.ask(set(Chore::After(1_000, text("rings")))).await.unwrap();
    office.house.clock().sleep(SECOND / 2).await;
    assert_eq!(office.book.read(), [""; 0]);
    office.house.clock().sleep(SECOND).await;
    assert_eq!(office.book.read(), ["rings"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_was_cancelled_sends_nothing() {
    let office = Office::open().await;
    office.scribe.ask(set(Chore::CancelledAfter(1_000, text("rings")))).await.unwrap();
    office.house.clock().sleep(2 * SECOND).await;
    assert_eq!(office.book.read(), [""; 0]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_tick_is_left_out_while_the_one_before_has_not_been_handled() {
    let office = Office::open().await;
    office.scribe.ask(set(Chore::Every(100, text("tick")))).await.unwrap();
    office.house.clock().sleep(SECOND / 4).await;
    assert_eq!(office.book.read(), ["tick", "tick"]);
    let _held = office.busy().await;
    office.house.clock().sleep(SECOND).await;
    office.go_on();
    office.settle().await;
    assert_eq!(office.book.read(), ["held let go", "tick"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn timers_and_private_messages_end_with_their_incarnation() {
    let office = Office::open().await;
    office.scribe.ask(set(Chore::After(1_000, text("rings")))).await.unwrap();
    let held = office.busy().await;
    office.scribe.tell(set(Chore::Attach(vec![text("fail"), text("never")]))).await.unwrap();
    office.scribe.tell(hold("again")).await.unwrap();
    office.go_on();
    held.await.unwrap().unwrap();
    office.settle().await;
    assert_eq!(office.book.read(), ["held let go", "again", "read fail", "read never"]);
    office.go_on();
    office.house.clock().sleep(2 * SECOND).await;
    office.scribe.ask(note("the next one looks")).await.unwrap();
    let expected = [
        "again let go",
        "fail",
        "ends: error: told to fail",
        "incarnation 2",
        "active: ready",
        "the next one looks",
    ];
    assert_eq!(office.book.read(), expected);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_ends_with_its_incarnation_and_before_the_next_one_begins() {
    let office = Office::open().await;
    office.scribe.ask(set(Chore::Task(text("task")))).await.unwrap();
    office.scribe.ask(Do { what: What::Fail }).await.unwrap_err();
    office.scribe.ask(note("hello")).await.unwrap();
    let expected =
        ["Fail", "ends: error: told to fail", "task let go", "incarnation 2", "active: ready", "hello"];
    assert_eq!(office.book.read(), expected);
    office.house.stop().await;
}

/// On threads, because a task that does not await keeps its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn the_next_incarnation_waits_for_a_task_that_does_not_await() {
    let book = std::sync::Arc::<Book>::default();
    let house = start(office([scribe("scribe", &book)])).await;
    let (ring, bell) = sync_channel(0);
    *book.bell.lock().unwrap() = Some(bell);
    let scribe = named(&house, "scribe");
    scribe.ask(set(Chore::DeafTask(text("task")))).await.unwrap();
    ring.send(()).expect("the task has begun");
    scribe.ask(Do { what: What::Fail }).await.unwrap_err();
    // Each time the task listens, somebody else could have begun.
    (0..1_000).for_each(|_| ring.send(()).expect("it is still there"));
    drop(ring);
    scribe.ask(note("hello")).await.unwrap();
    let written = book.read();
    let place = |line: &str| written.iter().position(|written| written == line).unwrap();
    assert!(place("task let go") < place("incarnation 2"), "{written:?}");
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn tasks_beyond_the_limit_are_refused() {
    let office = Office::of(|spec| spec.limits(Limits { tasks: 1, ..Limits::default() })).await;
    office.scribe.ask(set(Chore::Task(text("first")))).await.unwrap();
    // The scribe passes the refusal on with `?`, which ends it.
    let second = office.scribe.ask(set(Chore::Task(text("second")))).await;
    assert!(matches!(second, Err(CallError::Unknown { .. })));
    assert_eq!(office.control.facts().usage.refused, 1);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_attached_stream_is_read_no_further_while_64_items_wait() {
    let office = Office::open().await;
    let items = (0..200).map(|item| format!("item {item}")).collect();
    office.scribe.tell(set(Chore::Attach(items))).await.unwrap();
    office.scribe.tell(hold("held")).await.unwrap();
    office.settle().await;
    let read = office.book.read().iter().filter(|line| line.starts_with("read ")).count();
    assert_eq!(read, 64);
    office.go_on();
    office.settle().await;
    let handled = office.book.read().iter().filter(|line| line.starts_with("item ")).count();
    assert_eq!(handled, 200);
    office.house.stop().await;
}
