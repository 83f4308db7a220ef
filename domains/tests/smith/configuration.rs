//! What the binary makes of configurations.

use std::fs;

use super::command::{run, smith};
use super::node::Node;

#[test]
fn a_file_is_checked_and_everything_wrong_has_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let check = |text: &str| {
        fs::write(folder.path().join("smith.yaml"), text).unwrap();
        run(folder.path(), &["config", "check", "smith.yaml"])
    };
    let good = check("node: { name: left }\n");
    assert_eq!((good.code, good.out.trim()), (Some(0), "smith.yaml: ok: node left with 1 domain, 4 agents"));
    let bad = check("nod:\n  name: left\nlog:\n  level: loud\n");
    assert_eq!(bad.code, Some(2));
    let lines: Vec<_> = bad.complaints.lines().collect();
    assert!(lines[0].starts_with("smith.yaml:1:1: nod: ") && lines[0].ends_with("did you mean `node`?"));
    assert!(lines[1].starts_with("smith.yaml:4:10: log.level: expected one of off, error"), "{lines:?}");
    let setting = check(
        "domains:\n  agent_lifecycle:\n    agents:\n      health_monitor:\n        settings:\n          intervall: 5s\n",
    );
    assert_eq!(setting.code, Some(2));
    assert_eq!(
        setting.complaints.trim(),
        "smith.yaml:6:22: domains.agent_lifecycle.agents.health_monitor.settings.intervall: \
         expected one of interval, got an unknown key"
    );
    let whole = check("domains: { agent_lifecycle: { agents: { health_monitor: { instances: 99 } } } }\n");
    assert!(whole.complaints.contains("its limit is 10"), "{whole:?}");
    let missing = run(folder.path(), &["config", "check", "nowhere.yaml"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.complaints.starts_with("nowhere.yaml: "), "{missing:?}");
}

#[test]
fn what_is_in_force_is_shown_with_where_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("smith.yaml"), "node: { name: left }\nheartbeat: { missed: 4 }\n").unwrap();
    let arguments = ["config", "show", "--json", "--set", "log.format=json"];
    let mut command = smith(folder.path(), &arguments);
    command.env("SMITH_CONFIG", "smith.yaml").env("SMITH_HEARTBEAT__MISSED", "9");
    let shown = command.output().unwrap();
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let of = |path: &str| {
        let setting = shown.as_array().unwrap().iter().find(|setting| setting["path"] == path).unwrap();
        (setting["value"].as_str().unwrap(), setting["origin"].as_str().unwrap())
    };
    assert_eq!(of("node.name"), ("left", "smith.yaml:1:15"));
    assert_eq!(of("heartbeat.missed"), ("9", "environment SMITH_HEARTBEAT__MISSED"));
    assert_eq!(of("log.format"), ("json", "flag --set log.format"));
    assert_eq!(of("log.level"), ("info", "default"));
}

#[test]
fn a_wrong_configuration_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), &["run", "--set", "log.level=loud"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.complaints.starts_with("flag --set log.level: log.level: expected one of"), "{ended:?}");
    assert_eq!(ended.out, "");
    let mut misspelt = smith(folder.path(), &["run"]);
    let ended = misspelt.env("SMITH_LOG__LEVL", "info").output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
}

#[tokio::test]
async fn what_is_configured_holds_in_the_node() {
    let node = Node::start(&["--set", "agent_limits.max_message_queue=7", "--set", "log.format=json"]).await;
    let tree = node.says(&["tree"]);
    assert!(tree.contains("0/7 "), "{tree}");
    node.signal("-TERM");
    let (ended, _) = node.end().await;
    let first = ended.complaints.lines().next().unwrap();
    let event: serde_json::Value = serde_json::from_str(first).unwrap();
    assert_eq!(event["level"], "INFO");
}
