//! The log in a file when something in it is not what was written: it is noticed, named, and what is before it is read.

use std::fs;

use mistersmith::events::{
    AppendError, Damage, DamagedPlace, OpenError, Position, Query, ReadError, Sequence,
};
use mistersmith::testing::event_log::{account, event};

use super::place::*;

#[tokio::test]
async fn a_damaged_event_is_named_and_what_is_before_it_can_be_read() {
    let place = Place::new();
    let log = place.open();
    log.write(1, 1..=4).await;
    log.write(2, 5..=8).await;
    drop(log);
    place.tamper("UPDATE events SET data = '33' WHERE position = 6");

    let log = place.open();
    let page = log.0.read(Query::all(Position::START)).await.unwrap();
    assert_eq!((page.events.len(), page.at_end), (5, false));
    match log.0.read(page.next).await {
        Err(ReadError::Damaged(damage)) => {
            assert_eq!(damage.place, DamagedPlace::Event { position: Position::new(6) });
            let text = damage.to_string();
            let begins = format!("{}: the event at position 6 is damaged: ", place.log().display());
            assert!(text.starts_with(&begins), "{text}");
            assert!(text.contains("events up to position 5 can be read: restore a backup"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    let after = log.0.read(Query::all(Position::new(6))).await.unwrap();
    assert_eq!(after.events.len(), 2, "and what is after it, if somebody says that it may be missing");
    assert_eq!(log.read(Query::of(account(1), Sequence::START)).await.len(), 4);
}

#[tokio::test]
async fn a_log_that_is_damaged_is_read_and_not_written() {
    let place = Place::new();
    place.open().write(1, 1..=4).await;
    place.tamper("UPDATE events SET data = '33' WHERE position = 3");
    let log = place.open();
    assert!(matches!(log.append(1, 4, [event(5)]).await, Err(AppendError::Damaged(_))));
    assert!(matches!(log.append(2, 0, [event(5)]).await, Err(AppendError::Damaged(_))));
    assert_eq!(log.0.read(Query::all(Position::START)).await.unwrap().events.len(), 2);
    assert!(!log.0.verify().await.unwrap().is_empty());
}

#[tokio::test]
async fn whatever_is_said_of_a_log_that_is_damaged_names_it_and_up_to_where_it_can_be_read() {
    let place = Place::new();
    write_some_of_everything(&place.open()).await;
    place.tamper("UPDATE events SET data = '33' WHERE position = 40; UPDATE snapshots SET state = '1'");
    let said = |damage: &Damage| {
        let log = damage.log.as_deref().unwrap();
        (log.name.clone(), log.readable.number())
    };
    let (log, expected) = (place.open(), (place.log().display().to_string(), 39));
    for damage in log.0.verify().await.unwrap() {
        assert_eq!(said(&damage), expected, "{damage}");
    }
    match log.0.snapshot(&account(1), Sequence::END).await {
        Err(ReadError::Damaged(damage)) => assert_eq!(said(&damage), expected, "{damage}"),
        other => panic!("{other:?}"),
    }
    drop(log);
    // So that it is seen when it is opened, and not only when it is read.
    place.tamper("UPDATE events SET data = '33' WHERE position = 50");
    match place.open().append(1, 16, [event(5)]).await {
        Err(AppendError::Damaged(damage)) => assert_eq!(said(&damage), expected, "{damage}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_that_was_a_log_and_is_none_any_more_is_said_to_be_damaged() {
    let place = Place::new();
    place.open().write(1, 1..=3).await;
    fs::write(place.log(), [7; 8192]).unwrap();
    match place.try_open(quick()) {
        Err(error @ OpenError::Damaged { .. }) => {
            let text = error.to_string();
            assert!(text.starts_with(&place.log().display().to_string()), "{text}");
            assert!(text.ends_with("nothing of it can be read: restore a backup"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_event_that_was_taken_out_is_missed_wherever_it_stood() {
    for position in 1..=8 {
        let place = Place::new();
        let log = place.open();
        log.write(1, 1..=4).await;
        log.write(2, 5..=8).await;
        drop(log);
        place.tamper(&format!("DELETE FROM events WHERE position = {position}"));
        match place.try_open(quick()) {
            Err(OpenError::Lost { acknowledged, found, .. }) => {
                assert_eq!((acknowledged.number(), found.number(), position), (8, 7, 8));
            }
            Err(other) => panic!("{other:?}"),
            Ok(log) => {
                let missed = read(&log, Query::all(Position::START)).await.unwrap_err();
                assert!(missed.to_string().contains(&format!("position {position} ")), "{missed}");
                let refused = log.append(3, 0, [event(9)]).await;
                assert!(matches!(refused, Err(AppendError::Damaged(_))), "position {position}: {refused:?}");
                assert!(!log.0.verify().await.unwrap().is_empty());
            }
        }
    }
}

#[tokio::test]
async fn an_event_that_is_taken_out_while_the_log_is_open_is_missed() {
    let place = Place::new();
    let log = place.open();
    log.write(1, 1..=3).await;
    assert_eq!(log.0.verify().await.unwrap(), [], "they are in the tables after that");
    place.tamper("DELETE FROM events WHERE position = 3");
    let missed = read(&log, Query::all(Position::START)).await.unwrap_err();
    assert!(missed.to_string().contains("position 3 "), "{missed}");
    let missed = read(&log, Query::of(account(1), Sequence::START)).await.unwrap_err();
    assert!(missed.to_string().contains("event 3 of "), "{missed}");
}

#[tokio::test]
async fn whatever_is_changed_behind_its_back_is_noticed_where_it_is_read_and_found_by_looking() {
    for sql in [
        "UPDATE snapshots SET state = '1'",
        "UPDATE snapshots SET sequence = sequence + 1",
        "UPDATE snapshots SET version = 2",
        "UPDATE answers SET answer = '99'",
        "UPDATE answers SET refused = 1",
        "UPDATE answers SET sequence = 9",
        "UPDATE agents SET name = 'other' WHERE id = 2",
        "UPDATE agents SET compacted = 0 WHERE id = 1",
        "DELETE FROM agents WHERE id = 3",
        "UPDATE runs SET positions = zeroblob(length(positions))",
        "DELETE FROM runs WHERE agent = 2",
        "UPDATE state SET indexed = indexed - 1",
        "UPDATE missed SET position = 0",
        "UPDATE events SET agent = 2 WHERE agent = 3",
        "UPDATE events SET type = 'Odd'",
        "UPDATE events SET time = time + 1 WHERE position = 50",
        "UPDATE events SET metadata = NULL WHERE position = 50",
    ] {
        let place = Place::new();
        let log = place.open();
        write_some_of_everything(&log).await;
        drop(log);
        place.tamper(sql);
        let log = place.open();
        assert!(everything(&log).await.is_err(), "{sql}: nothing was noticed");
        assert!(!log.0.verify().await.unwrap().is_empty(), "{sql}: nothing was found");
    }
}

#[tokio::test]
async fn a_snapshot_that_stood_for_dropped_events_is_missed() {
    let place = Place::new();
    write_some_of_everything(&place.open()).await;
    place.tamper("DELETE FROM snapshots WHERE agent = 1");
    let log = place.open();
    let missed = log.0.beginning(&account(0), None).await.unwrap_err().to_string();
    assert!(missed.contains("it is not there, and the events up to it were dropped"), "{missed}");
    let found = log.0.verify().await.unwrap();
    let place = DamagedPlace::Snapshot { agent: account(0), sequence: Sequence::new(3) };
    assert_eq!(found.iter().map(|damage| damage.place.clone()).collect::<Vec<_>>(), [place]);
}

#[tokio::test]
async fn the_structure_of_the_file_is_checked_when_it_is_opened_unless_that_is_not_wanted() {
    let place = Place::new();
    place.open().write(1, 1..=3).await;
    let mut bytes = fs::read(place.log()).unwrap();
    bytes[39] = 7; // how many pages are free, says the header
    fs::write(place.log(), bytes).unwrap();
    let log = place.open();
    assert!(matches!(log.append(1, 3, [event(4)]).await, Err(AppendError::Damaged(_))));
    drop(log);
    let log = place.try_open(quick().without_check()).unwrap();
    assert_eq!(log.numbers().await, [1, 2, 3]);
    assert!(!log.0.verify().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_row_that_claims_to_be_larger_than_any_is_not_read_into_memory() {
    let place = Place::new();
    place.open().write(1, 1..=3).await;
    place.tamper("UPDATE events SET data = zeroblob(300000000) WHERE position = 2");
    let log = place.open();
    assert_eq!(log.0.read(Query::all(Position::START)).await.unwrap().events.len(), 1);
    assert!(matches!(log.0.read(Query::all(Position::new(1))).await, Err(ReadError::Damaged(_))));
}
