//! The program as a person uses it: files or standard input, batches, help, and errors with file and line.

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn run(arguments: &[&str], input: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sup_trace"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = program.stdin.take().expect("it is piped");
    // It may end before it has read everything, or anything.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    program.wait_with_output().expect("the program ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const EMPTY: &str = "sup root\nend\n---\n";
const TRACE: &str = "> start\n  sup_start root #1\n  sup_up root #1\n  = ok\n> final\nchildren root: []\n";

#[test]
fn a_scenario_is_read_from_standard_input() {
    let output = run(&[], EMPTY);
    assert_eq!((text(&output.stdout), text(&output.stderr)), (TRACE.to_owned(), String::new()));
    assert!(output.status.success());
}

#[test]
fn the_scenarios_of_a_batch_are_separated_as_they_were() {
    let output = run(&["-"], &format!("%%% one\n{EMPTY}%%% two\n{EMPTY}"));
    assert_eq!(text(&output.stdout), format!("%%% one\n{TRACE}%%% two\n{TRACE}"));
}

#[test]
fn what_is_no_scenario_is_named_with_its_line_and_the_others_are_run() {
    let output = run(&[], &format!("%%% one\nsup root\nend\n---\nbark root\n%%% two\n{EMPTY}"));
    let error = text(&output.stderr);
    assert!(error.starts_with("sup_trace: standard input:5: expected an action"), "{error}");
    assert!(error.ends_with("got `bark root`\n"), "{error}");
    assert_eq!(text(&output.stdout), format!("%%% one\n!! no scenario\n%%% two\n{TRACE}"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_scenario_that_never_ends_is_ended_and_the_others_are_run() {
    let endless = "sup root intensity=1000000000\n  child a start=ok,error\nend\n---\ncrash a\n";
    let output = run(&[], &format!("%%% one\noption watchdog 100\n{endless}%%% two\n{EMPTY}"));
    let ended = "!! the watchdog has ended the scenario";
    assert_eq!(text(&output.stdout), format!("%%% one\n{ended}\n%%% two\n{TRACE}"));
    assert!(output.status.success());
}

#[test]
fn a_file_that_is_not_there_and_a_flag_that_is_none_are_errors() {
    let output = run(&["nowhere.scn"], "");
    assert!(text(&output.stderr).starts_with("sup_trace: nowhere.scn: cannot be read: "));
    assert_eq!(output.status.code(), Some(1));
    let output = run(&["--trace"], "");
    assert!(text(&output.stderr).contains("expected files, got the flag --trace"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn help_says_how_it_is_used() {
    let output = run(&["--help"], "");
    assert!(text(&output.stdout).contains("Usage: sup_trace [FILE]..."));
    assert!(output.status.success());
}
