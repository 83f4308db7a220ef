//! What SQLite does alone with the same rows.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{data, median};

/// SQLite without us.
pub(crate) struct Bare(Connection);

impl Bare {
    pub(crate) fn open(path: &Path, synchronous: &str) -> Self {
        let connection = Connection::open(path).expect("a database opens");
        let setting = format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 1000;
             CREATE TABLE events(position INTEGER PRIMARY KEY, agent INTEGER, sequence INTEGER, time INTEGER,
                 type TEXT, version INTEGER, data TEXT, causality TEXT, metadata TEXT, crc INTEGER);"
        );
        connection.execute_batch(&setting).expect("a table is made");
        Self(connection)
    }

    fn insert(&self, number: u64) {
        let sql = "INSERT INTO events(agent, sequence, time, type, version, data, crc) VALUES (?, ?, ?, ?, ?, ?, ?)";
        let mut statement = self.0.prepare_cached(sql).expect("it is SQL");
        let number = number.cast_signed();
        let data = data(number.cast_unsigned());
        let row = (number % 64, number / 64, number, "PaidIn", 1, data.as_str(), 7_654_321);
        statement.execute(row).expect("it is written");
    }

    pub(crate) fn batches(&self, count: u64, size: u64) -> (u64, Duration) {
        let began = Instant::now();
        let mut number = 0;
        while number < count {
            self.0.execute_batch("BEGIN").expect("it begins");
            for _ in 0..size {
                self.insert(number);
                number += 1;
            }
            self.0.execute_batch("COMMIT").expect("it is committed");
        }
        (number, began.elapsed())
    }

    pub(crate) fn single(&self, count: u64) -> Duration {
        let time = |number| {
            let began = Instant::now();
            self.insert(number);
            began.elapsed()
        };
        median((0..count).map(time).collect())
    }
}
