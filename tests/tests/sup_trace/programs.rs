//! The programs beside `sup_trace` as a person uses them. What needs Erlang says nothing where there is none.

use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};

use mistersmith_tests::oracle::Oracle;
use mistersmith_tests::scenario::{Scenario, split};

const RANDOM_SCENARIOS: &str = env!("CARGO_BIN_EXE_random_scenarios");
const OTP_TRACE: &str = env!("CARGO_BIN_EXE_otp_trace");
const DIFFERENTIAL: &str = env!("CARGO_BIN_EXE_differential");

const EMPTY: &str = "sup root\nend\n---\n";

fn program(path: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(path);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(path: &str, arguments: &[&str], input: &str) -> Output {
    let mut program = program(path, arguments).spawn().expect("the program starts");
    let mut stdin = program.stdin.take().expect("it is piped");
    // It may end before it has read everything, or anything.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    program.wait_with_output().expect("the program ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn erlang() -> bool {
    Oracle::if_there().expect("the oracle compiles").is_some()
}

#[track_caller]
fn assert_refused(path: &str, arguments: &[&str], code: i32, says: &str) {
    let output = run(path, arguments, "");
    let complaint = text(&output.stderr);
    assert!(complaint.contains(says), "{arguments:?}: {complaint}");
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {complaint}");
}

#[test]
fn every_program_says_with_help_what_it_takes() {
    for (name, path) in
        [("random_scenarios", RANDOM_SCENARIOS), ("otp_trace", OTP_TRACE), ("differential", DIFFERENTIAL)]
    {
        for flag in ["--help", "-h"] {
            let output = run(path, &[flag], "");
            assert!(text(&output.stdout).contains(&format!("Usage: {name} ")), "{output:?}");
            assert!(output.status.success(), "{output:?}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_what_would() {
    assert_refused(RANDOM_SCENARIOS, &["7"], 2, "expected SEED COUNT [THEME], got 1 words");
    assert_refused(RANDOM_SCENARIOS, &["7", "x"], 2, "expected how many scenarios, got \"x\"");
    assert_refused(RANDOM_SCENARIOS, &["7", "1", "joy"], 2, "expected one of the themes restarts, ");
    assert_refused(OTP_TRACE, &["--check"], 1, "expected files after --check");
    assert_refused(OTP_TRACE, &["--joy", "a.scn"], 1, "got the flag --joy");
    assert_refused(OTP_TRACE, &["nowhere.scn"], 1, "otp_trace: nowhere.scn: cannot be read: ");
    assert_refused(DIFFERENTIAL, &[], 2, "expected SEED COUNT, a file or a kind");
    assert_refused(DIFFERENTIAL, &["--joy"], 2, "got --joy");
    assert_refused(DIFFERENTIAL, &["7"], 2, "expected SEED COUNT [THEME]");
    assert_refused(DIFFERENTIAL, &["joy"], 1, "expected a file, or one of the kinds samples, ");
    assert_refused(DIFFERENTIAL, &["nowhere.scn"], 1, "nowhere.scn: cannot be read: ");
}

#[test]
fn random_scenarios_are_a_batch() {
    let output = run(RANDOM_SCENARIOS, &["7", "3", "bursts"], "");
    let batch = text(&output.stdout);
    let parts = split(&batch);
    assert_eq!(parts.len(), 3, "{batch}");
    for part in parts {
        assert!(Scenario::parse(part.text).is_ok(), "{}", part.text);
    }
}

#[test]
fn a_reader_that_goes_away_gets_no_panic() {
    let mut program = program(RANDOM_SCENARIOS, &["7", "500"]).spawn().expect("the program starts");
    drop(program.stdout.take());
    let mut complaint = String::new();
    program.stderr.take().expect("it is piped").read_to_string(&mut complaint).expect("it is text");
    assert_eq!(complaint, "");
    assert_eq!(program.wait().expect("the program ends").code(), Some(1));
}

#[test]
fn otp_is_asked_from_standard_input_and_what_is_no_scenario_is_named() {
    if !erlang() {
        return;
    }
    let output = run(OTP_TRACE, &[], &format!("%%% one\nbark\n%%% two\n{EMPTY}"));
    assert!(text(&output.stderr).starts_with("otp_trace: standard input:2: expected "), "{output:?}");
    assert!(text(&output.stdout).starts_with("%%% one\n!! no scenario\n%%% two\n> start\n"), "{output:?}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_scenario_of_ones_own_is_compared_with_otp() {
    if !erlang() {
        return;
    }
    let output = run(DIFFERENTIAL, &["-"], "sup root\n  child a\nend\n---\ncrash a\nwhich root\n");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), String::new()), "{output:?}");
}

#[test]
fn ours_are_compared_with_the_traces_that_are_kept() {
    let output = run(DIFFERENTIAL, &["samples"], "");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), String::new()), "{output:?}");
}
