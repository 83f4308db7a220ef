//! Prints what real OTP does in scenarios of supervision, writes it down beside them, or compares it with what is
//! written there.

use std::path::Path;
use std::process::ExitCode;

use mistersmith_tests::oracle::Oracle;
use mistersmith_tests::program::{Program, read, say};
use mistersmith_tests::scenario::{Part, Scenario, split};

const OTP_TRACE: Program = Program {
    name: "otp_trace",
    help: "\
Runs scenarios of supervision on real OTP and prints their traces. Needs Erlang: Debian's erlang-base.

Usage: otp_trace [FILE]...            `-`, or no file: from standard input
       otp_trace --record FILE...     writes the traces to the files of the same names that end in .trace
       otp_trace --check FILE...      compares with those, and says where they differ

A file holds one scenario, or several, separated by lines that begin with %%%; these lines are printed between the
traces. The format of scenarios and traces is described in tests/scenarios/FORMAT.md.

  -h, --help       prints this

Exit code: 0, or 1 when a file cannot be read, is no scenario (the others are run), or is not as it was recorded.",
};

/// What is done with the traces of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Print,
    Record,
    Check,
}

fn main() -> ExitCode {
    let (wanted, files) = match OTP_TRACE.arguments().and_then(given) {
        Ok(given) => given,
        Err(code) => return code,
    };
    match run(&files, wanted) {
        Ok(code) => code,
        Err(error) => OTP_TRACE.complain(&error.to_string()),
    }
}

/// What is to be done, and with which files.
fn given(mut arguments: Vec<String>) -> Result<(Use, Vec<String>), ExitCode> {
    let wanted = match arguments.first().map(String::as_str) {
        Some("--record") => Use::Record,
        Some("--check") => Use::Check,
        _ => return Ok((Use::Print, OTP_TRACE.files(arguments)?)),
    };
    let flag = arguments.remove(0);
    if arguments.is_empty() || arguments.iter().any(|file| file == "-") {
        return Err(OTP_TRACE.complain(&format!("expected files after {flag}; see otp_trace --help")));
    }
    Ok((wanted, OTP_TRACE.files(arguments)?))
}

/// Asks OTP about all scenarios at once: all go to one Erlang.
fn run(files: &[String], wanted: Use) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let texts = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
    let mut code = ExitCode::SUCCESS;
    let mut parts = Vec::new();
    for (name, text) in &texts {
        let of_file = split(text);
        if of_file.is_empty() {
            code = OTP_TRACE.complain(&format!("{name}:1: expected a scenario, got nothing"));
        }
        for part in &of_file {
            if let Err(wrong) = Scenario::parse(part.text) {
                code = OTP_TRACE.complain(&format!("{name}:{}", wrong.within(part.first_line)));
            }
        }
        parts.push(of_file);
    }
    if code != ExitCode::SUCCESS && wanted != Use::Print {
        return Ok(code);
    }
    let is_one = |part: &&Part<'_>| Scenario::parse(part.text).is_ok();
    let scenarios: Vec<&str> = parts.iter().flatten().filter(is_one).map(|part| part.text).collect();
    let mut traces = Oracle::new()?.traces(&scenarios)?.into_iter();
    for (file, parts) in files.iter().zip(&parts) {
        let text = under_headings(parts, &mut traces);
        let beside = Path::new(file).with_extension("trace");
        match wanted {
            Use::Print if files.len() > 1 => code = worst(code, &format!("%%% {file}\n{text}")),
            Use::Print => code = worst(code, &text),
            Use::Record => std::fs::write(&beside, text).map_err(|error| named(&beside, &error))?,
            Use::Check => {
                let recorded = std::fs::read_to_string(&beside).map_err(|error| named(&beside, &error))?;
                check(&beside, &recorded, &text)?;
            }
        }
    }
    Ok(code)
}

fn worst(before: ExitCode, text: &str) -> ExitCode {
    mistersmith_tests::program::worse(before, say(text))
}

/// The traces of one file: those of a batch under the lines that separate its scenarios.
fn under_headings(parts: &[Part<'_>], traces: &mut impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for part in parts {
        if let Some(heading) = part.heading {
            text += heading;
            text.push('\n');
        }
        match Scenario::parse(part.text) {
            Ok(_) => text += &traces.next().unwrap_or_default(),
            Err(_) => text += "!! no scenario\n",
        }
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

fn named(file: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", file.display())
}
