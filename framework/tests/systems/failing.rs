//! What a failure takes with it, level by level.

use std::time::Duration;

use mistersmith::domain::{DomainSpec, OnGiveUp};
use mistersmith::exit::Exit;
use mistersmith::identity::{AgentName, Capability, DomainName};
use mistersmith::routing::CallError;
use mistersmith::supervisor::{Backoff, Event, Flags, Strategy, What};
use mistersmith::testing::{Act, Perform, ScriptedAgent, Scripting, Spawn};

use crate::shop::{domain, fail, incarnation, system};

#[tokio::test(start_paused = true)]
async fn an_agent_fails_alone() {
    let system = system([domain("shop", 3, &["till", "scale"])]).start().await.unwrap();
    fail(&system, "shop/till").await;
    assert_eq!(incarnation(&system, "shop/till").await, 2);
    assert_eq!(incarnation(&system, "shop/scale").await, 1);
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_domain_that_gives_up_is_restarted_with_those_after_it() {
    let domains =
        [domain("storage", 3, &["stock"]), domain("shop", 0, &["till"]), domain("desk", 3, &["clerk"])];
    let system = system(domains).start().await.unwrap();
    fail(&system, "shop/till").await;
    assert_eq!(incarnation(&system, "storage/stock").await, 1);
    assert_eq!(incarnation(&system, "shop/till").await, 2);
    assert_eq!(incarnation(&system, "desk/clerk").await, 2);
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn strategies_can_be_chosen_at_every_level() {
    let domains = [domain("storage", 3, &["stock"]), domain("shop", 0, &["till", "scale"])];
    let alone = Flags::new(Strategy::OneForOne, 3, 5);
    let system =
        system(domains).domains(alone).root(Flags::new(Strategy::RestForOne, 1, 5)).start().await.unwrap();
    assert_eq!(system.tree().unwrap().flags, Some(Flags::new(Strategy::RestForOne, 1, 5)));
    assert_eq!(system.domains_supervisor().unwrap().flags(), alone);
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_domain_that_degrades_stays_down_says_so_and_leaves_discovery() {
    let weigh = Capability::new("goods.weigh").unwrap();
    let scale = ScriptedAgent::new("scale").spec().unwrap().capability(weigh.clone());
    let shop = domain("shop", 0, &["till"]).agent(scale).on_give_up(OnGiveUp::Degrade);
    let system = system([shop, domain("desk", 3, &["clerk"])]).start().await.unwrap();
    assert!(system.readiness().ready, "{:?}", system.readiness());
    assert!(system.find_capable::<Scripting>(&weigh).is_ok());

    fail(&system, "shop/till").await;
    assert!(system.find_capable::<Scripting>(&weigh).is_err());
    assert_eq!(incarnation(&system, "desk/clerk").await, 1);
    let readiness = system.readiness();
    assert!(!readiness.ready);
    assert!(readiness.reasons[0].starts_with("domain shop is degraded"), "{readiness:?}");
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_its_restart_says_for_how_long_and_why() {
    let slow = Backoff::new(Duration::from_secs(4), 1, Duration::from_secs(4));
    let shop = DomainSpec::new("shop", Flags::new(Strategy::OneForOne, 3, 5).backoff(slow)).unwrap();
    let shop = shop.agent(ScriptedAgent::new("till").spec().unwrap());
    let system = system([shop]).start().await.unwrap();
    fail(&system, "shop/till").await;
    let readiness = system.readiness();
    let expected = "agent shop/till is down: error: told to fail; its next start is tried in 4.0 s";
    assert_eq!(readiness.reasons[0], expected, "{readiness:?}");
    system.clock().sleep(Duration::from_secs(5)).await;
    assert!(system.readiness().ready, "{:?}", system.readiness());
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_degraded_domain_stays_down_whatever_is_restarted_around_it_until_it_is_restored() {
    let shop = domain("shop", 0, &["till"]).on_give_up(OnGiveUp::Degrade);
    let system = system([domain("storage", 0, &["stock"]), shop]).start().await.unwrap();
    let till =
        system.find_named::<Scripting>(&DomainName::new("shop").unwrap(), &AgentName::new("till").unwrap());
    let till = till.unwrap();
    fail(&system, "shop/till").await;
    fail(&system, "storage/stock").await; // all domains after it are restarted
    assert_eq!(incarnation(&system, "storage/stock").await, 2);
    assert!(matches!(till.ask(Perform { act: Act::Reply }).await, Err(CallError::Gone { .. })));
    let degraded = "domain shop is degraded: it gave up on till (error: told to fail); it stays down until it is restored";
    assert_eq!(system.readiness().reasons, [degraded]);

    system.restore_domain(&DomainName::new("shop").unwrap()).await.unwrap();
    assert!(system.readiness().ready, "{:?}", system.readiness());
    assert_eq!(till.ask(Perform { act: Act::Reply }).await.unwrap().number(), 2);
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_root_that_gives_up_ends_the_system_and_the_history_leads_to_the_first_cause() {
    let never = |strategy| Flags::new(strategy, 0, 5);
    let builder = system([domain("shop", 0, &["till"])]);
    let system =
        builder.root(never(Strategy::OneForAll)).domains(never(Strategy::RestForOne)).start().await.unwrap();
    let till = system.find::<Scripting>().unwrap();
    till.ask(Perform { act: Act::Error }).await.unwrap_err();
    assert!(matches!(system.ended().await, Exit::Shutdown));
    assert_eq!(
        system.readiness().reasons[0],
        "the domains are down: it gave up on shop (shutdown), because root/domains/shop gave up on till (error: told to fail)"
    );

    let events = system.history().events();
    let gave_up: Vec<_> = events.iter().filter(|event| matches!(event.what, What::GaveUp { .. })).collect();
    let supervisors: Vec<_> = gave_up.iter().map(|event| &*event.supervisor).collect();
    assert_eq!(supervisors, ["root/domains/shop", "root/domains", "root"]);
    assert_eq!(gave_up[1].cause, Some(gave_up[0].number));
    assert_eq!(gave_up[2].cause, Some(gave_up[1].number));
    let stopped = events.iter().filter(|event| matches!(event.what, What::Stopped { .. }));
    let of_give_up = |event: &&Event| gave_up.iter().any(|gave_up| event.cause == Some(gave_up.number));
    assert_eq!(stopped.filter(of_give_up).count(), 3, "each stopped because it had given up");
    let What::GaveUp { child, exit } = &gave_up[0].what else { unreachable!() };
    assert_eq!((child.as_str(), exit.kind()), ("till", "error"));
}
