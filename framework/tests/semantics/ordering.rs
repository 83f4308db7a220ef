//! In which order messages are handled.

use super::scribe::*;
use mistersmith::routing::CallError;

#[tokio::test(start_paused = true)]
async fn messages_of_one_sender_are_handled_in_the_order_they_were_sent() {
    let office = Office::open().await;
    for number in 0..200 {
        office.scribe.tell(note(number)).await.unwrap();
    }
    office.settle().await;
    assert_eq!(office.book.read(), (0..200).map(|number| number.to_string()).collect::<Vec<_>>());
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_message_is_handled_at_a_time() {
    let office = Office::open().await;
    let first = office.busy().await;
    let second = office.ask(note("second"));
    office.settle().await;
    assert_eq!(office.book.read(), [""; 0]);
    office.go_on();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(office.book.read(), ["held let go", "second"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn private_messages_and_messages_take_turns() {
    let office = Office::open().await;
    let held = office.busy().await;
    for text in ["one", "two"] {
        office.scribe.tell(set(Chore::Say(text.to_owned()))).await.unwrap();
    }
    for number in 1..=3 {
        office.scribe.tell(note(number)).await.unwrap();
    }
    office.go_on();
    held.await.unwrap().unwrap();
    office.settle().await;
    assert_eq!(office.book.read(), ["held let go", "one", "two", "1", "2", "3"]);
    // "one" was said by the first message and came before the second; with two that wait, they alternate.
    let held = office.busy().await;
    office.scribe.tell(set(Chore::Attach(vec!["a".into(), "b".into(), "c".into()]))).await.unwrap();
    office.scribe.tell(hold("again")).await.unwrap();
    (0..2).for_each(|number| office.scribe.try_tell(note(number)).unwrap());
    office.go_on();
    held.await.unwrap().unwrap();
    office.settle().await;
    office.book.read();
    office.go_on();
    office.settle().await;
    assert_eq!(office.book.read(), ["again let go", "a", "0", "b", "1", "c"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_overtake_another() {
    let office = Office::open().await;
    let first = office.ask(Defer);
    office.settle().await;
    let second = office.ask(note("second"));
    second.await.unwrap().unwrap();
    assert!(!first.is_finished());
    office.house.stop().await;
    assert!(matches!(first.await.unwrap(), Err(CallError::Unknown { .. })));
}
