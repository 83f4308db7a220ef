//! The log in a file: who may open it, what it says of losses and of damage, and what it does without room.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use mistersmith::events::{
    AppendError, Compaction, Damage, DamagedPlace, Durability, Json, OpenError, Position, Query, ReadError,
    RequestKey, Sequence, SqliteLog, SqliteOptions, StateEvent, Timestamp,
};
use mistersmith::testing::event_log::{Ledger, account, event};
use rusqlite::Connection;
use tempfile::TempDir;

/// A folder with a log in it.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.0.path().join("log")
    }

    pub(crate) fn try_open(&self, options: SqliteOptions) -> Result<Ledger, OpenError> {
        SqliteLog::open(self.log(), options).map(|log| Ledger(Arc::new(log)))
    }

    pub(crate) fn open(&self) -> Ledger {
        self.try_open(quick()).unwrap()
    }

    /// All files of the log as they are now, somewhere else.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new();
        for entry in fs::read_dir(self.0.path()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.0.path().join(entry.file_name())).unwrap();
        }
        copy
    }

    pub(crate) fn file(&self, suffix: &str) -> PathBuf {
        PathBuf::from(format!("{}{suffix}", self.log().display()))
    }

    /// Changes the closed log behind its back.
    fn tamper(&self, sql: &str) {
        let connection = Connection::open(self.log()).unwrap();
        connection.execute_batch(sql).unwrap();
    }
}

pub(crate) fn quick() -> SqliteOptions {
    SqliteOptions::new(Durability::ProcessDeath)
}

/// Everything that can be read of a log of the accounts 0 to 4, or the first error.
pub(crate) async fn everything(log: &Ledger) -> Result<Vec<String>, ReadError> {
    let mut all = vec![format!("{:?}", log.0.agents().await?)];
    all.extend(
        read(log, Query::all(Position::START).with_gaps()).await?.iter().map(|event| format!("{event:?}")),
    );
    for number in 0..5 {
        let after = Sequence::new(if number == 0 { 3 } else { 0 });
        let events = read(log, Query::of(account(number), after)).await?;
        all.extend(events.iter().map(|event| format!("{event:?}")));
        all.push(format!("{:?}", log.0.snapshot(&account(number), Sequence::END).await?));
        all.push(format!("{:?}", log.0.last(&account(number)).await?));
        for key in 0..40 {
            let key = RequestKey::new("add", format!("key {key}")).unwrap();
            all.push(format!("{:?}", log.0.answered(&account(number), &key).await?));
        }
    }
    Ok(all)
}

async fn read(log: &Ledger, query: Query) -> Result<Vec<StateEvent>, ReadError> {
    let (mut events, mut next) = (Vec::new(), query);
    loop {
        let page = log.0.read(next).await?;
        events.extend(page.events);
        if page.at_end {
            return Ok(events);
        }
        next = page.next;
    }
}

/// Writes a little of everything: five accounts, answers, snapshots, dropped events, an index of some and not of all.
pub(crate) async fn write_some_of_everything(log: &Ledger) {
    let round = async |from: u64| {
        for number in from..from + 20 {
            let mut answering = event(number);
            answering.metadata.answered = Some(mistersmith::events::Answered {
                key: RequestKey::new("add", format!("key {number}")).unwrap(),
                answer: mistersmith::events::RecordedAnswer::Reply(Json::of(&number).unwrap()),
            });
            let account = u32::try_from(number % 5).unwrap();
            let last = log.last(account).await;
            log.append(account, last, [event(number), answering]).await.unwrap();
        }
    };
    round(0).await;
    for number in 0..5 {
        log.save(number, 4).await;
    }
    let keep_answers_since = Timestamp::from_micros(0);
    let compaction = Compaction { agent: account(0), up_to: Sequence::new(3), keep_answers_since };
    log.0.compact(compaction).await.unwrap();
    round(20).await;
}

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
    assert!(place.file("-wal").exists());
    drop(log);
    assert!(!place.file("-wal").exists() && !place.file("-shm").exists());
}

#[tokio::test]
async fn a_log_of_a_newer_format_is_refused_and_left_as_it_is() {
    let place = Place::new();
    place.open().write(1, [1]).await;
    place.tamper("PRAGMA user_version = 9");
    let before = fs::read(place.log()).unwrap();
    match place.try_open(quick()) {
        Err(error @ OpenError::Newer { found: 9, supported: 1, .. }) => {
            assert!(error.to_string().contains("format 9, expected at most 1"), "{error}");
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
    let log = place.open();
    assert_eq!(log.last(1).await, appended);
    log.append(1, appended, [large(0)]).await.unwrap();
    assert_eq!(log.0.verify().await.unwrap(), []);
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
