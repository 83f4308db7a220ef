//! `smith demo bank`, killed by a stranger again and again: the books balance to the cent every time.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::events::{Durability, SqliteLog, SqliteOptions};

use super::command::{Ended, run, smith};

const KILLS: usize = 8;

#[tokio::test]
async fn the_books_balance_however_often_it_is_killed() {
    let (clock, dice) = (Clock::machine(), Clock::seeded(5));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["demo", "bank", "--folder", "bank", "--seconds", "0"]).code, Some(0));
    for kill in 1..=KILLS {
        if kill % 3 == 0 {
            // What is dropped is not missed when the books are counted.
            assert_eq!(run(folder.path(), &["log", "compact", "bank/log"]).code, Some(0));
        }
        let mut bank = smith(folder.path(), &["demo", "bank", "--folder", "bank"]);
        let mut bank = bank.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        clock.sleep(Duration::from_millis(100) + dice.jitter(Duration::from_millis(400))).await;
        bank.kill().unwrap();
        assert!(bank.wait().unwrap().code().is_none(), "kill {kill}: it ended by itself");
        let books = run(folder.path(), &["demo", "bank", "--folder", "bank", "--check"]);
        assert_eq!(books.code, Some(0), "kill {kill}: {books:?}");
        assert!(books.out.contains("The books balance."), "{books:?}");
    }
    let last = run(folder.path(), &["demo", "bank", "--folder", "bank", "--seconds", "1"]);
    assert_eq!(last.code, Some(0), "{last:?}");
    let counted = last.out.lines().rfind(|line| line.starts_with("at the end: ")).unwrap();
    assert!(counted.contains("8 accounts hold ") && counted.contains(" of 8000.00."), "{counted}");
    let transfers: u64 = counted.split(' ').nth(3).unwrap().parse().unwrap();
    assert!(transfers > 8, "{counted}");
}

#[tokio::test]
async fn a_bank_whose_log_lost_events_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let bank = |more: &[&str]| run(folder.path(), &[&["demo", "bank", "--folder", "bank"], more].concat());
    assert_eq!(bank(&["--seconds", "0"]).code, Some(0));
    let log = folder.path().join("bank/log");
    let early = fs::read(&log).unwrap();
    assert_eq!(bank(&["--seconds", "1"]).code, Some(0));
    fs::write(&log, early).unwrap();
    let refused = bank(&["--check"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.complaints.contains("has lost events"), "{refused:?}");
}

#[test]
fn where_there_is_no_bank_no_books_balance_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let check = || run(folder.path(), &["demo", "bank", "--folder", "bank", "--check"]);
    let refused = |ended: &Ended| {
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.complaints.starts_with("there is no bank in bank; "), "{ended:?}");
        assert!(ended.out.is_empty(), "{ended:?}");
    };
    refused(&check());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    fs::create_dir(folder.path().join("bank")).unwrap();
    refused(&check());
    assert_eq!(fs::read_dir(folder.path().join("bank")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_log_without_an_account_is_no_bank() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions::new(Durability::PowerLoss);
    drop(SqliteLog::open(folder.path().join("log"), options).unwrap());
    let empty = run(folder.path(), &["demo", "bank", "--folder", ".", "--check"]);
    assert_eq!(empty.code, Some(1), "{empty:?}");
    assert!(empty.complaints.starts_with("there is no bank in .; "), "{empty:?}");
    assert!(!empty.out.contains("balance"), "{empty:?}");
}
