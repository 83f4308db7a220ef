//! The event log of a node, and the commands for a log that no node has open.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use mistersmith::events::{
    Append, Durability, EventLog, EventType, Json, NewEvent, SqliteLog, SqliteOptions, Timestamp, owner,
};

use super::command::{Ended, run, smith};
use super::node::Node;

/// A bank that has worked for a second; its log is `bank/log`.
fn bank(folder: &Path) {
    let worked = run(folder, &["demo", "bank", "--folder", "bank", "--seconds", "1"]);
    assert_eq!(worked.code, Some(0), "{worked:?}");
}

/// Runs a command that has to succeed.
#[track_caller]
fn says(folder: &Path, arguments: &[&str]) -> Ended {
    let ended = run(folder, arguments);
    assert_eq!(ended.code, Some(0), "smith {arguments:?}: {ended:?}");
    ended
}

#[tokio::test]
async fn a_node_records_the_lives_of_its_agents_and_shows_them() {
    let mut node = Node::start(&[]).await;
    let file = node.folder.path().join("state/mistersmith/smith/log");
    assert!(file.exists());
    let shown = |node: &Node| node.says(&["events", "agent_lifecycle/agent_registry"]);
    node.until("its life is in the log", |node| shown(node).contains("active: ready, incarnation 1")).await;
    node.says(&["kill", "agent_lifecycle/agent_registry"]);
    node.until("the kill is in the log", |node| {
        let life = shown(node);
        life.contains("terminated: killed, incarnation 1") && life.contains("active: ready, incarnation 2")
    })
    .await;
    assert!(node.says(&["events", "system/supervision", "--json"]).contains("\"decided\""));
    let deeds = node.says(&["events", "system/supervision"]);
    assert!(
        deeds.contains("agent_registry, incarnation 1, ended: killed; started agent_registry"),
        "{deeds}"
    );
    let no_state = node.smith(&["state", "agent_lifecycle/agent_registry"]);
    assert_eq!(no_state.code, Some(1));
    assert!(no_state.complaints.contains("no event-sourced agent"), "{no_state:?}");
    let open = node.smith(&["log", "verify", &file.display().to_string()]);
    assert_eq!(open.code, Some(1));
    assert!(
        open.complaints.contains("is open already") && open.complaints.contains("events AGENT"),
        "{open:?}"
    );
    node.signal("-TERM");
    let (ended, folder) = node.end().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let life = says(
        folder.path(),
        &["events", "agent_lifecycle/agent_registry", "--log", &file.display().to_string()],
    );
    assert!(life.out.ends_with("terminated: shutdown, incarnation 2\n"), "{}", life.out);
    assert!(says(folder.path(), &["log", "verify"]).out.contains(": ok: "));
}

#[tokio::test]
async fn a_second_node_in_the_same_folder_is_refused_and_told_what_to_do() {
    let node = Node::start(&["--data", "here"]).await;
    let second = node.smith(&["run", "--name", "right", "--data", "here"]);
    assert_eq!(second.code, Some(1), "{second:?}");
    assert!(second.complaints.contains("here/log is open already"), "{second:?}");
    assert!(second.complaints.contains("--data FOLDER"), "{second:?}");
}

#[tokio::test]
async fn a_node_whose_log_is_damaged_runs_and_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    bank(folder.path());
    let log = folder.path().join("bank/log");
    damage(&log);
    let mut node = Node::begin(&["--data", &folder.path().join("bank").display().to_string()], Stdio::null());
    node.until("the node says why it is not ready", |node| {
        let health = node.smith(&["health"]);
        health.code == Some(1) && health.out.contains("the event log is damaged: ")
    })
    .await;
    let _ = node.says(&["tree"]);
    node.signal("-TERM");
    let (ended, _) = node.end().await;
    assert!(
        ended.complaints.contains("is damaged: ") && ended.complaints.contains("log verify"),
        "{ended:?}"
    );
}

/// Changes the data of an event in the middle of the log.
fn damage(log: &Path) {
    let mut bytes = fs::read(log).unwrap();
    let wanted = b"\"cents\":";
    let places: Vec<_> = bytes.windows(wanted.len()).enumerate().filter(|(_, here)| here == wanted).collect();
    let at = places[places.len() / 2].0 + 1;
    bytes[at] = b'k';
    fs::write(log, bytes).unwrap();
}

#[test]
fn the_log_of_the_bank_is_verified_shown_exported_and_imported() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bank(folder);
    let log = ["--log", "bank/log"];
    assert!(says(folder, &["log", "verify", "bank/log"]).out.starts_with("bank/log: ok: "));
    let events = says(folder, &[&["events", "bank/account-0"][..], &log].concat()).out;
    assert!(events.lines().next().unwrap().ends_with("     1  Opened@1  {\"cents\":100000}"), "{events}");
    let first = says(folder, &[&["state", "bank/account-0", "--as-of", "1"][..], &log].concat()).out;
    assert!(first.contains("after event 1") && first.contains("\"balance\": 100000"), "{first}");
    let exported = says(folder, &["log", "export", "bank/log", "--output", "bank.jsonl"]);
    assert!(exported.complaints.starts_with("exported "), "{exported:?}");
    assert!(!folder.join("bank.jsonl.part").exists());
    let again = run(folder, &["log", "export", "bank/log", "--output", "bank.jsonl"]);
    assert!(again.complaints.contains("not there yet"), "{again:?}");
    says(folder, &["log", "import", "copy", "--input", "bank.jsonl"]);
    assert_eq!(says(folder, &[&["events", "bank/account-0"][..], &["--log", "copy"]].concat()).out, events);
    let second = says(folder, &["log", "import", "copy", "--input", "bank.jsonl"]);
    assert!(second.out.contains("imported 0 events"), "{second:?}");
    assert!(
        says(folder, &["log", "export", "copy"]).out
            == fs::read_to_string(folder.join("bank.jsonl")).unwrap()
    );
    let compacted = says(folder, &["log", "compact", "bank/log"]);
    assert!(compacted.out.contains("bank/log: dropped "), "{compacted:?}");
    let begins = says(folder, &[&["events", "bank/account-0"][..], &log].concat()).out;
    assert!(begins.contains(" events are not kept any more; it begins with event "), "{begins}");
    says(folder, &["log", "export", "bank/log", "--output", "rest.jsonl"]);
    let rest = says(folder, &["log", "import", "folder/of/rest", "--input", "rest.jsonl"]);
    assert!(
        rest.out.ends_with("8 agents begin at snapshots, as their first events were dropped\n"),
        "{rest:?}"
    );
    let of_rest = &["events", "bank/account-0", "--log", "folder/of/rest"];
    assert_eq!(says(folder, of_rest).out, begins);
    assert!(says(folder, &["log", "verify", "folder/of/rest"]).out.contains(": ok: "));
    assert_eq!(says(folder, &["demo", "bank", "--folder", "bank", "--seconds", "0"]).code, Some(0));
}

#[test]
fn an_agent_is_named_as_on_a_node() {
    let folder = tempfile::tempdir().unwrap();
    bank(folder.path());
    let by_path = run(folder.path(), &["state", "bank/account-0", "--log", "bank/log"]);
    assert_eq!(by_path.code, Some(0), "{by_path:?}");
    let by_name = run(folder.path(), &["state", "account-0", "--log", "bank/log"]);
    assert_eq!((by_name.code, by_name.out), (by_path.code, by_path.out));
}

#[test]
fn what_is_wrong_with_a_log_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bank(folder);
    let complains = |arguments: &[&str], of: &str| {
        let ended = run(folder, arguments);
        assert_ne!(ended.code, Some(0), "{arguments:?}");
        assert!(ended.complaints.contains(of), "{arguments:?}: {ended:?}");
    };
    complains(&["log", "verify", "nowhere"], "nowhere, got nothing");
    complains(&["log", "import", "new", "--input", "bank/log"], "in bank/log, got something that is no text");
    complains(&["log", "import", "new", "--input", "/dev/null"], "in /dev/null, got nothing");
    fs::write(folder.join("letter"), "dear customer\n").unwrap();
    complains(&["log", "import", "new", "--input", "letter"], "expected the first line of an exported log");
    assert!(!folder.join("new").exists(), "nothing is made for what is no export");
    complains(&["log", "verify"], "no node has run here; name the file of another log");
    complains(&["log", "verify", "bank"], "the file `log` in it");
    complains(&["events", "bank/account-9", "--log", "bank/log"], "it has those of: bank/account-0");
    complains(&["events", "bank/account-0", "--log", "bank/log", "--since", "soon"], "2026-11-23T14:05:01Z");
    complains(&["events", "bank/account-0", "--log", "bank/log", "--follow"], "nobody writes");
    let early = fs::read(folder.join("bank/log")).unwrap();
    bank(folder);
    let late = fs::read(folder.join("bank/log")).unwrap();
    fs::write(folder.join("bank/log"), early).unwrap();
    complains(&["log", "verify", "bank/log"], "log accept-loss bank/log");
    fs::write(folder.join("bank/log"), late).unwrap();
    damage(&folder.join("bank/log"));
    complains(&["log", "verify", "bank/log"], "can be read; restore a backup");
    complains(&["log", "export", "bank/log"], "--until-damage --output FILE");
    complains(&["demo", "bank", "--folder", "bank", "--check"], "smith log export");
    let left = says(folder, &["log", "export", "bank/log", "--until-damage", "--output", "left.jsonl"]);
    assert!(left.complaints.contains("it ends there"), "{left:?}");
    says(folder, &["log", "import", "new", "--input", "left.jsonl"]);
    assert!(says(folder, &["log", "verify", "new"]).out.starts_with("new: ok: "));
}

#[test]
fn a_loss_is_accepted_once_and_for_all_when_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bank(folder);
    let early = fs::read(folder.join("bank/log")).unwrap();
    bank(folder);
    fs::write(folder.join("bank/log"), early).unwrap();
    assert_eq!(run(folder, &["log", "verify", "bank/log"]).code, Some(1));
    let accepted = says(folder, &["log", "accept-loss", "bank/log"]);
    assert!(
        accepted.complaints.contains("has lost events") && accepted.out.contains("accepted"),
        "{accepted:?}"
    );
    assert!(says(folder, &["log", "verify", "bank/log"]).out.contains(": ok: "));
    assert!(says(folder, &["log", "accept-loss", "bank/log"]).out.contains("nothing is missing"));
}

/// Appends an event to account 0 that cannot be applied; which one it is.
async fn poison(log: &Path) -> u64 {
    let log = SqliteLog::open(log, SqliteOptions::new(Durability::ProcessDeath)).unwrap();
    let agent = owner(&log, "account-0").await.unwrap();
    let data =
        r#"{"transfer":{"id":"6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44","from":0,"to":1,"cents":999999999}}"#;
    let event = NewEvent::new(
        Timestamp::from_micros(1),
        EventType::first("Sent").unwrap(),
        Json::parse(data).unwrap(),
    );
    let last = log.last(&agent).await.unwrap();
    log.append(Append::new(agent, last, [event])).await.unwrap().sequence.number()
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_is_corrected_and_the_log_says_by_whom() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bank(folder);
    let no_reason =
        ["log", "correct", "bank/log", "account-0", "1", "--skip", "--by", "Ann", "--why", "a whim"];
    let refused = run(folder, &no_reason);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.complaints.contains("nothing is to be corrected"), "{refused:?}");
    let event = poison(&folder.join("bank/log")).await.to_string();
    let state = ["state", "account-0", "--log", "bank/log"];
    let stuck = run(folder, &state);
    assert_eq!(stuck.code, Some(1), "{stuck:?}");
    assert!(stuck.complaints.contains("more was sent than was there"), "{stuck:?}");
    assert!(stuck.complaints.contains(&format!("event {event} of bank/account-0")), "{stuck:?}");

    let correct = |more: &[&str]| {
        let correct = ["log", "correct", "bank/log", "account-0"];
        run(folder, &[&correct[..], more, &["--by", "Ann", "--why", "it was a test"]].concat())
    };
    let neither = correct(&[&event]);
    assert_eq!(neither.code, Some(2), "{neither:?}");
    assert!(neither.complaints.contains("--skip"), "{neither:?}");
    let none = correct(&["999999", "--skip"]);
    assert!(none.complaints.contains("got 999999"), "{none:?}");
    let no_json = correct(&[&event, "--instead", "Received@1", "--data", "five"]);
    assert!(no_json.complaints.contains("expected JSON for --data, got five"), "{no_json:?}");
    let worse = correct(&[&event, "--instead", "Received@1", "--data", "5"]);
    assert_eq!(worse.code, Some(1), "{worse:?}");
    assert!(worse.complaints.contains("its state still cannot be made"), "{worse:?}");
    let passed_over = correct(&[&event, "--skip"]);
    assert_eq!(passed_over.code, Some(0), "{passed_over:?}");
    assert!(passed_over.out.contains("is passed over: so says event "), "{passed_over:?}");
    assert!(passed_over.out.contains("its state can be made: {"), "{passed_over:?}");
    says(folder, &state);
    let shown = says(folder, &["events", "account-0", "--log", "bank/log"]).out;
    assert!(shown.contains("mistersmith.correction@1") && shown.contains("\"by\":\"Ann\""), "{shown}");
}

#[test]
fn an_import_from_a_pipe_takes_up_what_an_export_writes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bank(folder);
    let mut export = smith(folder, &["log", "export", "bank/log"]);
    let mut export = export.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = export.stdout.take().unwrap();
    let import = smith(folder, &["log", "import", "new"]).stdin(lines).output().unwrap();
    assert!(import.status.success(), "{import:?}");
    assert!(export.wait().unwrap().success());
}

#[test]
fn a_time_before_all_that_is_kept_is_answered_with_the_first_that_can_be_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bank(folder);
    says(folder, &["log", "compact", "bank/log"]);
    let as_of = |time: &str| run(folder, &["state", "bank/account-0", "--as-of", time, "--log", "bank/log"]);
    let early = as_of("2000-01-01T00:00:00Z");
    assert_ne!(early.code, Some(0), "{early:?}");
    let told = early.complaints.split("was taken at ").nth(1).and_then(|rest| rest.split(';').next());
    let told = told.unwrap_or_else(|| panic!("{early:?}"));
    let first = as_of(told);
    assert!(first.code == Some(0) && first.out.contains("\"balance\": "), "{told}: {first:?}");
}
