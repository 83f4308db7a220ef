//! The log in a file: who may open it, what it says of losses, and what it does without room.

use std::fs;

use mistersmith::events::{AppendError, Durability, Json, OpenError, Query, Sequence, SqliteOptions};
use mistersmith::testing::event_log::{account, event};
use tokio::task::JoinSet;

use super::place::*;

#[tokio::test]
async fn a_log_is_open_once() {
    let place = Place::new();
    let log = place.open();
    match place.try_open(quick()) {
        Err(OpenError::InUse { path }) => assert_eq!(path, place.log()),
        other => panic!("{other:?}"),
    }
    drop(log);
    place.open();
}

#[tokio::test]
async fn a_log_that_is_closed_is_one_file_and_its_mark() {
    let place = Place::new();
    let log = place.open();
    write_some_of_everything(&log).await;
    let beside = ["-wal", "-shm", "-redo-0"];
    assert!(beside.iter().all(|suffix| place.file(suffix).exists()));
    drop(log);
    assert!(!beside.iter().any(|suffix| place.file(suffix).exists()));
}

#[tokio::test]
async fn a_log_of_a_newer_format_is_refused_and_left_as_it_is() {
    let place = Place::new();
    place.open().write(1, [1]).await;
    place.tamper("PRAGMA user_version = 9");
    let before = fs::read(place.log()).unwrap();
    match place.try_open(quick()) {
        Err(error @ OpenError::Newer { found: 9, supported: 2, .. }) => {
            assert!(error.to_string().contains("format 9, expected at most 2"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(place.log()).unwrap(), before);
}

#[tokio::test]
async fn what_is_no_log_is_refused_and_left_as_it_is() {
    let place = Place::new();
    place.tamper("CREATE TABLE orders(id INTEGER)");
    assert!(matches!(place.try_open(quick()), Err(OpenError::NotALog { .. })));
    let place = Place::new();
    fs::write(place.log(), "this is a letter, and a long one at that. ".repeat(100)).unwrap();
    let before = fs::read(place.log()).unwrap();
    assert!(matches!(place.try_open(quick()), Err(OpenError::NotALog { .. })));
    assert_eq!(fs::read(place.log()).unwrap(), before);
    let nothing = SqliteOptions::new(Durability::Process);
    assert!(matches!(place.try_open(nothing), Err(OpenError::NotDurable)));
}

#[tokio::test]
async fn acknowledged_events_that_are_gone_are_missed_when_the_log_is_opened() {
    let place = Place::new();
    let log = place.open();
    log.write(1, 1..=3).await;
    let early = place.copy();
    log.write(1, 4..=5).await;
    // As after a power loss that took the end of the write-ahead log: the mark is younger than the log.
    fs::copy(place.file("-mark"), early.file("-mark")).unwrap();
    match early.try_open(quick()) {
        Err(OpenError::Lost { acknowledged, found, .. }) => {
            assert_eq!((acknowledged.number(), found.number()), (5, 3));
        }
        other => panic!("{other:?}"),
    }
    let accepted = early.try_open(quick().accept_loss()).unwrap();
    assert_eq!(accepted.numbers().await, [1, 2, 3]);
    accepted.write(1, [9]).await;
    drop(accepted);
    assert_eq!(early.open().numbers().await, [1, 2, 3, 9], "it was accepted once and for all");
}

#[tokio::test]
async fn a_mark_that_cannot_be_read_is_said_to_be_so() {
    let place = Place::new();
    place.open().write(1, 1..=3).await;
    fs::write(place.file("-mark"), [7; 32]).unwrap();
    assert!(matches!(place.try_open(quick()), Err(OpenError::Unmarked { .. })));
    assert_eq!(place.try_open(quick().accept_loss()).unwrap().numbers().await, [1, 2, 3]);
}

#[tokio::test]
async fn a_log_with_events_and_without_its_mark_is_not_opened() {
    let place = Place::new();
    let log = place.open();
    log.write(1, 1..=3).await;
    let dead = place.copy();
    log.write(1, [4]).await;
    drop(log);
    let gone = |place: &Place| fs::remove_file(place.file("-mark")).unwrap();
    let emptied = |place: &Place| fs::write(place.file("-mark"), []).unwrap();
    let lost: [&dyn Fn(&Place); 2] = [&gone, &emptied];
    for (place, last) in [(&place, 4), (&dead, 3)] {
        for lose in lost {
            let copy = place.copy();
            lose(&copy);
            // The first attempt makes no mark that the second one would believe.
            for _ in 0..2 {
                match copy.try_open(quick()) {
                    Err(error @ OpenError::NoMark { .. }) => {
                        let expected = format!("expected a mark beside {}", copy.log().display());
                        let text = error.to_string();
                        assert!(text.contains(&expected) && text.contains("accept_loss"), "{text}");
                        assert!(text.contains(&format!("events up to position {last}")), "{text}");
                    }
                    other => panic!("{other:?}"),
                }
            }
            let accepted = copy.try_open(quick().accept_loss()).unwrap();
            assert_eq!(accepted.numbers().await, (1..=last).collect::<Vec<_>>());
            drop(accepted);
            assert_eq!(copy.open().numbers().await.len() as u64, last, "it was accepted once and for all");
        }
    }
}

#[tokio::test]
async fn a_new_log_has_its_mark_before_its_first_event() {
    let place = Place::new();
    let log = place.open();
    assert!(!fs::read(place.file("-mark")).unwrap().is_empty());
    drop(log);
    // As when its process died before it had its mark.
    fs::remove_file(place.file("-mark")).unwrap();
    let log = place.open();
    assert!(!fs::read(place.file("-mark")).unwrap().is_empty());
    log.write(1, [1]).await;
}

#[tokio::test]
async fn without_room_nothing_is_appended_and_nothing_is_lost() {
    let place = Place::new();
    let log = place.try_open(quick().most_bytes(256 * 1024)).unwrap();
    let large = |number: u64| {
        let mut large = event(number);
        large.data = Json::of(&"x".repeat(8 * 1024)).unwrap();
        large
    };
    let mut appended = 0;
    let error = loop {
        match log.append(1, appended, [large(appended), large(appended)]).await {
            Ok(_) => appended += 2,
            Err(error) => break error,
        }
        assert!(appended < 1_000, "there is room without end");
    };
    assert!(matches!(error, AppendError::Full { .. }), "{error:?}");
    assert!(appended > 10);
    let all = log.read(Query::of(account(1), Sequence::START)).await;
    assert_eq!(all.len() as u64, appended);
    drop(log);
    let log = place.try_open(quick().most_bytes(256 * 1024)).unwrap();
    assert_eq!(log.last(1).await, appended, "it is opened, however full it is");
    assert!(matches!(log.append(1, appended, [large(0)]).await, Err(AppendError::Full { .. })));
    drop(log);
    let log = place.open();
    assert_eq!(log.last(1).await, appended);
    log.append(1, appended, [large(0)]).await.unwrap();
    assert_eq!(log.0.verify().await.unwrap(), []);
}

/// How many rounds a redo log has: after its header, each has its length before it, and a checksum.
fn rounds(redo: &[u8]) -> usize {
    let (mut rest, mut rounds) = (&redo[20..], 0);
    while let Some((length, more)) = rest.split_first_chunk() {
        rest = &more[4 + u32::from_le_bytes(*length) as usize..];
        rounds += 1;
    }
    rounds
}

#[tokio::test]
async fn appends_of_many_agents_share_a_round() {
    let place = Place::new();
    let log = place.open();
    let mut writers = JoinSet::new();
    for number in 0..64 {
        let log = log.clone();
        writers.spawn(async move { log.append(number, 0, [event(1)]).await.unwrap() });
    }
    writers.join_all().await;
    let rounds = rounds(&fs::read(place.file("-redo-0")).unwrap());
    // The first does not wait for the others; those that come meanwhile wait for it.
    assert!((1..=32).contains(&rounds), "{rounds} rounds for 64 appends");
    assert_eq!(log.0.agents().await.unwrap().len(), 64);
}
