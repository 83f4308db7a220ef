//! Streams of items, their credits, and how they end.

use super::scribe::*;
use mistersmith::agent::NoCredit;
use mistersmith::routing::{CallError, Incoming, Interrupted};

async fn open(credits: usize) -> (Office, Incoming<Watch>) {
    let office = Office::open().await;
    let incoming = office.scribe.within(SECOND).subscribe(Watch, credits).await.unwrap();
    (office, incoming)
}

#[tokio::test(start_paused = true)]
async fn no_more_items_are_on_their_way_than_the_reader_has_given_credits() {
    let (office, mut items) = open(2).await;
    let sink = office.book.sink();
    sink.try_send(1).unwrap();
    sink.try_send(2).unwrap();
    assert_eq!(sink.try_send(3), Err(NoCredit::NotNow(3)));
    assert_eq!(items.next().await, Some(Ok(1)));
    sink.try_send(3).unwrap();
    assert_eq!(sink.credits(), 0);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn items_come_in_order_and_after_the_last_one_the_stream_is_over() {
    let (office, mut items) = open(9).await;
    let sink = office.book.sink();
    (1..=3).for_each(|item| sink.try_send(item).unwrap());
    sink.finish();
    for item in 1..=3 {
        assert_eq!(items.next().await, Some(Ok(item)));
    }
    assert_eq!((items.next().await, items.next().await), (None, None));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_not_finished_was_interrupted_and_says_so_once() {
    let (office, mut items) = open(9).await;
    let sink = office.book.sink();
    sink.try_send(1).unwrap();
    drop(sink);
    assert_eq!(items.next().await, Some(Ok(1)));
    assert_eq!((items.next().await, items.next().await), (Some(Err(Interrupted)), None));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_reader_cancels_by_dropping_its_end() {
    let (office, items) = open(9).await;
    let sink = office.book.sink();
    assert!(!sink.is_cancelled());
    assert!(office.house.clock().timeout(SECOND, sink.cancelled()).await.is_err(), "it is still read");
    drop(items);
    sink.cancelled().await;
    assert!(sink.is_cancelled());
    assert_eq!(sink.try_send(1), Err(NoCredit::Cancelled));
    assert!(sink.send(1).await.is_err());
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_subscription_may_be_refused() {
    let office = Office::open().await;
    office.book.gate.close();
    let refused = office.scribe.subscribe(Watch).await;
    assert!(matches!(refused, Err(CallError::Refused(sorry)) if sorry.why == "nothing to see"));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_a_subscription_is_for_its_opening_and_not_for_its_items() {
    let (office, mut items) = open(9).await;
    office.house.clock().sleep(5 * SECOND).await;
    office.book.sink().try_send(1).unwrap();
    assert_eq!(items.next().await, Some(Ok(1)));
    office.house.stop().await;
}
