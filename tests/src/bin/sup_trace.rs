//! Prints what MisterSmith's supervisors do in scenarios of supervision, line by line as Erlang's are printed.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use mistersmith_tests::ours;
use mistersmith_tests::program::{Program, read, say, worse};
use mistersmith_tests::scenario::{Scenario, split};

const SUP_TRACE: Program = Program {
    name: "sup_trace",
    help: "\
Runs scenarios of supervision on MisterSmith's supervisors and prints their traces.

Usage: sup_trace [FILE]...       `-`, or no file: from standard input

A file holds one scenario, or several, separated by lines that begin with %%%; these lines are printed between the
traces. The format of scenarios and traces is described in tests/scenarios/FORMAT.md. No scenario takes longer than
its computation: time is paused, and passes only where a scenario waits.

  -h, --help       prints this

Exit code: 0, or 1 when a file cannot be read or is no scenario (the others are run).",
};

fn main() -> ExitCode {
    let files = match SUP_TRACE.arguments().and_then(|arguments| SUP_TRACE.files(arguments)) {
        Ok(files) => files,
        Err(code) => return code,
    };
    let several = files.len() > 1;
    let mut code = ExitCode::SUCCESS;
    for file in &files {
        if several {
            code = worse(code, say(&format!("%%% {file}\n")));
        }
        code = worse(code, trace(file));
    }
    code
}

/// Prints the traces of all scenarios in a file.
fn trace(file: &str) -> ExitCode {
    let (name, text) = match read(file) {
        Ok(read) => read,
        Err(error) => return SUP_TRACE.complain(&error),
    };
    let parts = split(&text);
    if parts.is_empty() {
        return SUP_TRACE.complain(&format!("{name}:1: expected a scenario, got nothing"));
    }
    let mut code = ExitCode::SUCCESS;
    for part in parts {
        let mut out = part.heading.map(|heading| format!("{heading}\n")).unwrap_or_default();
        match Scenario::parse(part.text) {
            Ok(scenario) => {
                // Time that is paused does not pass for a supervisor that restarts without an end.
                let limit = Duration::from_millis(scenario.options.watchdog);
                let trace = ours::trace_within(limit, &scenario);
                out.push_str(&trace.unwrap_or_else(|| format!("{}\n", ours::WATCHDOG)));
            }
            Err(wrong) => {
                let wrong = wrong.within(part.first_line);
                let _ = writeln!(out, "!! no scenario");
                code = SUP_TRACE.complain(&format!("{name}:{wrong}"));
            }
        }
        code = worse(code, say(&out));
    }
    code
}
