//! The files of a node: who may read them, who finds the node by them, and what is left when it ends.

use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;

use mistersmith_cluster::control::{
    ControlClient, ControlOptions, ControlServer, Located, NodeFile, NodeSelector, Outcome, OwnedFileError,
    StartControlError,
};

use crate::shop::{Levers, Shop, options, say, system};

#[tokio::test]
async fn token_and_node_file_are_their_owners_alone_and_go_with_the_node() {
    let shop = Shop::open().await;
    let (token, node) = (shop.server.token_file().to_owned(), shop.server.node_file().to_owned());
    for file in [&token, &node] {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let found = NodeFile::read(&node).unwrap();
    assert_eq!((found.address, found.pid), (shop.server.address(), std::process::id()));
    assert_eq!((found.system.as_str(), found.api_version, &found.token_file), ("shop", 1, &token));
    assert!(!fs::read_to_string(&node).unwrap().contains(&shop.token()));
    shop.server.stop().await;
    assert!(!token.exists() && !node.exists());
}

#[tokio::test]
async fn every_start_has_a_token_of_its_own() {
    let shop = Shop::open().await;
    let first = shop.token();
    shop.server.stop().await;
    let again = ControlServer::start(&shop.system, options(shop.folder.path())).await.unwrap();
    assert_ne!(fs::read_to_string(again.token_file()).unwrap().trim(), first);
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused() {
    let system = system(&Levers::default()).start().await.unwrap();
    for listen in ["0.0.0.0:0", "192.168.0.1:80", "[::]:0"] {
        let listen: SocketAddr = listen.parse().unwrap();
        let refused =
            ControlServer::start(&system, ControlOptions { listen, ..ControlOptions::default() }).await;
        assert!(matches!(refused, Err(StartControlError::NotLoopback { .. })), "{listen}: {refused:?}");
    }
}

#[tokio::test]
async fn a_second_node_of_a_name_is_refused_and_the_first_keeps_its_token() {
    let shop = Shop::open().await;
    let refused = ControlServer::start(&shop.system, options(shop.folder.path())).await.unwrap_err();
    let expected = format!("runs already, as process {} at {}", std::process::id(), shop.server.address());
    assert!(refused.to_string().contains(&expected), "{refused}");
    assert!(shop.client().await.health().await.is_ok());
}

#[tokio::test]
async fn whether_a_name_is_taken_can_be_seen_before_anything_starts() {
    let shop = Shop::open().await;
    let options = options(shop.folder.path());
    let taken = ControlServer::check("shop", &options).await;
    assert!(matches!(taken, Err(StartControlError::NameTaken { .. })), "{taken:?}");
    shop.server.stop().await;
    ControlServer::check("shop", &options).await.unwrap();
    assert!(!options.node_file.unwrap().exists());
}

#[tokio::test]
async fn what_an_abandoned_node_left_is_replaced() {
    let shop = Shop::open().await;
    let file = shop.server.node_file().to_owned();
    let left = fs::read(&file).unwrap();
    let first = shop.server.address();
    shop.server.stop().await;
    fs::write(&file, left).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    let again = ControlServer::start(&shop.system, options(shop.folder.path())).await.unwrap();
    assert_ne!(again.address(), first);
    assert_eq!(NodeFile::read(&file).unwrap().address, again.address());
}

#[tokio::test]
async fn a_token_file_that_others_can_read_is_neither_written_nor_used() {
    let shop = Shop::open().await;
    let token = shop.server.token_file().to_owned();
    fs::set_permissions(&token, Permissions::from_mode(0o640)).unwrap();
    let unused = ControlClient::connect(&Located::at(shop.server.address(), &token)).await.unwrap_err();
    assert!(unused.to_string().contains("mode 640"), "{unused}");
    let other =
        ControlOptions { node_file: Some(shop.folder.path().join("b.json")), ..options(shop.folder.path()) };
    let refused = ControlServer::start(&shop.system, other).await;
    assert!(matches!(refused, Err(StartControlError::File(OwnedFileError::Open { mode: 0o640, .. }))));
    assert!(!shop.folder.path().join("b.json").exists(), "a file was left behind");
}

#[tokio::test]
async fn without_a_node_a_command_says_where_it_looked_and_how_to_start_one() {
    let folder = tempfile::tempdir().unwrap();
    let node = NodeSelector::default().folder(folder.path()).start_hint("shop run");
    for words in [["tree"].as_slice(), &["health"], &["tree", "--watch"]] {
        let (out, complaint, outcome) = say(&node, words, |output| output).await;
        let folder = folder.path().display();
        let expected = format!("no node runs: there is no file of one in {folder}\nto start one: shop run\n");
        assert_eq!((out.as_str(), complaint, outcome), ("", expected, Outcome::NoNode));
    }
}

#[tokio::test]
async fn a_node_that_ended_without_cleaning_up_is_recognised() {
    let shop = Shop::open().await;
    let (file, token) = (shop.server.node_file().to_owned(), shop.server.token_file().to_owned());
    let left = [fs::read(&file).unwrap(), fs::read(&token).unwrap()];
    let selector = shop.selector();
    shop.server.stop().await;
    for (file, content) in [&file, &token].into_iter().zip(left) {
        fs::write(file, content).unwrap();
        fs::set_permissions(file, Permissions::from_mode(0o600)).unwrap();
    }
    let (_, complaint, outcome) = say(&selector, &["tree"], |output| output).await;
    assert!(complaint.contains("has ended without cleaning up: nobody answers there"), "{complaint}");
    assert!(complaint.contains("to start one: shop run"), "{complaint}");
    assert_eq!(outcome, Outcome::NoNode);
}

#[tokio::test]
async fn a_node_is_found_by_name_or_by_address_and_token() {
    let shop = Shop::open().await;
    let by_address = NodeSelector::at(shop.server.address(), shop.server.token_file());
    let by_name = NodeSelector::named("shop").folder(shop.folder.path());
    for selector in [by_address, by_name] {
        let (out, _, outcome) = say(&selector, &["health"], |output| output).await;
        assert_eq!((out.as_str(), outcome), ("shop is ready\n", Outcome::Done));
    }
    let other = NodeSelector::named("shed").folder(shop.folder.path());
    assert_eq!(say(&other, &["health"], |output| output).await.2, Outcome::NoNode);
}
