//! Prints what real OTP does in scenarios of supervision, writes it down beside them, or compares it with what is
//! written there.
//!
//! `otp_trace FILE...` prints the traces; with `--record` they go to the files of the same names that end in
//! `.trace`; with `--check` those must hold the same. All scenarios go to one Erlang.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mistersmith_tests::oracle::Oracle;
use mistersmith_tests::scenario;

/// What is done with the traces of a file.
#[derive(Clone, Copy)]
enum Use {
    Print,
    Record,
    Check,
}

fn main() -> ExitCode {
    let mut files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let wanted = match files.first().and_then(|first| first.to_str()) {
        Some("--record") => Use::Record,
        Some("--check") => Use::Check,
        _ => Use::Print,
    };
    if !matches!(wanted, Use::Print) {
        files.remove(0);
    }
    if files.is_empty() {
        eprintln!("usage: otp_trace [--record | --check] FILE...");
        return ExitCode::from(2);
    }
    match run(&files, wanted) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("otp_trace: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(files: &[PathBuf], wanted: Use) -> Result<(), Box<dyn std::error::Error>> {
    let texts = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
    let parts: Vec<_> = texts.iter().map(|text| scenario::split(text)).collect();
    let scenarios: Vec<&str> = parts.iter().flatten().map(|part| part.text).collect();
    let mut traces = Oracle::new()?.traces(&scenarios)?.into_iter();
    for (file, parts) in files.iter().zip(&parts) {
        let text = under_headings(parts, &mut traces);
        let beside = file.with_extension("trace");
        match wanted {
            Use::Print => say(&text),
            Use::Record => std::fs::write(beside, text)?,
            Use::Check => check(&beside, &read(&beside)?, &text)?,
        }
    }
    Ok(())
}

/// The traces of one file: those of a batch under the lines that separate its scenarios.
fn under_headings(parts: &[scenario::Part<'_>], traces: &mut impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for (part, trace) in parts.iter().zip(traces) {
        if let Some(heading) = part.heading {
            text += heading;
            text.push('\n');
        }
        text += &trace;
    }
    text
}

fn check(beside: &Path, recorded: &str, now: &str) -> Result<(), String> {
    let differs = |(_, (recorded, now)): &(usize, (&str, &str))| recorded != now;
    let first = (1..).zip(recorded.lines().zip(now.lines())).find(differs);
    match first {
        _ if recorded == now => Ok(()),
        Some((line, (recorded, now))) => Err(format!(
            "{}:{line}: expected `{recorded}`, got `{now}` of this machine's OTP",
            beside.display()
        )),
        None => Err(format!("{}: one of the traces is longer than the other", beside.display())),
    }
}

fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

#[expect(clippy::print_stdout, reason = "a program of the command line")]
fn say(text: &str) {
    print!("{text}");
}
