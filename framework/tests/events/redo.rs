//! The redo log of a log in a file: what is only there is read, survives, and is missed when it is gone.

use std::fs;

use mistersmith::events::{Durability, Json, NewEvent, OpenError, Query, Sequence, SqliteOptions};
use mistersmith::testing::event_log::{Ledger, account, event};
use rusqlite::Connection;

use super::place::*;

/// While it lives, nothing gets into the tables: somebody else writes to them.
fn busy(place: &Place) -> Connection {
    let connection = Connection::open(place.log()).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection
}

fn large(number: u64) -> NewEvent {
    NewEvent { data: Json::of(&"x".repeat(256 * 1024)).unwrap(), ..event(number) }
}

async fn all_of(log: &Ledger, number: u32) -> usize {
    log.read(Query::of(account(number), Sequence::START)).await.len()
}

#[tokio::test]
async fn what_is_only_in_the_redo_log_is_read_and_found_when_the_log_is_opened_again() {
    for durability in [Durability::ProcessDeath, Durability::PowerLoss] {
        let place = Place::new();
        let log = place.try_open(SqliteOptions::new(durability)).unwrap();
        log.write(1, 1..=3).await;
        assert_eq!(log.0.verify().await.unwrap(), [], "these are in the tables after that");
        let busy = busy(&place);
        log.write(1, 4..=5).await;
        log.write(2, 6..=7).await;
        let dead = place.copy();
        assert_eq!(log.numbers().await, [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!((all_of(&log, 1).await, all_of(&log, 2).await), (5, 2));
        drop(busy);
        assert_eq!(log.0.verify().await.unwrap(), []);

        let opened = dead.open();
        assert_eq!(opened.numbers().await, [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!((all_of(&opened, 1).await, all_of(&opened, 2).await), (5, 2));
        assert_eq!(opened.0.verify().await.unwrap(), []);
        assert!(!dead.file("-redo-0").exists(), "it is in the tables now");
    }
}

#[tokio::test]
async fn rounds_wait_for_the_disk_where_the_loss_of_power_is_outlived() {
    // What waits is written over zeros that are there already: the file is longer than what is in it.
    for (durability, waits) in [(Durability::ProcessDeath, false), (Durability::PowerLoss, true)] {
        let place = Place::new();
        let log = place.try_open(SqliteOptions::new(durability)).unwrap();
        log.write(1, [1]).await;
        let length = fs::metadata(place.file("-redo-0")).unwrap().len();
        assert_eq!(length >= 256 * 1024, waits, "{durability:?}: {length}");
    }
}

#[tokio::test]
async fn a_redo_log_that_is_gone_is_missed_and_kept_until_that_is_accepted() {
    let place = Place::new();
    let log = place.open();
    log.write(1, 1..=3).await;
    assert_eq!(log.0.verify().await.unwrap(), []);
    let busy = busy(&place);
    log.write(1, [4]).await;
    let middle = fs::metadata(place.file("-redo-0")).unwrap().len();
    log.write(1, [5]).await;
    let dead = place.copy();
    drop(busy);
    // The round of event 4 is not what was written, so that of event 5 is of no use.
    let mut bytes = fs::read(dead.file("-redo-0")).unwrap();
    bytes[middle as usize - 1] ^= 1;
    fs::write(dead.file("-redo-0"), bytes).unwrap();
    for _ in 0..2 {
        match dead.try_open(quick()) {
            Err(OpenError::Lost { acknowledged, found, .. }) => {
                assert_eq!((acknowledged.number(), found.number()), (5, 3));
            }
            other => panic!("{other:?}"),
        }
        assert!(dead.file("-redo-0").exists());
    }
    let accepted = dead.try_open(quick().accept_loss()).unwrap();
    accepted.write(1, [9]).await;
    let dead_again = dead.copy();
    assert_eq!(dead_again.open().numbers().await, [1, 2, 3, 9], "nothing comes back that was given up");
}

#[tokio::test]
async fn the_files_of_the_redo_log_are_filled_in_turn() {
    let place = Place::new();
    let log = place.open();
    for number in 0..64 {
        log.append(1, number, [large(number)]).await.unwrap();
        if number % 10 == 9 {
            let dead = place.copy();
            assert_eq!(all_of(&dead.open(), 1).await as u64, number + 1);
        }
    }
    for suffix in ["-redo-0", "-redo-1"] {
        let length = fs::metadata(place.file(suffix)).unwrap().len();
        assert!((3 << 20..5 << 20).contains(&length), "{suffix} has {length} bytes");
    }
    assert_eq!(all_of(&log, 1).await, 64);
}

#[tokio::test]
async fn one_round_may_be_larger_than_a_file_of_the_redo_log_is() {
    let place = Place::new();
    let log = place.open();
    log.append(1, 0, (0..40).map(large)).await.unwrap();
    log.write(2, 1..=3).await;
    let dead = place.copy();
    assert_eq!(all_of(&log, 1).await, 40);
    assert_eq!(all_of(&dead.open(), 1).await, 40);
}

#[tokio::test]
async fn the_redo_log_of_another_log_is_none_of_this_one() {
    let other = Place::new();
    let log = other.open();
    let busy = busy(&other);
    log.write(1, 1..=3).await;
    let place = Place::new();
    drop(place.open());
    fs::copy(other.file("-redo-0"), place.file("-redo-0")).unwrap();
    drop(busy);
    let log = place.open();
    assert_eq!(log.numbers().await, [0; 0]);
    assert!(!place.file("-redo-0").exists());
    assert_eq!(log.0.verify().await.unwrap(), []);
}
