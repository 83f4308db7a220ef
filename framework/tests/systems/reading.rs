//! A running system as data.

use mistersmith::supervisor::Node;
use mistersmith::system::UnknownAgent;

use crate::shop::{domain, fail, system};

fn find<'a>(node: &'a Node, path: &[&str]) -> &'a Node {
    path.iter().fold(node, |node, id| {
        node.children.iter().find(|child| child.id.as_str() == *id).expect("there is one")
    })
}

#[tokio::test(start_paused = true)]
async fn the_tree_says_restarts_budget_mailbox_and_age() {
    let system = system([domain("shop", 3, &["till"])]).start().await.unwrap();
    system.clock().sleep(std::time::Duration::from_secs(7)).await;
    fail(&system, "shop/till").await;
    let tree = system.tree().unwrap();
    let shop = find(&tree, &["domains", "shop"]);
    assert_eq!(shop.budget_left, Some(2));
    let json = serde_json::to_value(find(shop, &["till"])).unwrap();
    assert_eq!(json["restarts"], 1);
    assert_eq!(json["state"], "running");
    assert_eq!(json["last_exit"]["kind"], "error");
    assert_eq!(json["facts"]["queued"], 0);
    assert_eq!(json["facts"]["capacity"], 10_000);
    assert!(json["age"].as_f64().unwrap() < 1.0, "{json}");
    assert!(shop.age.unwrap() >= 7.0);
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_ended_by_hand_is_said_to_have_been_shut_down() {
    let system = system([domain("shop", 3, &["till"])]).start().await.unwrap();
    fail(&system, "shop/till").await;
    system.terminate(&system.agent("shop/till").unwrap()).await;
    let tree = system.tree().unwrap();
    let exit = find(&tree, &["domains", "shop", "till"]).last_exit.as_ref().unwrap();
    assert_eq!(exit.kind(), "shutdown");
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_is_meant_by_name_by_id_or_by_the_beginning_of_its_instance() {
    let builder = system([domain("shop", 3, &["till", "scale"])]);
    let system = builder.start().await.unwrap();
    let till = system.agent("shop/till").unwrap().id().clone();
    for wanted in [till.to_string(), till.instance.as_uuid().to_string()[..8].to_owned()] {
        assert_eq!(system.agent(&wanted).unwrap().id(), &till);
    }
    let Err(UnknownAgent::None { known, .. }) = system.agent("shop/tilt") else { panic!("it is known") };
    assert_eq!(known, ["shop/till", "shop/scale"]);
    system.stop().await;
}
