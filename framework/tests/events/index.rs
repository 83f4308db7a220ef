//! The index of a log in a file: for how many events it is written at a time, and that it leads to every one.

use mistersmith::events::{Append, Position, Query, Sequence};
use mistersmith::testing::event_log::{Ledger, account, event};
use rusqlite::{Connection, OpenFlags};

use crate::place::Place;

/// How many events of the log are in no index, of so many.
fn in_no_index(place: &Place, events: i64) -> i64 {
    let connection = Connection::open_with_flags(place.log(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "SELECT ?1 - coalesce((SELECT indexed FROM state), 0)";
    connection.query_row(sql, [events], |row| row.get(0)).unwrap()
}

/// Appends thousands of events, to the accounts 0 and 1 in turn.
async fn write_thousands(log: &Ledger, thousands: std::ops::Range<u64>) {
    for thousand in thousands {
        let account = account(u32::try_from(thousand % 2).unwrap());
        let last = Sequence::new(thousand / 2 * 1_000);
        log.0.append(Append::new(account, last, (0..1_000).map(event))).await.unwrap();
    }
}

async fn count(log: &Ledger, query: Query) -> usize {
    let (mut count, mut next) = (0, query);
    loop {
        let page = log.0.read(next).await.unwrap();
        count += page.events.len();
        if page.at_end {
            return count;
        }
        next = page.next;
    }
}

async fn is_whole(log: &Ledger, thousands: usize) {
    assert_eq!(count(log, Query::all(Position::START)).await, thousands * 1_000);
    for number in [0, 1] {
        let half = count(log, Query::of(account(number), Sequence::START)).await;
        assert_eq!(half, (thousands + 1 - number as usize) / 2 * 1_000, "of account {number}");
    }
}

#[tokio::test]
async fn events_in_no_index_are_few_and_found_all_the_same() {
    let place = Place::new();
    let log = place.open();
    write_thousands(&log, 0..45).await;
    assert_eq!(in_no_index(&place, 45_000), 12_000, "it was written after 33,000");
    is_whole(&log, 45).await;
    let died = place.copy();
    drop(log);
    assert_eq!(in_no_index(&place, 45_000), 0, "it is written when the log is closed");

    let log = place.open();
    write_thousands(&log, 45..50).await;
    drop(log);
    assert_eq!(in_no_index(&place, 50_000), 5_000, "but not for few");
    let log = place.open();
    is_whole(&log, 50).await;
    assert_eq!(log.0.verify().await.unwrap(), []);

    let log = died.open();
    is_whole(&log, 45).await;
    assert_eq!(log.0.verify().await.unwrap(), []);
}

#[tokio::test]
async fn no_index_is_written_to_a_damaged_log() {
    let place = Place::new();
    let log = place.open();
    write_thousands(&log, 0..12).await;
    assert_eq!(log.0.verify().await.unwrap(), [], "they are in the tables after that");
    let died = place.copy();
    drop(log);
    let connection = Connection::open(died.log()).unwrap();
    connection.execute_batch("UPDATE events SET data = '33' WHERE position = 11900").unwrap();
    drop(connection);
    let log = died.open();
    assert!(log.0.damage().is_some());
    drop(log);
    assert_eq!(in_no_index(&died, 12_000), 12_000);
}
