//! How a node ends: told to, told twice, by itself, or before it has begun.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use super::command::run;
use super::node::Node;

/// What lies in the folder for nodes.
fn left_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("mistersmith")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn told_to_stop_it_stops_in_good_order_and_leaves_nothing() {
    for signal in ["-TERM", "-INT"] {
        let node = Node::start(&[]).await;
        assert_eq!(left_in(node.folder.path()).len(), 2);
        node.signal(signal);
        let (ended, folder) = node.end().await;
        assert_eq!(ended.code, Some(0), "{signal}: {ended:?}");
        assert!(ended.out.contains("stopping in good order") && ended.out.contains("stopped: shutdown"));
        assert!(left_in(folder.path()).is_empty(), "{:?}", left_in(folder.path()));
    }
}

#[tokio::test]
async fn a_root_that_gives_up_ends_the_node_with_the_chain_of_causes() {
    let node = Node::start(&[
        "--set",
        "supervision.root.restarts=0",
        "--set",
        "supervision.domains.restarts=0",
        "--set",
        "domains.agent_lifecycle.restarts=0",
    ])
    .await;
    node.smith(&["kill", "agent_lifecycle/agent_registry"]);
    let (ended, folder) = node.end().await;
    assert_eq!(ended.code, Some(70), "{ended:?}");
    let words = &ended.complaints[ended.complaints.find("the node has given up").unwrap()..];
    let place = |what: &str| words.find(what).unwrap_or_else(|| panic!("{what} is not in {words}"));
    let agent = place("root/domains/agent_lifecycle gave up: one more restart of agent_registry");
    assert!(agent < place("root/domains gave up") && place("root/domains gave up") < place("root gave up"));
    assert!(words[agent..].contains("killed"), "{words}");
    assert!(left_in(folder.path()).is_empty());
}

#[tokio::test]
async fn a_domain_that_degrades_leaves_the_node_up_and_not_ready() {
    let mut node = Node::start(&[
        "--set",
        "domains.agent_lifecycle.restarts=0",
        "--set",
        "domains.agent_lifecycle.on_give_up=degrade",
    ])
    .await;
    node.smith(&["kill", "agent_lifecycle/agent_registry"]);
    node.until("the node says that it is not ready", |node| {
        let health = node.smith(&["health"]);
        health.code == Some(1) && health.out.contains("agent_lifecycle is degraded")
    })
    .await;
}

#[test]
fn a_port_in_use_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let ended = run(folder.path(), &["run", "--listen", &listen]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.complaints.contains(&format!("cannot listen on {listen}")), "{ended:?}");
}

#[test]
fn a_token_file_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("missing/token");
    let ended = run(folder.path(), &["run", "--set", &format!("control.token_file={}", token.display())]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.complaints.contains("missing"), "{ended:?}");
    assert!(left_in(folder.path()).is_empty());
}

#[tokio::test]
async fn a_token_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let node = Node::start(&[]).await;
    let token = node.folder.path().join("mistersmith/smith.token");
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).unwrap();
    let ended = node.smith(&["tree"]);
    assert_ne!(ended.code, Some(0));
    assert!(ended.complaints.contains("smith.token has mode 644"), "{ended:?}");
}
