//! Prints what real OTP does in scenarios of supervision, or writes it down beside them.
//!
//! `otp_trace FILE...` prints the trace of each file; `otp_trace --record FILE...` writes it to the file of the same
//! name that ends in `.trace`. All of them go to one Erlang.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mistersmith_tests::oracle::Oracle;
use mistersmith_tests::scenario;

fn main() -> ExitCode {
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    let record = files.first().is_some_and(|first| first == "--record");
    if record {
        files.remove(0);
    }
    if files.is_empty() {
        eprintln!("usage: otp_trace [--record] FILE...");
        return ExitCode::from(2);
    }
    match run(&files.iter().map(PathBuf::from).collect::<Vec<_>>(), record) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("otp_trace: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The traces of the files; of a file that is a batch, each scenario's under the line that separates it there.
fn run(files: &[PathBuf], record: bool) -> Result<(), Box<dyn std::error::Error>> {
    let texts = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
    let parts: Vec<_> = texts.iter().map(|text| scenario::split(text)).collect();
    let scenarios: Vec<&str> = parts.iter().flatten().map(|part| part.text).collect();
    let mut traces = Oracle::new()?.traces(&scenarios)?.into_iter();
    for (file, parts) in files.iter().zip(&parts) {
        let mut text = String::new();
        for (part, trace) in parts.iter().zip(&mut traces) {
            if let Some(heading) = part.heading {
                text += heading;
                text.push('\n');
            }
            text += &trace;
        }
        if record {
            std::fs::write(file.with_extension("trace"), text)?;
        } else {
            say(&text);
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

#[expect(clippy::print_stdout, reason = "a program of the command line")]
fn say(text: &str) {
    print!("{text}");
}
