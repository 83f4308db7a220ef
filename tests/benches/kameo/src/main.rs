//! kameo under the workloads that every peer runs, one line of JSON for each.
//!
//! `kameo-bench [WORKLOAD|all] [SHARE]`: SHARE shrinks every count, 0.01 is a smoke run.

mod ask;
mod crowd;
mod restart;
mod tell;
mod worker;

use std::env;
use std::process::ExitCode;

/// One workload: its name, its unit, and what measures it with a share of the full counts.
struct Workload {
    name: &'static str,
    unit: &'static str,
    measure: fn(&Runtime, f64) -> f64,
}

/// The runtime of all peers: two workers, the driver a spawned task and not the thread that blocks on it.
struct Runtime(tokio::runtime::Runtime);

impl Runtime {
    fn drive<T: Send + 'static>(&self, driver: impl Future<Output = T> + Send + 'static) -> T {
        self.0.block_on(self.0.spawn(driver)).expect("the driver of a workload does not panic")
    }
}

const WORKLOADS: [Workload; 9] = [
    Workload { name: "tell_1", unit: "msg/s", measure: |runtime, share| runtime.drive(tell::rate(1, share)) },
    Workload { name: "tell_4", unit: "msg/s", measure: |runtime, share| runtime.drive(tell::rate(4, share)) },
    Workload { name: "ask_1", unit: "ns", measure: |runtime, share| runtime.drive(ask::median(share)) },
    Workload { name: "ask_64", unit: "ask/s", measure: |runtime, share| runtime.drive(ask::rate(64, share)) },
    Workload {
        name: "restart_error",
        unit: "us",
        measure: |runtime, share| runtime.drive(restart::median(false, share)),
    },
    Workload {
        name: "restart_panic",
        unit: "us",
        measure: |runtime, share| runtime.drive(restart::median(true, share)),
    },
    Workload { name: "spawn_100k", unit: "us", measure: |runtime, share| runtime.drive(crowd::spawn(share)) },
    Workload { name: "stop_100k", unit: "us", measure: |runtime, share| runtime.drive(crowd::stop(share)) },
    Workload {
        name: "memory_idle",
        unit: "B",
        measure: |runtime, share| runtime.drive(crowd::memory(share)),
    },
];

/// What all peers on Rust allocate with, as `smith` does: see docs/decisions/0007.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let wanted = env::args().nth(1).unwrap_or_else(|| "all".to_owned());
    let share = env::args().nth(2).map_or(Ok(1.0), |share| share.parse::<f64>());
    let Ok(share) = share else {
        eprintln!("expected a number as the share of the counts, such as 0.01");
        return ExitCode::FAILURE;
    };
    std::panic::set_hook(Box::new(|_| {})); // printing is not what restart_panic measures
    let mut known = false;
    for workload in WORKLOADS.iter().filter(|workload| wanted == "all" || wanted == workload.name) {
        known = true;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let value = (workload.measure)(&Runtime(runtime.expect("two threads can be started")), share);
        let (name, unit) = (workload.name, workload.unit);
        println!(r#"{{"peer":"kameo","workload":"{name}","value":{value:.1},"unit":"{unit}"}}"#);
    }
    if !known {
        let names: Vec<&str> = WORKLOADS.iter().map(|workload| workload.name).collect();
        eprintln!("no workload `{wanted}`; there are {}", names.join(", "));
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// A share of a count, at least 1.
fn count(full: usize, share: f64) -> usize {
    ((full as f64 * share) as usize).max(1)
}

/// The middle one of the samples, in the unit they have.
fn median_of(mut samples: Vec<u64>) -> f64 {
    samples.sort_unstable();
    samples[samples.len() / 2] as f64
}
