//! ractor-supervisor under the workloads of supervision, one line of JSON for each.
//!
//! `ractor-supervisor-bench [WORKLOAD|all] [SHARE]`: SHARE shrinks every large count, 0.01 is a smoke run.

#[path = "../../ours/supervision/child.rs"]
mod child;
mod family;
#[path = "../../ours/supervision/life.rs"]
mod life;
#[path = "../../ours/supervision/workloads.rs"]
mod workloads;

use std::env;
use std::process::ExitCode;

use family::Supervised;
use workloads::{WORKLOADS, Workload, measure};

const PEER: &str = "ractor-supervisor";

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
    std::panic::set_hook(Box::new(|_| {})); // printing is not what is measured
    let mut known = false;
    for (name, unit, workload) in WORKLOADS {
        if wanted == "all" || wanted == name {
            known = true;
            match measured(workload, share) {
                Ok(value) => {
                    println!(r#"{{"peer":"{PEER}","workload":"{name}","value":{value:.1},"unit":"{unit}"}}"#)
                }
                Err(why) => println!(r#"{{"peer":"{PEER}","workload":"{name}","why_not":"{why}"}}"#),
            }
        }
    }
    if !known {
        let names: Vec<&str> = WORKLOADS.iter().map(|(name, ..)| *name).collect();
        eprintln!("no workload `{wanted}`; there are {}", names.join(", "));
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// On two workers, as all peers; the driver is a spawned task and not the thread that blocks on it.
fn measured(workload: Workload, share: f64) -> Result<f64, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("two threads can be started");
    let measured = runtime.block_on(runtime.spawn(measure::<Supervised>(workload, share)));
    runtime.shutdown_background();
    measured.expect("the driver of a workload does not panic")
}
