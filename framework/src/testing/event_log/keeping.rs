//! What is promised of snapshots, of compaction, and of opening a log again.

use super::LogUnderTest;
use super::ledger::{Ledger, account, answering, event, numbers, snapshot};
use crate::events::{
    CompactError, Compaction, Durability, EventName, EventType, LifeChange, Position, Query, ReadError,
    RequestKey, SaveError, Sequence, Timestamp, life_up_to,
};

const NEVER: Timestamp = Timestamp::from_micros(u64::MAX);

fn compaction(number: u32, up_to: u64, keep_answers_since: Timestamp) -> Compaction {
    Compaction { agent: account(number), up_to: Sequence::new(up_to), keep_answers_since }
}

pub(super) async fn the_newest_snapshot_that_is_not_too_new_is_found(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    log.write(1, 1..=10).await;
    log.write(2, 1..=1).await;
    for sequence in [3, 6, 9] {
        log.save(1, sequence).await;
    }
    let newest = async |number, at_most| {
        let found = log.0.snapshot(&account(number), Sequence::new(at_most)).await;
        found.expect("the log answers")
    };
    for (at_most, found) in
        [(2, None), (3, Some(3)), (5, Some(3)), (8, Some(6)), (10, Some(9)), (u64::MAX, Some(9))]
    {
        assert_eq!(
            newest(1, at_most).await,
            found.map(|sequence| snapshot(1, sequence)),
            "at most {at_most}"
        );
    }
    assert_eq!(newest(2, 10).await, None);
    let mut again = snapshot(1, 9);
    again.timestamp = Timestamp::from_micros(77);
    log.0.save(again.clone()).await.expect("it takes the place of the other");
    assert_eq!(newest(1, 10).await, Some(again));
}

pub(super) async fn a_snapshot_of_events_that_are_not_there_is_refused(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    log.write(1, [1]).await;
    for (number, sequence, there) in [(1, 2, 1), (2, 1, 0)] {
        match log.0.save(snapshot(number, sequence)).await {
            Err(SaveError::Ahead { last, .. }) => assert_eq!(last.number(), there),
            other => panic!("expected it to be ahead, got {other:?}"),
        }
    }
}

pub(super) async fn nothing_is_dropped_that_a_restore_needs(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    log.write(1, 1..=10).await;
    let refused = log.0.compact(compaction(1, 5, NEVER)).await;
    assert!(matches!(refused, Err(CompactError::NoSnapshot { .. })), "{refused:?}");
    log.save(1, 3).await;
    log.save(1, 6).await;
    log.save(1, 8).await;
    let refused = log.0.compact(compaction(1, 9, NEVER)).await;
    assert!(matches!(refused, Err(CompactError::NoSnapshot { .. })), "{refused:?}");
    assert_eq!(log.read(Query::of(account(1), Sequence::START)).await.len(), 10);

    let done = log.0.compact(compaction(1, 5, NEVER)).await.expect("there is a snapshot after 6");
    assert_eq!((done.events, done.snapshots), (5, 1));
    let snapshot_left = log.0.snapshot(&account(1), Sequence::new(7)).await.expect("the log answers");
    assert_eq!(snapshot_left, Some(snapshot(1, 6)));
    let rest = Query::of(account(1), Sequence::new(6));
    assert_eq!(numbers(&log.read(rest).await), [7, 8, 9, 10]);
    assert_eq!(log.last(1).await, 10);
    log.write(1, [11]).await;
    assert_eq!(log.last(1).await, 11);
    let again = log.0.compact(compaction(1, 5, NEVER)).await.expect("it is done already");
    assert_eq!((again.events, again.snapshots), (0, 0));
}

pub(super) async fn what_was_compacted_is_missed_and_not_passed_over(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    log.write(1, 1..=2).await;
    log.write(2, 3..=4).await;
    log.write(1, 5..=6).await;
    log.save(1, 3).await;
    log.0.compact(compaction(1, 3, NEVER)).await.expect("there is a snapshot");

    match log.0.read(Query::of(account(1), Sequence::new(2))).await {
        Err(ReadError::CompactedOf { up_to, .. }) => assert_eq!(up_to.number(), 3),
        other => panic!("expected it to be compacted, got {other:?}"),
    }
    assert_eq!(numbers(&log.read(Query::of(account(1), Sequence::new(3))).await), [6]);
    for after in [0, 4] {
        match log.0.read(Query::all(Position::new(after))).await {
            Err(ReadError::Compacted { up_to }) => assert_eq!(up_to.number(), 5),
            other => panic!("expected it to be compacted, got {other:?}"),
        }
    }
    assert_eq!(numbers(&log.read(Query::all(Position::new(5))).await), [6]);
    assert_eq!(numbers(&log.read(Query::all(Position::START).with_gaps()).await), [3, 4, 6]);
}

/// A life with so many changes, shortened up to the second.
async fn shortened_life(log: &Ledger, number: u32, changes: u64) {
    let change = |number: u64| {
        let mut change = event(number);
        change.event_type = EventType::first(LifeChange::NAME).expect("it is a name");
        change
    };
    log.append(number, 0, (1..=changes).map(change)).await.expect("it is appended");
    let second = log.read(Query::of(account(number), Sequence::new(1)).limit(1)).await.remove(0);
    log.0.save(life_up_to(second).expect("it has a form")).await.expect("it is kept");
    log.0.compact(compaction(number, 2, NEVER)).await.expect("there is a snapshot");
}

pub(super) async fn a_life_that_is_shortened_is_missed_only_by_those_who_ask_for_lives(
    place: &dyn LogUnderTest,
) {
    let log = Ledger(place.open().await);
    log.write(1, 1..=2).await;
    shortened_life(&log, 2, 5).await;
    log.write(1, [3]).await;
    let lives = Query::all(Position::new(2)).of_type(EventName::new(LifeChange::NAME).expect("it is a name"));
    let everything = async |log: &Ledger| {
        assert_eq!(numbers(&log.read(Query::all(Position::START)).await), [1, 2, 3, 4, 5, 3]);
        match log.0.read(lives.clone()).await {
            Err(ReadError::Compacted { up_to }) => assert_eq!(up_to.number(), 4),
            other => panic!("expected it to be compacted, got {other:?}"),
        }
        match log.0.read(Query::of(account(2), Sequence::START)).await {
            Err(ReadError::CompactedOf { up_to, .. }) => assert_eq!(up_to.number(), 2),
            other => panic!("expected it to be compacted, got {other:?}"),
        }
    };
    everything(&log).await;
    let is_kept = log.0.durability() != Durability::Process;
    let log = if is_kept {
        drop(log);
        Ledger(place.open().await)
    } else {
        log
    };
    everything(&log).await;

    // What becomes of states is missed as ever, whatever comes of lives before and after it.
    log.save(1, 2).await;
    log.0.compact(compaction(1, 2, NEVER)).await.expect("there is a snapshot");
    let life = log.0.beginning(&account(2), None).await.expect("the log answers").expect("it was shortened");
    let mut another = life;
    another.snapshot.agent = account(3);
    log.0.begin(another).await.expect("there is nothing of it");
    let log = if is_kept {
        drop(log);
        Ledger(place.open().await)
    } else {
        log
    };
    match log.0.read(Query::all(Position::START)).await {
        Err(ReadError::Compacted { up_to }) => assert_eq!(up_to.number(), 2),
        other => panic!("expected it to be compacted, got {other:?}"),
    }
    assert_eq!(numbers(&log.read(Query::all(Position::new(2))).await), [3, 4, 5, 3]);
    assert_eq!(log.0.verify().await.expect("the log answers"), []);
}

pub(super) async fn a_young_answer_outlives_its_events_and_an_old_one_does_not(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    let events =
        [answering(10, "add", "old"), answering(20, "add", "young"), event(30), answering(5, "add", "kept")];
    log.append(1, 0, events).await.expect("they are appended");
    log.save(1, 3).await;
    let since = Timestamp::from_micros(20_000_000);
    let done = log.0.compact(compaction(1, 3, since)).await.expect("there is a snapshot");
    assert_eq!((done.events, done.answers), (3, 1));
    for (key, known) in [("old", false), ("young", true), ("kept", true)] {
        let key = RequestKey::new("add", key).expect("it is a key");
        let found = log.0.answered(&account(1), &key).await.expect("the log answers");
        assert_eq!(found.is_some(), known, "{key}");
    }
}

pub(super) async fn a_log_in_order_has_no_damage(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    assert_eq!(log.0.verify().await.expect("the log answers"), []);
    for number in 0..10 {
        log.write(number % 3, 0..5).await;
    }
    log.append(4, 0, [answering(1, "add", "k")]).await.expect("it is appended");
    log.save(1, 4).await;
    log.0.compact(compaction(1, 4, NEVER)).await.expect("there is a snapshot");
    assert_eq!(log.0.verify().await.expect("the log answers"), []);
}

pub(super) async fn what_was_acknowledged_is_there_when_the_log_is_opened_again(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    if log.0.durability() == Durability::Process {
        return;
    }
    for number in 0..40 {
        log.write(number % 5, [u64::from(number), 100]).await;
    }
    log.append(6, 0, [answering(1, "add", "k"), event(2)]).await.expect("they are appended");
    for number in 0..5 {
        log.save(number, 7).await;
    }
    log.0.compact(compaction(0, 5, NEVER)).await.expect("there is a snapshot");
    let everything = async |log: &Ledger| {
        let mut seen = format!("{:?}\n", log.0.agents().await.expect("the log answers"));
        seen += &format!("{:?}\n", log.read(Query::all(Position::START).with_gaps()).await);
        for number in 0..7 {
            let after = Sequence::new(if number == 0 { 5 } else { 0 });
            seen += &format!(
                "{} {:?}\n",
                log.last(number).await,
                log.read(Query::of(account(number), after)).await
            );
            seen += &format!("{:?}\n", log.0.snapshot(&account(number), Sequence::END).await);
        }
        let key = RequestKey::new("add", "k").expect("it is a key");
        seen + &format!("{:?} {:?}", log.0.answered(&account(6), &key).await, *log.0.head().borrow())
    };
    let before = everything(&log).await;
    drop(log);
    let log = Ledger(place.open().await);
    assert_eq!(everything(&log).await, before);
    assert!(log.0.read(Query::all(Position::START)).await.is_err(), "what was compacted is missed still");
    log.write(1, [7]).await;
    assert_eq!(log.0.verify().await.expect("the log answers"), []);
}
