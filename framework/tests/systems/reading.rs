//! A running system as data.

use mistersmith::exit::Exit;
use mistersmith::supervisor::Node;
use mistersmith::system::{System, UnknownAgent};
use mistersmith::testing::{ScriptedAgent, Spawn};

use crate::shop::{domain, fail, incarnation, system};

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

/// What was found: the path of an agent, or the candidates.
fn meant(system: &System, wanted: &str) -> Result<String, String> {
    match system.agent(wanted) {
        Ok(agent) => Ok(system.path(&agent).unwrap()),
        Err(UnknownAgent::None { known, .. }) => Err(format!("of {}", known.join(", "))),
        Err(UnknownAgent::Several { matching, .. }) => Err(format!("one of {}", matching.join(", "))),
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_is_meant_by_name_number_place_id_or_the_beginning_of_its_instance() {
    let spare = ScriptedAgent::new("spare").spec().unwrap().instances(2);
    let domains = [domain("shop", 3, &["till", "scale"]).agent(spare), domain("bank", 3, &["till"])];
    let system = system(domains).start().await.unwrap();
    let till = system.agent("shop/till").unwrap().id().clone();
    let (id, uuid) = (till.to_string(), till.instance.as_uuid().to_string());
    for wanted in ["shop/till", "shop/till#1", "root/domains/shop/till", &id, &uuid, &uuid[..8]] {
        assert_eq!(meant(&system, wanted).as_deref(), Ok("root/domains/shop/till"), "{wanted}");
    }
    for wanted in ["spare#2", "shop/spare#2", "spare-2", "shop/spare-2"] {
        assert_eq!(meant(&system, wanted).as_deref(), Ok("root/domains/shop/spare-2"), "{wanted}");
    }
    assert_eq!(meant(&system, "scale").as_deref(), Ok("root/domains/shop/scale"));
    assert_eq!(meant(&system, "root/domains/shop/spare").as_deref(), Ok("root/domains/shop/spare"));
    for (wanted, candidates) in [
        ("till", "one of shop/till, bank/till"),
        ("spare", "one of shop/spare#1, shop/spare#2"),
        ("shop/spare", "one of shop/spare#1, shop/spare#2"),
        ("shop/tilt", "of shop/till, shop/scale, shop/spare, bank/till"),
        ("spare#3", "of shop/till, shop/scale, shop/spare, bank/till"),
        ("", "of shop/till, shop/scale, shop/spare, bank/till"),
    ] {
        assert_eq!(meant(&system, wanted), Err(candidates.to_owned()), "{wanted}");
        for candidate in candidates.strip_prefix("one of ").into_iter().flat_map(|all| all.split(", ")) {
            assert!(meant(&system, candidate).is_ok(), "{candidate} was offered");
        }
    }
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_of_the_running_system_changes_nothing() {
    let system = system([domain("shop", 1, &["till"])]).start().await.unwrap();
    fail(&system, "till").await;
    let before = system.history().newest();
    let mut dry_run = system.dry_run().unwrap();
    let told = dry_run.end("shop/till", Exit::Killed).unwrap();
    assert_eq!(told.last().supervisor, "root/domains", "the only restart was spent: {told}");
    assert_eq!((system.history().newest(), incarnation(&system, "till").await), (before, 2));
    system.stop().await;
}
