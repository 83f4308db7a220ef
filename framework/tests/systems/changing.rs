//! Domains and agents come and go while the system runs.

use mistersmith::domain::{DomainLimits, OnGiveUp};
use mistersmith::identity::DomainName;
use mistersmith::system::{AddDomainError, RemoveDomainError};
use mistersmith::testing::{OnStart, ScriptedAgent, Scripting, Spawn};

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
