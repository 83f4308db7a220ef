//! What is promised of appending.

use tokio::task::JoinSet;

use super::LogUnderTest;
use super::ledger::{Ledger, account, answering, event};
use crate::events::{
    Append, AppendError, Json, Position, Query, RecordedAnswer, RequestKey, Sequence, StateEvent,
};

pub(super) async fn events_come_back_as_they_were_appended(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    log.write(1, 1..=3).await;
    let expected: Vec<StateEvent> = (1..=3)
        .map(|number| event(number).at(account(1), Sequence::new(number), Position::new(number)))
        .collect();
    assert_eq!(expected[1].metadata, event(2).metadata);
    assert_eq!(log.read(Query::all(Position::START)).await, expected);
    assert_eq!(log.read(Query::of(account(1), Sequence::START)).await, expected);
}

pub(super) async fn sequences_have_no_gaps_and_positions_only_grow(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    for round in 0..20 {
        log.write(round % 3, [u64::from(round); 3]).await;
        let refused = log.append(round % 3, 0, [event(99)]).await;
        assert!(refused.is_err(), "a refused append leaves no gap");
    }
    let events = log.read(Query::all(Position::START)).await;
    assert_eq!(events.len(), 60);
    for number in 0..3 {
        let own = events.iter().filter(|event| event.agent == account(number));
        for (index, event) in own.enumerate() {
            assert_eq!(event.sequence.number(), index as u64 + 1);
        }
    }
    assert!(events.windows(2).all(|pair| pair[0].position < pair[1].position));
}

pub(super) async fn an_append_is_whole_or_not_at_all(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    let mut second = event(2);
    second.data = Json::of(&"x".repeat(log.0.limits().event_bytes)).expect("text is JSON");
    assert!(matches!(log.append(1, 0, [event(1), second]).await, Err(AppendError::TooLarge(_))));
    assert_eq!(
        log.append(1, 0, [event(1), answering(2, "add", "k")]).await.map_err(drop).map(|_| ()),
        Ok(())
    );
    assert!(log.append(1, 2, [event(3), answering(4, "add", "k")]).await.is_err());
    assert_eq!(log.numbers().await, [1, 2]);
    assert_eq!(log.last(1).await, 2);
}

pub(super) async fn an_append_that_expects_another_event_is_a_conflict_and_says_what_is_there(
    place: &dyn LogUnderTest,
) {
    let log = Ledger(place.open().await);
    log.write(1, 1..=3).await;
    for (number, expected, found) in [(1, 2, 3), (1, 4, 3), (1, 0, 3), (2, 1, 0)] {
        match log.append(number, expected, [event(9)]).await {
            Err(AppendError::Conflict { agent, expected: told, found: there }) => {
                assert_eq!((agent, told.number(), there.number()), (account(number), expected, found));
            }
            other => panic!("expected a conflict, got {other:?}"),
        }
    }
    assert_eq!(log.numbers().await, [1, 2, 3]);
    assert_eq!(log.0.agents().await.expect("the log answers"), [account(1)], "a refused agent has no events");
}

pub(super) async fn of_many_that_expect_the_same_event_one_is_appended(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    for round in 0..10 {
        let mut writers = JoinSet::new();
        for writer in 0..16 {
            let append = Append::new(account(1), Sequence::new(round), [event(writer)]);
            let log = log.clone();
            writers.spawn(async move { log.0.append(append).await });
        }
        let mut won = 0;
        for outcome in writers.join_all().await {
            match outcome {
                Ok(appended) => {
                    won += 1;
                    assert_eq!(appended.sequence.number(), round + 1);
                }
                Err(AppendError::Conflict { found, .. }) => assert_eq!(found.number(), round + 1),
                Err(other) => panic!("expected a conflict, got {other:?}"),
            }
        }
        assert_eq!(won, 1);
    }
    assert_eq!(log.last(1).await, 10);
}

pub(super) async fn nothing_and_too_much_are_refused(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    let limits = log.0.limits();
    assert!(matches!(log.append(1, 0, []).await, Err(AppendError::Empty)));
    let many = (0..=limits.append_events as u64).map(event);
    assert!(matches!(log.append(1, 0, many).await, Err(AppendError::TooLarge(_))));
    let mut large = event(1);
    large.data = Json::of(&"x".repeat(limits.event_bytes)).expect("text is JSON");
    match log.append(1, 0, [large]).await {
        Err(AppendError::TooLarge(too_large)) => assert_eq!(too_large.limit, limits.event_bytes),
        other => panic!("expected it to be too large, got {other:?}"),
    }
    assert_eq!(log.numbers().await, [0; 0]);
}

pub(super) async fn a_repeated_request_gets_the_answer_of_the_first(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    log.append(1, 0, [event(1), answering(2, "add", "k")]).await.expect("the first is done");
    log.write(1, [3]).await;
    for expected in [3, 0] {
        match log.append(1, expected, [answering(9, "add", "k")]).await {
            Err(AppendError::Repeated { repeated }) => {
                assert_eq!(repeated.sequence.number(), 2);
                assert_eq!(repeated.answer, RecordedAnswer::Reply(Json::of(&2).expect("a number is JSON")));
            }
            other => panic!("expected the first answer, got {other:?}"),
        }
    }
    let key = RequestKey::new("add", "k").expect("it is a key");
    let found = log.0.answered(&account(1), &key).await.expect("the log answers").expect("it was answered");
    assert_eq!(found.sequence.number(), 2);
    assert_eq!(log.numbers().await, [1, 2, 3]);
}

pub(super) async fn the_same_key_of_another_agent_or_action_is_another_request(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    log.append(1, 0, [answering(1, "add", "k")]).await.expect("the first");
    log.append(1, 1, [answering(2, "take", "k")]).await.expect("another action");
    log.append(1, 2, [answering(3, "add", "K")]).await.expect("another key");
    log.append(2, 0, [answering(4, "add", "k")]).await.expect("another agent");
    let never = RequestKey::new("add", "never").expect("it is a key");
    assert_eq!(log.0.answered(&account(1), &never).await.expect("the log answers"), None);
    assert_eq!(log.0.answered(&account(3), &never).await.expect("the log answers"), None);
}
