//! Every example ends by itself, and prints what it teaches.

use std::path::PathBuf;
use std::process::Command;

/// What an example prints, line by line, without the spaces in front.
#[track_caller]
fn printed(example: &str) -> Vec<String> {
    // Cargo builds examples beside the tests: target/debug/examples, target/debug/deps.
    let test = std::env::current_exe().expect("a test is a file");
    let built: PathBuf = test.ancestors().nth(2).expect("it lies in deps").join("examples").join(example);
    assert!(built.exists(), "{} is not built; run `cargo test -p mistersmith-examples`", built.display());
    let output = Command::new(built).output().expect("an example can be run");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{example} failed:\n{out}\n{err}");
    out.lines().map(|line| line.trim().to_owned()).collect()
}

#[track_caller]
fn assert_prints(example: &str, expected: &[&str]) {
    let printed = printed(example);
    let mut rest = printed.iter();
    for line in expected {
        assert!(
            rest.any(|printed| printed.contains(line)),
            "{example} does not print {line:?} where it should; it prints:\n{}",
            printed.join("\n")
        );
    }
}

#[test]
fn one_agent() {
    assert_prints("one_agent", &["tally is up", "10 + 2 + 3 = 15", "read again: 15", "gone:"]);
}

#[test]
fn a_crash() {
    assert_prints(
        "a_crash",
        &[
            "incarnation 1 starts",
            "incarnation 2 starts",
            "by 4: 25",
            "by 0: unknown",
            "by 2: 50",
            "divide by zero",
            "2 restarts left",
        ],
    );
}

#[test]
fn a_supervision_tree() {
    assert_prints(
        "a_supervision_tree",
        &[
            r#"root/access: stopped ["reader"], started ["reader", "writer"]"#,
            r#"root/storage: stopped [], started ["index"]"#,
            "root/storage: gives up over cache",
            r#"root: stopped [], started ["storage"]"#,
            "everything is stopped",
        ],
    );
}

#[test]
fn ractor_actor_as_child() {
    assert_prints(
        "ractor_actor_as_child",
        &[
            "page 1: hello",
            "printer ended by error: paper jam",
            "page 1: hello again",
            "the office ends: shutdown",
        ],
    );
}

#[test]
fn a_stream() {
    assert_prints("a_stream", &["1", "5", "complete", "3", "the reader has cancelled after"]);
}

#[test]
fn two_domains() {
    assert_prints(
        "two_domains",
        &[
            "back/desk starts",
            "front/door starts",
            "the desk says: hello Ada",
            "needs it",
            "front/door stops",
            "back/desk stops",
        ],
    );
}

#[test]
fn load_balanced_pool() {
    assert_prints("load_balanced_pool", &["[10, 10, 10]", "[15, 15]", "[30]"]);
}

#[test]
fn deadlines() {
    assert_prints("deadlines", &["first has", "third has", "hello Ada", "third has", "the deadline passed"]);
}

#[test]
fn lifecycle() {
    assert_prints(
        "lifecycle",
        &[
            "active: hello Ada",
            "suspended: suspended: the carpet is being cleaned",
            "found while suspended: false",
            "active: hello Ada",
            "drained, everything handled: true",
            "gone",
        ],
    );
}

#[test]
fn stop_cleanly() {
    assert_prints(
        "stop_cleanly",
        &[
            "third ends by shutdown and saves 20 names",
            "second ends",
            "first ends by shutdown and saves 20",
            "ended by shutdown",
        ],
    );
}

#[test]
fn bank_account() {
    assert_prints(
        "bank_account",
        &[
            "paid in 5.00: 500 cents",
            "paid in 2.50: 750 cents",
            "the salary: 100750 cents",
            "in another system: 100750 cents",
            "and a cent: 100751 cents",
        ],
    );
}

#[test]
fn as_of() {
    assert_prints(
        "as_of",
        &[
            r#"event 2: Turned@1 {"degrees":23}"#,
            "event 3",
            "as of event 0: 18 degrees, turned 0 times",
            "as of event 2: 23 degrees, turned 2 times",
            "as of event 3: 19 degrees, turned 3 times",
        ],
    );
}

#[test]
fn merge_after_a_split() {
    assert_prints(
        "merge_after_a_split",
        &[
            "LastWriter:",
            "the way is cut",
            r#"cut, rome shows dinner {"pasta"}"#,
            r#"cut, oslo shows supper {"fish"}"#,
            r#"healed, rome shows dinner {"fish", "pasta"}"#,
            r#"healed, oslo shows dinner {"fish", "pasta"}"#,
            r#"renamed, oslo shows a buffet {"fish", "pasta"}"#,
            "Merge:",
            r#"healed, rome shows supper {"fish", "pasta"}"#,
            r#"healed, oslo shows supper {"fish", "pasta"}"#,
            "Siblings:",
            r#"healed, rome shows supper {"fish"} and dinner {"pasta"}"#,
            r#"healed, oslo shows supper {"fish"} and dinner {"pasta"}"#,
            r#"renamed, rome shows a buffet {"fish", "pasta"}"#,
            r#"renamed, oslo shows a buffet {"fish", "pasta"}"#,
        ],
    );
}

#[test]
fn a_read_model() {
    let expected = ["ada: 750 cents", "bob: 80 cents", "eve: 9000 cents", "events that it has not seen: 0"];
    assert_prints("a_read_model", &expected);
}

#[test]
fn a_reminder() {
    assert_prints(
        "a_reminder",
        &[
            "the mall is closed",
            "the mall is open again",
            "event 1: Placed@1",
            "event 2: mistersmith.reminder@1",
            "event 3: mistersmith.reminder@1",
            "event 4: Cancelled@1",
        ],
    );
}
