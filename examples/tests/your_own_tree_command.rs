//! An application of one's own has the commands: the example `your_own_tree_command` ends by itself and shows them.

use std::path::PathBuf;
use std::process::Command;

fn example(arguments: &[&str]) -> (String, String, Option<i32>) {
    // Cargo builds examples beside the tests: target/debug/examples, target/debug/deps.
    let test = std::env::current_exe().expect("a test is a file");
    let target: PathBuf = test.ancestors().nth(2).expect("it lies in deps").into();
    let nowhere = tempfile::tempdir().expect("there is room for a folder");
    let mut command = Command::new(target.join("examples/your_own_tree_command"));
    let output =
        command.args(arguments).env("XDG_RUNTIME_DIR", nowhere.path()).output().expect("it can be run");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn the_tour_shows_the_tree_a_call_a_kill_and_what_followed() {
    let (said, complaint, code) = example(&[]);
    assert_eq!(code, Some(0), "{complaint}");
    for expected in
        ["$ shop tree", "└─ till", "\n250\n", "is killed", "till, incarnation 1, ended: killed", "is ready"]
    {
        assert!(said.contains(expected), "expected {expected:?} in:\n{said}");
    }
}

#[test]
fn without_a_node_it_says_how_to_start_one_and_ends_with_3() {
    let (said, complaint, code) = example(&["tree"]);
    assert_eq!((said.as_str(), code), ("", Some(3)));
    assert!(complaint.contains("to start one: cargo run"), "{complaint}");
}

#[test]
fn what_is_no_command_ends_with_2() {
    let (_, complaint, code) = example(&["trees"]);
    assert!(complaint.contains("'tree'"), "{complaint}");
    assert_eq!(code, Some(2));
}
