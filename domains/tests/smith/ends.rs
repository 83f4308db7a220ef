//! How a node ends: told to, told twice, by itself, or before it has begun.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use super::command::{run, smith};
use super::node::{Node, signal, until};

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
async fn told_to_stop_before_it_is_up_it_ends_and_leaves_nothing() {
    for signal in ["-TERM", "-INT"] {
        let (mut reader, mut writer) = std::io::pipe().unwrap();
        // Full, as pipes of Linux are: at its first word the node waits until somebody reads.
        writer.write_all(&[b'\n'; 65_536]).unwrap();
        let mut node = Node::begin(&[], writer);
        node.until("it hears signals", Node::hears_signals).await;
        node.signal(signal);
        let reading = std::thread::spawn(move || std::io::read_to_string(&mut reader).unwrap());
        let (ended, folder) = node.end().await;
        let said = reading.join().unwrap();
        assert!(said.contains("starting node"), "{said}");
        // A start is short: the node may be up before it looks, and then it stops as any other.
        let (words, place) = match ended.code {
            Some(130) => ("before the node was up: what had started is killed", &ended.complaints),
            Some(0) => ("stopping in good order", &said),
            other => panic!("{signal} ended it with {other:?}: {ended:?}"),
        };
        assert!(place.contains(words), "{said} {ended:?}");
        let left = folder.path().join("mistersmith");
        assert!(!left.exists() || left_in(folder.path()).is_empty(), "{:?}", left_in(folder.path()));
    }
}

#[tokio::test]
async fn told_twice_it_kills_everything_at_once() {
    let node = Node::start(&[]).await;
    // Both have arrived when it looks: the second finds the drain that follows from the first.
    for signal in ["-STOP", "-TERM", "-INT", "-CONT"] {
        node.signal(signal);
    }
    let (ended, _folder) = node.end().await;
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(ended.out.contains("once more kills everything at once"), "{ended:?}");
    assert!(ended.complaints.contains("again: everything is killed, nothing is cleaned up"), "{ended:?}");
}

#[tokio::test]
async fn who_watches_a_node_that_ends_is_told_and_ends_when_he_likes() {
    let mut node = Node::start(&[]).await;
    let seen = node.folder.path().join("seen");
    let see = || fs::read_to_string(&seen).unwrap();
    let mut watch = smith(node.folder.path(), &["tree", "--watch"]);
    let mut watch = watch.stdout(File::create(&seen).unwrap()).stderr(Stdio::null()).spawn().unwrap();
    node.until("the tree is shown", |_| see().contains("agent_registry")).await;
    node.signal("-TERM");
    until("the end is told", || see().contains("the node has ended; the tree is as it was last seen")).await;
    assert!(watch.try_wait().unwrap().is_none(), "a node may come back");
    signal(&watch, "-INT");
    until("the watch ends", || watch.try_wait().unwrap().is_some()).await;
    assert_eq!(watch.wait().unwrap().code(), Some(0));
    assert_eq!(see().matches("the node has ended").count(), 1, "once is enough");
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
