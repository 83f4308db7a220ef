//! Our side of a comparison: a scenario is run on real supervisors, and what they did is written as a trace.
//!
//! The supervisors are those of `mistersmith`, driven by nothing but their public interface; the workers are
//! supervised processes whose every move follows the script. Everything runs on one thread and on paused time:
//! no scenario costs any waiting, and what is measured is exact.
//!
//! The next action comes when nothing can happen any more without time passing (`quiet`: the runtime says so
//! itself, just before it parks) and every supervisor is idle or held up by a gate (`settle`: it answers a
//! question, or it does not). While one waits for time to pass, time passes.

mod answer;
mod branch;
mod call;
mod errors;
mod instances;
mod perform;
mod quiet;
mod raw;
mod record;
mod run;
mod seats;
mod settle;
mod stage;
mod stamp;
mod starting;
mod terms;
mod translate;
mod worker;

use std::sync::mpsc;
use std::time::Duration;

use quiet::Quiet;
use run::Run;

pub use run::WATCHDOG;

use crate::scenario::Scenario;

/// Runs a scenario; returns its trace.
///
/// # Panics
/// When the machine has no resources for a runtime of one thread.
#[must_use]
pub fn trace(scenario: &Scenario) -> String {
    let quiet = Quiet::default();
    let parks = quiet.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .on_thread_park(move || parks.parks())
        .build()
        .expect("a runtime of one thread without input and output needs nothing");
    runtime.block_on(Run::new(scenario.options.clone(), quiet, &scenario.root.id).trace(scenario))
}

/// Runs a scenario as [`trace`] does; `None` if it has not come to an end within `limit` of real time.
///
/// A supervisor that restarts without an end never lets time pass, so no limit on paused time would ever see it. What
/// does not end keeps its thread.
#[must_use]
pub fn trace_within(limit: Duration, scenario: &Scenario) -> Option<String> {
    let (done, trace) = mpsc::channel();
    let scenario = scenario.clone();
    std::thread::spawn(move || done.send(self::trace(&scenario)));
    trace.recv_timeout(limit).ok()
}
