//! What the binary says would happen: with no node anywhere, and on one that runs.

use std::fs;

use super::command::run;
use super::node::Node;

#[test]
fn ends_are_told_one_after_the_other_as_a_story() {
    let folder = tempfile::tempdir().unwrap();
    let file = "domains: { agent_lifecycle: { strategy: one_for_all, restarts: 1, period: 5, on_give_up: degrade } }\n";
    fs::write(folder.path().join("smith.yaml"), file).unwrap();
    let ends = ["--if", "health_monitor=panic", "--if", "agent_lifecycle/agent_registry=killed"];
    let told = run(folder.path(), &[&["dry-run", "smith.yaml"], &ends[..]].concat());
    assert_eq!(told.code, Some(0), "{told:?}");
    let domain = "root/domains/agent_lifecycle";
    let expected = format!(
        "{domain}/health_monitor ends: panic: tried\n\
         {domain} starts it again (one_for_all, at most 1 in 5 s)\n  \
           stops: resource_governor, lifecycle_manager, agent_registry\n  \
           starts: agent_registry, lifecycle_manager, resource_governor, health_monitor\n  \
           left: 0 of 1 restarts\n\n\
         {domain}/agent_registry ends: killed\n\
         {domain} gives up: one more restart would be one too many (one_for_all, at most 1 in 5 s)\n  \
           stops: health_monitor, resource_governor, lifecycle_manager\n\
         {domain} ends: shutdown\n\
         root/domains leaves it down"
    );
    assert_eq!(told.out.trim(), expected);
}

#[test]
fn what_came_before_an_end_that_cannot_be_is_told_and_who_is_down_is_no_stranger() {
    let folder = tempfile::tempdir().unwrap();
    let file = "domains: { agent_lifecycle: { restarts: 0, period: 5, on_give_up: degrade } }\n";
    fs::write(folder.path().join("smith.yaml"), file).unwrap();
    let ends = ["--if", "agent_registry=killed", "--if", "health_monitor=error"];
    let told = run(folder.path(), &[&["dry-run", "smith.yaml"], &ends[..]].concat());
    assert_eq!(told.code, Some(2), "{told:?}");
    assert!(told.out.trim().ends_with("root/domains leaves it down"), "{told:?}");
    let down = "root/domains/agent_lifecycle/health_monitor is down by then, so it cannot end";
    assert_eq!(told.complaints.trim(), down);
}

#[test]
fn as_json_each_end_is_an_object() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("smith.yaml"), "").unwrap();
    let words = ["dry-run", "smith.yaml", "--if", "root/registry=error:disk is full", "--json"];
    let told = run(folder.path(), &words);
    let told: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(told[0]["outcome"], "restarted");
    assert_eq!(told[0]["exit"]["text"], "error: disk is full");
    assert_eq!(told[0]["started"][0], "root/registry");
}

#[test]
fn what_cannot_be_tried_is_refused_with_what_can() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("smith.yaml"), "").unwrap();
    for (end, says) in [
        ("nobody=error", "there are root/registry, root/domains, root/domains/agent_lifecycle, "),
        ("health_monitor=boredom", "expected normal, shutdown, killed, error, panic or stopped"),
        ("health_monitor", "expected CHILD=REASON, such as health_monitor=error"),
    ] {
        let refused = run(folder.path(), &["dry-run", "smith.yaml", "--if", end]);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.complaints.contains(says), "{refused:?}");
    }
    let nothing = run(folder.path(), &["dry-run"]);
    assert_eq!(nothing.code, Some(2), "{nothing:?}");
    let broken = run(folder.path(), &["dry-run", "nowhere.yaml", "--if", "a=error"]);
    assert!(broken.complaints.starts_with("nowhere.yaml: "), "{broken:?}");
}

#[tokio::test]
async fn without_a_file_the_node_that_runs_is_asked() {
    let node = Node::start(&[]).await;
    let told = node.says(&["dry-run", "--if", "health_monitor=error"]);
    let name = "root/domains/agent_lifecycle/health_monitor";
    assert!(told.starts_with(&format!("{name} ends: error: tried\n")), "{told}");
    let spawn = "{\"domain\":\"agent_lifecycle\",\"agent\":\"health_monitor\"}";
    node.says(&["call", "agent_lifecycle", "lifecycle_manager", "spawn", spawn]);
    let several = node.smith(&["dry-run", "--if", "health_monitor=error"]);
    assert_eq!(several.code, Some(1), "{several:?}");
    assert!(several.complaints.contains("health_monitor#1, agent_lifecycle/health_monitor#2"), "{several:?}");
    let second = node.says(&["dry-run", "--if", "health_monitor#2=error"]);
    assert!(second.starts_with(&format!("{name}-2 ends: ")), "the one that was spawned is there: {second}");
}

#[test]
fn without_a_file_and_without_a_node_both_ways_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = run(folder.path(), &["dry-run", "--if", "health_monitor=error"]);
    assert_eq!(nobody.code, Some(3), "{nobody:?}");
    assert!(
        nobody.complaints.contains(" run; or without one: ") && nobody.complaints.contains(" FILE --if "),
        "{nobody:?}"
    );
    let both = run(folder.path(), &["dry-run", "smith.yaml", "--if", "a=error", "--node", "left"]);
    assert_eq!(both.code, Some(2), "{both:?}");
}
