//! What can be done with a node that runs.

use super::command::run;
use super::node::Node;

#[tokio::test]
async fn a_killed_agent_shows_in_the_tree_and_in_the_restarts() {
    let mut node = Node::start(&[]).await;
    assert!(node.says(&["tree"]).contains("agent_registry"));
    node.says(&["kill", "agent_lifecycle/agent_registry"]);
    node.until("the agent is back", |node| {
        let tree = node.says(&["tree"]);
        tree.lines().any(|line| line.contains("agent_registry") && line.contains("last exit: killed"))
    })
    .await;
    let restarts = node.says(&["restarts"]);
    let told = restarts.lines().find(|line| line.contains("agent_registry")).unwrap();
    assert!(told.contains("killed"), "{restarts}");
    let found = node.says(&[
        "call",
        "agent_lifecycle",
        "agent_registry",
        "resolve",
        "{\"agent\":\"agent_lifecycle/agent_registry\"}",
    ]);
    assert!(found.contains("\"incarnation\":2"), "{found}");
}

#[tokio::test]
async fn every_agent_answers_from_the_command_line() {
    let node = Node::start(&[]).await;
    for (agent, action, payload, answer) in [
        ("agent_registry", "discover", "{}", "\"contract\":\"HealthMonitor\""),
        ("lifecycle_manager", "state", "{\"agent\":\"agent_lifecycle/health_monitor\"}", "\"active\""),
        ("resource_governor", "limits", "{\"of\":\"agent_lifecycle\"}", "\"messages_per_second\":100000"),
        ("health_monitor", "thresholds", "{}", "\"mailbox_percent\":80"),
    ] {
        let said = node.says(&["call", "agent_lifecycle", agent, action, payload]);
        assert!(said.replace(": ", ":").contains(answer), "{agent} {action}: {said}");
    }
}

#[tokio::test]
async fn an_agent_that_is_spawned_is_there_until_it_is_drained() {
    let node = Node::start(&[]).await;
    let spawn = "{\"domain\":\"agent_lifecycle\",\"agent\":\"health_monitor\"}";
    let id = node.says(&["call", "agent_lifecycle", "lifecycle_manager", "spawn", spawn]);
    let id: serde_json::Value = serde_json::from_str(&id).unwrap();
    let instance = id["instance"].as_str().unwrap();
    assert!(node.says(&["agents", "--json"]).contains(instance));
    let drain = format!("{{\"agent\":\"{instance}\"}}");
    let drained = node.says(&["call", "agent_lifecycle", "lifecycle_manager", "drain", &drain]);
    assert!(drained.contains("\"finished\":true"), "{drained}");
    assert!(!node.says(&["agents", "--json"]).contains(instance));
}

#[tokio::test]
async fn bad_input_is_explained_and_nobody_restarts() {
    let node = Node::start(&[]).await;
    for (arguments, explained) in [
        (["call", "agent_lifecycle", "agent_registry", "discovr", "{}"], "find_healthy"),
        (["call", "agent_lifecycle", "registrar", "discover", "{}"], "agent_registry"),
        (["call", "lifecycle", "agent_registry", "discover", "{}"], "agent_lifecycle"),
        (["call", "agent_lifecycle", "agent_registry", "discover", "{\"capabilty\":\"a\"}"], "capability"),
        (["call", "agent_lifecycle", "lifecycle_manager", "drain", "{\"agent\":\"x\"}"], "there are:"),
        (["call", "agent_lifecycle", "agent_registry", "discover", "{"], "\"capability\": {"),
        (["call", "agent_lifecycle", "agent_registry", "discovr", "{"], "find_healthy"),
    ] {
        let ended = node.smith(&arguments);
        assert_ne!(ended.code, Some(0), "{arguments:?}");
        assert!(ended.complaints.contains(explained), "{arguments:?}: {ended:?}");
    }
    let tree = node.says(&["agents", "--json"]);
    assert!(!tree.contains("\"incarnation\": 2"), "{tree}");
}

#[tokio::test]
async fn a_second_node_of_the_same_name_is_refused_and_the_first_goes_on() {
    let node = Node::start(&["--name", "left"]).await;
    let second = node.smith(&["run", "--name", "left"]);
    assert_eq!(second.code, Some(1));
    assert!(second.complaints.contains("a node named \"left\" runs already"), "{second:?}");
    assert_eq!((second.complaints.lines().count(), second.out.as_str()), (1, ""), "nothing was started");
    assert!(node.says(&["tree"]).contains("left at 127.0.0.1"));
}

#[test]
fn without_a_node_every_command_says_how_to_start_one() {
    let folder = tempfile::tempdir().unwrap();
    for command in [&["tree"][..], &["agents"], &["health"], &["restarts"], &["kill", "a/b"]] {
        let ended = run(folder.path(), command);
        assert_eq!(ended.code, Some(3), "{command:?}: {ended:?}");
        assert!(ended.complaints.contains("smith run"), "{command:?}: {ended:?}");
    }
}

#[test]
fn help_and_version_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(folder.path(), &["--help"]);
    assert_eq!(help.code, Some(0));
    for word in ["run", "config", "tree", "kill", "Examples:", "smith config check smith.yaml"] {
        assert!(help.out.contains(word), "{word}: {}", help.out);
    }
    let version = run(folder.path(), &["--version"]);
    assert_eq!(version.out.trim(), format!("smith {}", env!("CARGO_PKG_VERSION")));
    assert_eq!(run(folder.path(), &["tre"]).code, Some(2));
}

#[test]
fn the_demonstration_loses_nothing_and_says_by_which_seed() {
    let folder = tempfile::tempdir().unwrap();
    let ended =
        run(folder.path(), &["demo", "crash", "--seed", "7", "--rate", "0", "--json", "--output", "run"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let summary: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(summary["seed"], 7);
    assert!(folder.path().join("run/results.csv").exists());
    let missing = run(folder.path(), &["demo", "crash", "--input", "nowhere.csv"]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.complaints.contains("nowhere.csv"), "{missing:?}");
}

#[test]
fn a_demonstration_of_little_or_nothing_reads_well() {
    let folder = tempfile::tempdir().unwrap();
    for (name, input, adds_up) in [
        ("none", "", "it adds up: 0 lines became 0 results and 0 rejects"),
        ("one", "no order at all\n", "it adds up: 1 line became 0 results and 1 reject"),
    ] {
        std::fs::write(folder.path().join(name), input).unwrap();
        let output = format!("{name}.out");
        let ended =
            run(folder.path(), &["demo", "crash", "--rate", "0", "--input", name, "--output", &output]);
        assert!(ended.out.contains(adds_up), "{name}: {ended:?}");
        assert_eq!(ended.out.contains("acknowledged lines:\n  "), ended.out.contains("acknowledged lines:"));
    }
}
