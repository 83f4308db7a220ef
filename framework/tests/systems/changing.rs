//! Domains and agents come and go while the system runs.

use mistersmith::domain::{DomainLimits, OnGiveUp};
use mistersmith::identity::DomainName;
use mistersmith::system::{AddDomainError, RemoveDomainError};
use mistersmith::testing::{Act, OnStart, Perform, ScriptedAgent, Scripting, Spawn};

use crate::shop::{domain, fail, incarnation, system};

fn name(text: &str) -> DomainName {
    DomainName::new(text).expect("a name")
}

#[tokio::test(start_paused = true)]
async fn a_domain_is_added_and_removed() {
    let system = system([domain("shop", 3, &["till"])]).start().await.unwrap();
    system.add_domain(domain("desk", 3, &["clerk"]).needs("shop").unwrap()).await.unwrap();
    assert_eq!(incarnation(&system, "desk/clerk").await, 1);

    let needed = system.remove_domain(&name("shop")).await.unwrap_err();
    assert!(matches!(needed, RemoveDomainError::Needed { by } if by == name("desk")));
    let clerk = system.agent("desk/clerk").unwrap().id().clone();
    system.remove_domain(&name("desk")).await.unwrap();
    assert!(system.find_by_id::<Scripting>(&clerk).is_err());
    assert_eq!(system.domains(), [name("shop")]);
    let unknown = system.remove_domain(&name("desk")).await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no domain desk");
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_domain_that_does_not_fit_or_does_not_start_changes_nothing() {
    let system = system([domain("shop", 3, &["till"])]).start().await.unwrap();
    let twice = system.add_domain(domain("shop", 3, &[])).await.unwrap_err();
    assert!(matches!(twice, AddDomainError::Invalid(_)), "{twice}");
    let bad = ScriptedAgent::new("bad").starts([OnStart::Error("no paper".into())]).spec().unwrap();
    let failed = system.add_domain(domain("desk", 3, &[]).agent(bad)).await.unwrap_err();
    assert!(failed.to_string().contains("no paper"), "{failed}");
    assert_eq!(system.domains(), [name("shop")]);
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_added_domain_is_still_there_after_a_restart_of_all_domains() {
    let system = system([domain("shop", 0, &["till"])]).start().await.unwrap();
    system.add_domain(domain("desk", 3, &["clerk"])).await.unwrap();
    fail(&system, "shop/till").await;
    assert_eq!(incarnation(&system, "desk/clerk").await, 2);
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_added_agent_is_still_there_after_a_restart_of_its_domain() {
    let shop = domain("shop", 0, &["till"]).on_give_up(OnGiveUp::Escalate);
    let system = system([shop]).start().await.unwrap();
    let scale = ScriptedAgent::new("scale").spec().unwrap();
    let id = system.add_agent(&name("shop"), &scale).await.unwrap();
    fail(&system, "shop/till").await;
    assert_eq!(incarnation(&system, "shop/scale").await, 2);
    assert_eq!(system.agent("shop/scale").unwrap().id(), &id, "the instance outlives the restart");
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_full_domain_takes_no_further_agent() {
    let limits = DomainLimits { agents: 1, ..DomainLimits::default() };
    let system = system([domain("shop", 3, &["till"]).limits(limits)]).start().await.unwrap();
    let scale = ScriptedAgent::new("scale").spec().unwrap();
    let full = system.add_agent(&name("shop"), &scale).await.unwrap_err();
    assert!(full.to_string().contains("its limit is 1"), "{full}");
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_was_ended_by_hand_stays_ended_and_nobody_misses_it() {
    let system = system([domain("shop", 0, &["till", "scale"])]).start().await.unwrap();
    let scale = system.agent("shop/scale").unwrap();
    let reference = system.find_by_id::<Scripting>(scale.id()).unwrap();
    system.drain(&scale, "not needed today", std::time::Duration::from_secs(1)).await.unwrap();
    assert!(system.readiness().ready, "{:?}", system.readiness());
    fail(&system, "shop/till").await; // the domain is restarted
    assert_eq!(incarnation(&system, "shop/till").await, 2);
    assert!(reference.ask(Perform { act: Act::Reply }).await.is_err());
    assert!(system.readiness().ready, "{:?}", system.readiness());
    system.stop().await;
}

#[tokio::test(start_paused = true)]
async fn two_agents_do_not_both_take_the_last_place() {
    let limits = DomainLimits { agents: 2, ..DomainLimits::default() };
    let system = system([domain("shop", 3, &["till"]).limits(limits)]).start().await.unwrap();
    let agent =
        |label: &str| ScriptedAgent::new(label).starts([OnStart::Slow(std::time::Duration::from_secs(1))]);
    let (scale, desk) = (agent("scale").spec().unwrap(), agent("desk").spec().unwrap());
    let shop = name("shop");
    let (one, two) = tokio::join!(system.add_agent(&shop, &scale), system.add_agent(&shop, &desk));
    assert!(one.is_ok() && two.is_err(), "{one:?} {two:?}");
    system.stop().await;
}
