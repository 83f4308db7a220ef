//! Prints what MisterSmith's supervisors do in scenarios of supervision, line by line as Erlang's are printed.

use std::fmt::Write as _;
use std::io::{IsTerminal, Read, Write};
use std::process::ExitCode;

use mistersmith_tests::ours;
use mistersmith_tests::scenario::{Scenario, split};

const HELP: &str = "\
Runs scenarios of supervision on MisterSmith's supervisors and prints their traces.

Usage: sup_trace [FILE]...       `-`, or no file: from standard input

A file holds one scenario, or several, separated by lines that begin with %%%; these lines are printed between the
traces. The format of scenarios and traces is described in tests/scenarios/FORMAT.md. No scenario takes longer than
its computation: time is paused, and passes only where a scenario waits.

  -h, --help       prints this

Exit code: 0, or 1 when a file cannot be read or is no scenario (the others are run).";

fn main() -> ExitCode {
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    if files.iter().any(|file| file == "--help" || file == "-h") {
        return say(&format!("{HELP}\n"), ExitCode::SUCCESS);
    }
    if let Some(flag) = files.iter().find(|file| file.starts_with('-') && *file != "-") {
        return complain(&format!("expected files, got the flag {flag}; see sup_trace --help"));
    }
    if files.is_empty() {
        if std::io::stdin().is_terminal() {
            return complain("expected a scenario from a file or from standard input; see sup_trace --help");
        }
        files.push("-".to_owned());
    }
    let several = files.len() > 1;
    let mut code = ExitCode::SUCCESS;
    for file in &files {
        if several {
            code = worse(code, say(&format!("%%% {file}\n"), ExitCode::SUCCESS));
        }
        code = worse(code, trace(file));
    }
    code
}

/// Prints the traces of all scenarios in a file.
fn trace(file: &str) -> ExitCode {
    let (name, text) = match file {
        "-" => ("standard input", std::io::read_to_string(std::io::stdin().by_ref())),
        file => (file, std::fs::read_to_string(file)),
    };
    let text = match text {
        Ok(text) => text,
        Err(error) => return complain(&format!("{name}: cannot be read: {error}")),
    };
    let parts = split(&text);
    if parts.is_empty() {
        return complain(&format!("{name}:1: expected a scenario, got nothing"));
    }
    let mut code = ExitCode::SUCCESS;
    for part in parts {
        let mut out = part.heading.map(|heading| format!("{heading}\n")).unwrap_or_default();
        match Scenario::parse(part.text) {
            Ok(scenario) => out.push_str(&ours::trace(&scenario)),
            Err(wrong) => {
                let wrong = wrong.within(part.first_line);
                let _ = writeln!(out, "!! no scenario");
                code = complain(&format!("{name}:{wrong}"));
            }
        }
        code = worse(code, say(&out, ExitCode::SUCCESS));
    }
    code
}

fn say(text: &str, code: ExitCode) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => code,
        // Whoever read has gone; there is nobody to tell.
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(text: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "sup_trace: {text}");
    ExitCode::FAILURE
}

fn worse(before: ExitCode, now: ExitCode) -> ExitCode {
    if now == ExitCode::SUCCESS { before } else { now }
}
