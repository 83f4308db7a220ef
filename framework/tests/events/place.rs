//! A log in a file of its own: made, filled with a little of everything, copied, and changed behind its back.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use mistersmith::events::{
    Answered, Compaction, Durability, Json, OpenError, Position, Query, ReadError, RecordedAnswer,
    RequestKey, Sequence, SqliteLog, SqliteOptions, StateEvent, Timestamp,
};
use mistersmith::testing::event_log::{Ledger, account, event};
use rusqlite::Connection;
use tempfile::TempDir;

/// A folder with a log in it.
pub(super) struct Place(TempDir);

impl Place {
    pub(super) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(super) fn log(&self) -> PathBuf {
        self.0.path().join("log")
    }

    pub(super) fn try_open(&self, options: SqliteOptions) -> Result<Ledger, OpenError> {
        SqliteLog::open(self.log(), options).map(|log| Ledger(Arc::new(log)))
    }

    pub(super) fn open(&self) -> Ledger {
        self.try_open(quick()).unwrap()
    }

    /// All files of the log as they are now, somewhere else.
    pub(super) fn copy(&self) -> Self {
        let copy = Self::new();
        for entry in fs::read_dir(self.0.path()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.0.path().join(entry.file_name())).unwrap();
        }
        copy
    }

    pub(super) fn file(&self, suffix: &str) -> PathBuf {
        PathBuf::from(format!("{}{suffix}", self.log().display()))
    }

    /// Changes the closed log behind its back.
    pub(super) fn tamper(&self, sql: &str) {
        let connection = Connection::open(self.log()).unwrap();
        connection.execute_batch(sql).unwrap();
    }
}

pub(super) fn quick() -> SqliteOptions {
    SqliteOptions::new(Durability::ProcessDeath)
}

/// Everything that can be read of a log of the accounts 0 to 4, or the first error.
pub(super) async fn everything(log: &Ledger) -> Result<Vec<String>, ReadError> {
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

pub(super) async fn read(log: &Ledger, query: Query) -> Result<Vec<StateEvent>, ReadError> {
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
pub(super) async fn write_some_of_everything(log: &Ledger) {
    let round = async |from: u64| {
        for number in from..from + 20 {
            let mut answering = event(number);
            answering.metadata.answered = Some(Answered {
                key: RequestKey::new("add", format!("key {number}")).unwrap(),
                answer: RecordedAnswer::Reply(Json::of(&number).unwrap()),
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
