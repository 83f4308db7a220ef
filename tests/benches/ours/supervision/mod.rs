//! One supervisor with many children: bare ractor, our supervisor over the same actors, and our agents.

mod adopted;
mod agents;
mod bare;
mod child;
mod life;
mod workloads;

use adopted::Adopted;
use agents::Agents;
use bare::Bare;
use workloads::{WORKLOADS, Workload, measure};

use crate::Runtime;

/// Whether there is such a workload.
pub(crate) fn knows(wanted: &str) -> bool {
    WORKLOADS.iter().any(|(name, ..)| *name == wanted)
}

/// One line of JSON for each workload and peer that is wanted.
pub(crate) fn lines(wanted: &str, only: Option<&str>, share: f64) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, unit, workload) in WORKLOADS {
        if wanted != "all" && wanted != name {
            continue;
        }
        for peer in ["ractor", "mistersmith", "mistersmith agents"] {
            // A parent that restarts all is more than a respawn, and nobody writes the same one by hand.
            let is_hard_to_write = peer == "ractor" && matches!(workload, Workload::OneForAll(_));
            if !is_hard_to_write && only.is_none_or(|only| only == peer) {
                lines.push(line(peer, name, unit, measured(peer, workload, share)));
            }
        }
    }
    lines
}

fn measured(peer: &str, workload: Workload, share: f64) -> Result<f64, String> {
    let runtime = Runtime::new();
    match peer {
        "ractor" => runtime.drive(measure::<Bare>(workload, share)),
        "mistersmith" => runtime.drive(measure::<Adopted>(workload, share)),
        _ => runtime.drive(measure::<Agents>(workload, share)),
    }
}

fn line(peer: &str, workload: &str, unit: &str, measured: Result<f64, String>) -> String {
    match measured {
        Ok(value) => {
            format!(r#"{{"peer":"{peer}","workload":"{workload}","value":{value:.1},"unit":"{unit}"}}"#)
        }
        Err(why) => format!(r#"{{"peer":"{peer}","workload":"{workload}","why_not":"{why}"}}"#),
    }
}
