//! How many events a second a log takes and gives back, beside bare SQLite in the same run.
//!
//! `cargo bench -p mistersmith --bench events`; `-- 100000` for so many events in the recovery instead of a million.
//!
//! Bare SQLite writes the same rows into the same table, in transactions of a thousand (its best batch rate) and one
//! by one, with the same `synchronous`.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock itself")]
#![allow(clippy::print_stdout, reason = "a bench says what it has measured")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mistersmith::events::{
    Append, Durability, EventLog, EventType, Json, MemoryLog, NewEvent, Query, Sequence, SqliteLog,
    SqliteOptions, Timestamp,
};
use mistersmith::identity::{AgentKey, AgentName, DomainName, InstanceId};
use rusqlite::Connection;
use tokio::task::JoinSet;
use uuid::Uuid;

const AGENTS: u64 = 64;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime starts").block_on(measure());
}

async fn measure() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let events: u64 = asked.unwrap_or(1_000_000);
    println!("| what | events/s or time |\n|---|---|");
    let memory: Arc<dyn EventLog> = Arc::new(MemoryLog::new());
    row("in memory, 64 writers", concurrent(&memory, 5_000).await);
    for (durability, synchronous) in [(Durability::ProcessDeath, "NORMAL"), (Durability::PowerLoss, "FULL")] {
        let each = if durability == Durability::PowerLoss { 500 } else { 3_000 };
        let folder = tempfile::tempdir().expect("a folder");
        let log: Arc<dyn EventLog> = Arc::new(open(&folder.path().join("log"), durability));
        row(&format!("{synchronous}: 64 writers, one event at a time"), concurrent(&log, each).await);
        let single = one_by_one(&log, 300).await;
        drop(log);
        let bare = Bare::open(&folder.path().join("bare"), synchronous);
        row(&format!("{synchronous}: bare SQLite, batches of 1000"), bare.batches(AGENTS * each));
        println!("| {synchronous}: a single acknowledged write | {single:?} |");
        println!("| {synchronous}: a single commit of bare SQLite | {:?} |", bare.single(300));
    }
    recovery(events).await;
}

fn row(what: &str, (events, time): (u64, Duration)) {
    println!("| {what} | {:.0}/s |", events as f64 / time.as_secs_f64());
}

fn open(path: &Path, durability: Durability) -> SqliteLog {
    SqliteLog::open(path, SqliteOptions::new(durability)).expect("a log opens")
}

fn agent(number: u64) -> AgentKey {
    AgentKey {
        domain: DomainName::new("bank").expect("it is a name"),
        name: AgentName::new("account").expect("it is a name"),
        instance: InstanceId::new(Uuid::from_u128(number.into())),
    }
}

fn event(number: u64) -> NewEvent {
    let event_type = EventType::first("PaidIn").expect("it is a name");
    NewEvent::new(Timestamp::from_micros(number), event_type, data(number))
}

fn data(number: u64) -> Json {
    Json::parse(format!("{{\"cents\":{number},\"from\":\"a customer of ours\"}}")).expect("it is JSON")
}

/// Each writer waits for its answer before it goes on.
async fn concurrent(log: &Arc<dyn EventLog>, each: u64) -> (u64, Duration) {
    let began = Instant::now();
    let mut writers = JoinSet::new();
    for writer in 0..AGENTS {
        let log = Arc::clone(log);
        writers.spawn(async move {
            for number in 0..each {
                let append = Append::new(agent(writer), Sequence::new(number), [event(number)]);
                log.append(append).await.expect("nobody else writes");
            }
        });
    }
    writers.join_all().await;
    (AGENTS * each, began.elapsed())
}

async fn one_by_one(log: &Arc<dyn EventLog>, count: u64) -> Duration {
    let mut times = Vec::new();
    for number in 0..count {
        let append = Append::new(agent(1_000), Sequence::new(number), [event(number)]);
        let began = Instant::now();
        log.append(append).await.expect("nobody else writes");
        times.push(began.elapsed());
    }
    median(times)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// SQLite without us.
struct Bare(Connection);

impl Bare {
    fn open(path: &Path, synchronous: &str) -> Self {
        let connection = Connection::open(path).expect("a database opens");
        let setting = format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 4096;
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

    fn batches(&self, count: u64) -> (u64, Duration) {
        let began = Instant::now();
        let mut number = 0;
        while number < count {
            self.0.execute_batch("BEGIN").expect("it begins");
            for _ in 0..1_000 {
                self.insert(number);
                number += 1;
            }
            self.0.execute_batch("COMMIT").expect("it is committed");
        }
        (number, began.elapsed())
    }

    fn single(&self, count: u64) -> Duration {
        let time = |number| {
            let began = Instant::now();
            self.insert(number);
            began.elapsed()
        };
        median((0..count).map(time).collect())
    }
}

/// How long it takes to open a log of so many events of one agent, and to read them.
async fn recovery(events: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    let log = open(&path, Durability::ProcessDeath);
    for from in (0..events).step_by(1_000) {
        let batch = (from..from + 1_000).map(event);
        log.append(Append::new(agent(1), Sequence::new(from), batch)).await.expect("it is written");
    }
    drop(log);
    for (how, options) in [
        ("whole structure checked", SqliteOptions::new(Durability::ProcessDeath)),
        ("not checked", SqliteOptions::new(Durability::ProcessDeath).without_check()),
    ] {
        let began = Instant::now();
        drop(SqliteLog::open(&path, options).expect("it opens"));
        println!("| opening a log of {events} events, {how} | {:?} |", began.elapsed());
    }
    let log = open(&path, Durability::ProcessDeath);
    let began = Instant::now();
    let (mut query, mut read) = (Query::of(agent(1), Sequence::START), 0_u64);
    loop {
        let page = log.read(query).await.expect("it is read");
        read += page.events.len() as u64;
        if page.at_end {
            break;
        }
        query = page.next;
    }
    row(&format!("reading {events} events of one agent"), (read, began.elapsed()));
    let began = Instant::now();
    let tail = Query::of(agent(1), Sequence::new(events.saturating_sub(100)));
    assert_eq!(log.read(tail).await.expect("it is read").events.len(), 100);
    println!("| reading its last 100 | {:?} |", began.elapsed());
}
