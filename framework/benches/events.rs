//! How many events a second a log takes and gives back, beside bare SQLite in the same run.
//!
//! `cargo bench -p mistersmith --bench events`; `-- 100000` for at most so many events in the recovery instead of a
//! million, and `-- 0` for none.
//!
//! Bare SQLite writes the same rows into the same table, in transactions of a thousand (its best batch rate), in some as
//! large as 64 writers that wait can fill at most, and one by one, with the same `synchronous`.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock itself")]
#![allow(clippy::print_stdout, reason = "a bench says what it has measured")]

#[path = "events/bare.rs"]
mod bare;
#[path = "events/recovery.rs"]
mod recovery;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mistersmith::events::{
    Append, Durability, EventLog, EventType, Json, MemoryLog, NewEvent, Sequence, SqliteLog, SqliteOptions,
    Timestamp,
};
use mistersmith::identity::{AgentKey, AgentName, DomainName, InstanceId};
use tokio::task::JoinSet;
use uuid::Uuid;

use bare::Bare;

/// As `smith` allocates: see docs/decisions/0007. SQLite has its own allocator either way.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const AGENTS: u64 = 64;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [recover, log] if recover == "recover" => runtime.block_on(recovery::once(Path::new(log))),
        [] => runtime.block_on(measure(1_000_000)),
        [most, ..] => runtime.block_on(measure(most.parse().expect("a number of events"))),
    }
}

async fn measure(most: u64) {
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
        for size in [1_000, AGENTS, AGENTS / 2] {
            row(&format!("{synchronous}: bare SQLite, batches of {size}"), bare.batches(AGENTS * each, size));
        }
        println!("| {synchronous}: a single acknowledged write | {single:?} |");
        println!("| {synchronous}: a single commit of bare SQLite | {:?} |", bare.single(300));
    }
    for events in [10_000, 100_000, 1_000_000].into_iter().filter(|events| *events <= most) {
        recovery::measure(events).await;
    }
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

fn paid_in() -> EventType {
    EventType::first("PaidIn").expect("it is a name")
}

fn event(number: u64) -> NewEvent {
    NewEvent::new(Timestamp::from_micros(number), paid_in(), data(number))
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
        // An agent has its name, and its events have their type, before there is anything to append.
        let (agent, event_type) = (agent(writer), paid_in());
        writers.spawn(async move {
            for number in 0..each {
                let event = NewEvent::new(Timestamp::from_micros(number), event_type.clone(), data(number));
                let append = Append::new(agent.clone(), Sequence::new(number), [event]);
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
