//! Whom somebody has ended by hand stays ended, and is seen to be.

use std::time::Duration;

use mistersmith::domain::DomainSpec;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::supervisor::{ChildState, Flags, Restart, Strategy, What};
use mistersmith::system::System;
use mistersmith::testing::{ScriptedAgent, Spawn, settled};

use crate::shop::{domain, fail, incarnation, system};

/// Which of the domain's agents there are in the tree, and whether they run.
fn seen(system: &System) -> String {
    let tree = system.tree().unwrap();
    let domains = tree.children.iter().find(|node| node.id.as_str() == "domains").unwrap();
    let agents = domains.children[0].children.iter().map(|node| match node.state {
        ChildState::Running => node.id.to_string(),
        other => format!("{}={other:?}", node.id),
    });
    agents.collect::<Vec<_>>().join(" ")
}

async fn drain(system: &System, agent: &str) {
    let agent = system.agent(agent).unwrap();
    assert_eq!(system.drain(&agent, "replaced by a machine", Duration::from_secs(5)).await, Ok(true));
}

const NOTE: &str = "agent shop/till was ended by hand (replaced by a machine); no restart brings it back";

#[tokio::test(start_paused = true)]
async fn a_drained_agent_stays_in_the_tree_through_a_restart_of_its_domain_and_readiness_says_why() {
    let system = system([domain("shop", 3, &["till", "scale"])]).start().await.unwrap();
    drain(&system, "till").await;
    let told = |system: &System| (seen(system), system.readiness().ready, system.readiness().notes);
    let ended = ("till=Down scale".to_owned(), true, vec![NOTE.to_owned()]);
    assert_eq!(told(&system), ended);
    system.domains_supervisor().unwrap().child("shop").unwrap().kill();
    settled(system.clock()).await;
    assert_eq!(incarnation(&system, "scale").await, 2);
    assert_eq!(told(&system), ended);
    let ups = system.history().events().into_iter().filter_map(|event| match event.what {
        What::Up { children } if event.supervisor.ends_with("/shop") => Some(children),
        _ => None,
    });
    assert_eq!(ups.collect::<Vec<_>>(), [2, 1], "who is ended is not counted as running");
    let till = system.agent("till").unwrap();
    assert_eq!((till.facts().incarnation.number(), till.facts().state.stage()), (1, Stage::Terminated));
    assert_eq!(system.ended_by_hand(&till).as_deref(), Some("replaced by a machine"));
    assert_eq!(system.ended_by_hand(&system.agent("scale").unwrap()), None);
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn no_restart_of_its_group_brings_it_back_and_a_dry_run_knows_that() {
    let shop = DomainSpec::new("shop", Flags::new(Strategy::OneForAll, 3, 5)).unwrap();
    let agent = |name| ScriptedAgent::new(name).spec().unwrap().restart(Restart::Permanent);
    let system = system([shop.agent(agent("till")).agent(agent("scale"))]).start().await.unwrap();
    drain(&system, "till").await;
    let told = system.dry_run().unwrap().end("scale", mistersmith::exit::Exit::Killed).unwrap();
    assert!(told.to_string().contains("starts: scale\n"), "{told}");
    fail(&system, "scale").await;
    assert_eq!((incarnation(&system, "scale").await, seen(&system).as_str()), (2, "till=Down scale"));
    let told = system.dry_run().unwrap().end("root/domains", mistersmith::exit::Exit::Killed).unwrap();
    assert!(
        told.to_string().contains("starts: registry, domains/shop/scale, domains/shop, domains\n"),
        "{told}"
    );
    system.stop().await;
}
