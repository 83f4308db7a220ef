//! MisterSmith, bare ractor of the same features, and the bare trial of the mailbox, in one build.
//!
//! `ours [--peer PEER] [WORKLOAD|all] [SHARE]`: one line of JSON for each peer and workload; SHARE shrinks every
//! count, 0.01 is a smoke run. Called by `cargo bench` it makes such a smoke run.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock and spawns its producers itself")]
#![expect(clippy::print_stdout, reason = "its lines are its result")]

mod crowd;
mod floor;
mod peer;
mod ractor_peer;
mod restart;
mod smith_peer;
mod supervision;
mod traffic;

use std::env;
use std::process::ExitCode;

/// What all peers on Rust allocate with, as `smith` does: see docs/decisions/0007.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The runtime of all peers: two workers, the driver a spawned task and not the thread that blocks on it.
struct Runtime(tokio::runtime::Runtime);

/// Two, unless `BENCH_WORKERS` says otherwise: with one, no figure is the cost of waking another thread.
fn workers() -> usize {
    env::var("BENCH_WORKERS").ok().and_then(|number| number.parse().ok()).unwrap_or(2)
}

impl Runtime {
    fn new() -> Self {
        let built =
            tokio::runtime::Builder::new_multi_thread().worker_threads(workers()).enable_all().build();
        Self(built.expect("two threads can be started"))
    }

    /// Runs `driver` as a task.
    fn drive<T: Send + 'static>(&self, driver: impl Future<Output = T> + Send + 'static) -> T {
        self.0.block_on(self.0.spawn(driver)).expect("the driver of a workload does not panic")
    }
}

type Measure = fn(&Runtime, f64) -> f64;

/// Workload, unit, peer, and what measures it.
const ROWS: &[(&str, &str, &str, Measure)] = &[
    ("tell_1", "msg/s", "floor", |on, share| on.drive(traffic::tells::<floor::Worker>(1, share))),
    ("tell_1", "msg/s", "ractor", |on, share| on.drive(traffic::tells::<ractor_peer::Worker>(1, share))),
    ("tell_1", "msg/s", "mistersmith", |on, share| on.drive(traffic::tells::<smith_peer::Worker>(1, share))),
    ("tell_4", "msg/s", "floor", |on, share| on.drive(traffic::tells::<floor::Worker>(4, share))),
    ("tell_4", "msg/s", "ractor", |on, share| on.drive(traffic::tells::<ractor_peer::Worker>(4, share))),
    ("tell_4", "msg/s", "mistersmith", |on, share| on.drive(traffic::tells::<smith_peer::Worker>(4, share))),
    ("ask_1", "ns", "floor", |on, share| on.drive(traffic::ask_median::<floor::Worker>(share))),
    ("ask_1", "ns", "ractor", |on, share| on.drive(traffic::ask_median::<ractor_peer::Worker>(share))),
    ("ask_1", "ns", "mistersmith", |on, share| on.drive(traffic::ask_median::<smith_peer::Worker>(share))),
    ("ask_64", "ask/s", "floor", |on, share| on.drive(traffic::asks::<floor::Worker>(64, share))),
    ("ask_64", "ask/s", "ractor", |on, share| on.drive(traffic::asks::<ractor_peer::Worker>(64, share))),
    ("ask_64", "ask/s", "mistersmith", |on, share| on.drive(traffic::asks::<smith_peer::Worker>(64, share))),
    ("restart_error", "us", "ractor", |on, share| middle(on.drive(restart::ractor(false, restarts(share))))),
    ("restart_error", "us", "mistersmith", |on, share| {
        middle(on.drive(restart::mistersmith(false, restarts(share))))
    }),
    ("restart_panic", "us", "ractor", |on, share| middle(on.drive(restart::ractor(true, restarts(share))))),
    ("restart_panic", "us", "mistersmith", |on, share| {
        middle(on.drive(restart::mistersmith(true, restarts(share))))
    }),
    ("spawn_100k", "us", "ractor", |on, share| on.drive(crowd::spawn::<crowd::Ractors>(actors(share)))),
    ("spawn_100k", "us", "mistersmith", |on, share| on.drive(crowd::spawn::<crowd::Agents>(actors(share)))),
    ("stop_100k", "us", "ractor", |on, share| on.drive(crowd::stop::<crowd::Ractors>(actors(share)))),
    ("stop_100k", "us", "mistersmith", |on, share| on.drive(crowd::stop::<crowd::Agents>(actors(share)))),
    ("memory_idle", "B", "ractor", |on, share| on.drive(crowd::memory::<crowd::Ractors>(actors(share)))),
    ("memory_idle", "B", "mistersmith", |on, share| on.drive(crowd::memory::<crowd::Agents>(actors(share)))),
];

fn main() -> ExitCode {
    let mut arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let only = match arguments.iter().position(|argument| argument == "--peer") {
        Some(flag) if flag + 1 < arguments.len() => arguments.drain(flag..flag + 2).nth(1),
        _ => None,
    };
    let wanted = arguments.first().map_or("all", String::as_str);
    let share = arguments.get(1).map_or(Ok(0.01), |share| share.parse::<f64>());
    let (Ok(share), true) = (share, wanted == "all" || knows(wanted)) else {
        eprintln!("expected [--peer PEER] [WORKLOAD|all] [SHARE], such as tell_1 0.01");
        return ExitCode::FAILURE;
    };
    std::panic::set_hook(Box::new(|_| {})); // printing is not what restart_panic measures
    for (workload, unit, peer, measure) in ROWS {
        if (wanted != "all" && wanted != *workload) || only.as_ref().is_some_and(|only| only != peer) {
            continue;
        }
        let value = measure(&Runtime::new(), share);
        println!(r#"{{"peer":"{peer}","workload":"{workload}","value":{value:.1},"unit":"{unit}"}}"#);
    }
    for line in supervision::lines(wanted, only.as_deref(), share) {
        println!("{line}");
    }
    ExitCode::SUCCESS
}

fn knows(workload: &str) -> bool {
    ROWS.iter().any(|row| row.0 == workload) || supervision::knows(workload)
}

/// Actors of a crowd.
fn actors(share: f64) -> usize {
    count(100_000, share)
}

/// Restarts that are not counted.
const WARM_UP: usize = 200;

fn restarts(share: f64) -> usize {
    count(4_000, share) + WARM_UP
}

/// Microseconds of the middle restart.
fn middle(mut nanos: Vec<u64>) -> f64 {
    median_of(nanos.split_off(WARM_UP)) / 1_000.0
}

/// A share of a count, at least 1.
pub(crate) fn count(full: usize, share: f64) -> usize {
    ((full as f64 * share) as usize).max(1)
}

/// The middle one of the samples, in the unit they have.
pub(crate) fn median_of(mut samples: Vec<u64>) -> f64 {
    samples.sort_unstable();
    samples[samples.len() / 2] as f64
}
