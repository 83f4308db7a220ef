//! The event log of a node, and the commands for a log that no node has open.

use std::fs;
use std::path::Path;
use std::process::Stdio;

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
