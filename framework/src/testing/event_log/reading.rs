//! What is promised of reading.

use super::LogUnderTest;
use super::ledger::{Ledger, account, event, numbers};
use crate::events::{
    Answered, EventName, Json, Position, Query, RecordedAnswer, RequestKey, Sequence, StateEvent, Timestamp,
};

pub(super) async fn pages_hold_every_event_once_whatever_their_size(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    for number in 0..50 {
        log.write(u32::try_from(number % 7).expect("it is small"), [number]).await;
    }
    let all: Vec<_> = (0..50).collect();
    for limit in [1, 2, 7, 49, 50, 51, usize::MAX] {
        assert_eq!(numbers(&log.read(Query::all(Position::START).limit(limit)).await), all, "limit {limit}");
        let own = log.read(Query::of(account(3), Sequence::START).limit(limit)).await;
        assert_eq!(numbers(&own), [3, 10, 17, 24, 31, 38, 45], "limit {limit}");
    }
    let first = log.0.read(Query::all(Position::START).limit(7)).await.expect("it can be read");
    assert_eq!((first.events.len(), first.at_end), (7, false));
    let rest = log.0.read(Query::all(Position::new(43)).limit(50)).await.expect("it can be read");
    assert_eq!((rest.events.len(), rest.at_end), (7, true));
}

pub(super) async fn an_agents_events_are_read_from_a_sequence_to_a_sequence(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    log.write(1, 1..=10).await;
    log.write(2, 11..=20).await;
    let of = |after, last| Query::of(account(1), Sequence::new(after)).up_to(Sequence::new(last));
    assert_eq!(numbers(&log.read(of(0, 10)).await), (1..=10).collect::<Vec<_>>());
    assert_eq!(numbers(&log.read(of(3, 5)).await), [4, 5]);
    assert_eq!(numbers(&log.read(of(3, 5).limit(1)).await), [4, 5]);
    assert_eq!(numbers(&log.read(of(10, 99)).await), [0; 0]);
    assert_eq!(numbers(&log.read(of(5, 3)).await), [0; 0]);
    assert_eq!(numbers(&log.read(Query::of(account(3), Sequence::START)).await), [0; 0]);
}

pub(super) async fn events_are_found_by_type_and_by_time(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    for number in 1..=20 {
        log.write(u32::from(number > 10), [number]).await;
    }
    let odd = EventName::new("Odd").expect("it is a name");
    let second = |number: u64| Timestamp::from_micros(number * 1_000_000);
    let all = || Query::all(Position::START);
    assert_eq!(numbers(&log.read(all().of_type(odd.clone())).await), (1..=19).step_by(2).collect::<Vec<_>>());
    assert_eq!(numbers(&log.read(all().since(second(18))).await), [18, 19, 20]);
    assert_eq!(numbers(&log.read(all().until(second(2))).await), [1, 2]);
    let some = all().of_type(odd.clone()).since(second(8)).until(second(12));
    assert_eq!(numbers(&log.read(some.limit(1)).await), [9, 11]);
    let own = Query::of(account(1), Sequence::START).of_type(odd).until(second(14));
    assert_eq!(numbers(&log.read(own).await), [11, 13]);
    let none = all().of_type(EventName::new("Prime").expect("it is a name"));
    assert_eq!(numbers(&log.read(none).await), [0; 0]);
}

pub(super) async fn agents_are_listed_in_the_order_of_their_first_events(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    assert_eq!(log.0.agents().await.expect("the log answers"), []);
    for number in [5, 1, 5, 3, 1] {
        log.write(number, [1]).await;
    }
    assert_eq!(log.0.agents().await.expect("the log answers"), [account(5), account(1), account(3)]);
}

pub(super) async fn a_page_takes_no_more_memory_than_its_limit(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    let limits = log.0.limits();
    let large = Json::of(&"x".repeat(limits.event_bytes / 2)).expect("text is JSON");
    for number in 0..12 {
        let mut event = event(number);
        if number < 6 {
            event.data = large.clone();
        } else {
            // An answer lies beside its event, and is as large.
            event.metadata.answered = Some(Answered {
                key: RequestKey::new("add", number.to_string()).expect("it is a key"),
                answer: RecordedAnswer::Reply(large.clone()),
            });
        }
        log.append(1, number, [event]).await.expect("it is not too large");
    }
    for query in [Query::all(Position::START), Query::of(account(1), Sequence::START)] {
        let (mut next, mut pages) = (query.clone(), 0);
        loop {
            let page = log.0.read(next).await.expect("it can be read");
            let bytes: usize = page.events.iter().map(StateEvent::size).sum();
            assert!(bytes <= limits.page_bytes, "{bytes} bytes on a page");
            (next, pages) = (page.next, pages + 1);
            if page.at_end {
                break;
            }
        }
        assert!(pages > 1, "all of it is on one page");
        assert_eq!(log.read(query).await.len(), 12);
    }
}
