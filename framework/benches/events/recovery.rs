//! What opening a log takes, reading it, and making a state again from it: time and memory, by the length of the log.

#![allow(unreachable_pub, reason = "a contract is public, also in a bench")]

use std::num::NonZeroU32;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use mistersmith::events::{
    Append, AsOf, Decide, Deciding, Decision, Durability, Event, EventLog, EventSourced, Query, Sequence,
    Snapshot, SqliteLog, SqliteOptions, Timestamp, VectorClock, recover,
};
use mistersmith::prelude::*;

use super::{agent, event, open, row};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Read;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    Read(Read),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Balance(u64),
}

pub struct Bank;
replies! { Bank: Read => Balance(u64) }

#[derive(Serialize, Deserialize)]
enum Change {
    PaidIn { cents: u64 },
}

impl Event for Change {}

#[derive(Clone, Serialize, Deserialize)]
struct Account {
    balance: u64,
}

impl EventSourced for Account {
    type Contract = Bank;
    type Args = ();
    type Event = Change;
    type Snapshot = Self;

    fn begin((): &()) -> Self {
        Self { balance: 0 }
    }

    fn apply(&mut self, Change::PaidIn { cents }: &Change) -> anyhow::Result<()> {
        self.balance += cents;
        Ok(())
    }

    fn snapshot(&self) -> Self {
        self.clone()
    }

    fn restore((): &(), snapshot: Self) -> anyhow::Result<Self> {
        Ok(snapshot)
    }
}

impl Decide<Read> for Account {
    async fn decide(&self, _: Read, _: &mut Deciding<'_, Self>) -> anyhow::Result<Decision<Self, Read>> {
        Ok(Decision::reply(self.balance))
    }
}

/// How many events come after the snapshot.
const AFTER: u64 = 100;

/// Of a log of so many events of one agent.
pub(crate) async fn measure(events: u64) {
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
    let tail = Query::of(agent(1), Sequence::new(events.saturating_sub(AFTER)));
    assert_eq!(log.read(tail).await.expect("it is read").events.len() as u64, AFTER);
    println!("| reading its last {AFTER} | {:?} |", began.elapsed());
    let sequence = Sequence::new(events - AFTER);
    let before =
        recover::<Account>(&log, &agent(1), &(), AsOf::Sequence(sequence)).await.expect("it recovers");
    drop(log);

    println!("| recovery from {events} events | {} |", in_a_process(&path));
    let snapshot = Snapshot {
        agent: agent(1),
        sequence,
        timestamp: Timestamp::from_micros(0),
        version: NonZeroU32::MIN,
        causality: VectorClock::new(),
        state: mistersmith::events::Json::of(&before.state).expect("it is JSON"),
    };
    let log = open(&path, Durability::ProcessDeath);
    log.save(snapshot).await.expect("it is kept");
    drop(log);
    println!("| recovery from a snapshot and {AFTER} of {events} events | {} |", in_a_process(&path));
}

fn in_a_process(log: &Path) -> String {
    let myself = std::env::current_exe().expect("a bench is a program");
    let ran = Command::new(myself).arg("recover").arg(log).output().expect("it runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).trim().to_owned()
}

/// Opens the log, recovers its agent, and prints how long each took and by how much the most memory that the process
/// ever had in use (`VmHWM` of Linux) rose meanwhile.
pub(crate) async fn once(path: &Path) {
    let before = most_memory();
    let began = Instant::now();
    let options = SqliteOptions::new(Durability::ProcessDeath).without_check();
    let log = SqliteLog::open(path, options).expect("it opens");
    let (opened, memory_opened) = (began.elapsed(), most_memory());
    let recovered = recover::<Account>(&log, &agent(1), &(), AsOf::Now).await.expect("it recovers");
    let (all, memory) = (began.elapsed(), most_memory());
    assert!(recovered.sequence > Sequence::START);
    println!(
        "open {opened:?}, {} KiB; recover {:?}, {} KiB more",
        memory_opened - before,
        all.saturating_sub(opened),
        memory - memory_opened
    );
}

/// In KiB.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says what a process takes");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it says the most");
    line.trim().trim_end_matches(" kB").parse().expect("it is a number")
}
