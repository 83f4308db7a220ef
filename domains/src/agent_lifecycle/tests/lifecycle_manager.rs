//! What the lifecycle manager promises.

use std::time::Duration;

use mistersmith::contract::Ask;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::identity::{AgentId, AgentName, DomainName, Version};
use mistersmith::routing::{AskError, CallError};

use super::Bench;
use super::workshop::{Wait, Work, Workbench};
use crate::agent_lifecycle::contract::lifecycle_manager::{
    Drain, LifecycleManager, Refusal, Resume, Spawn, State, Suspend, Terminate, Upgrade,
};

fn spawn(agent: &str) -> Spawn {
    let (domain, agent) = (DomainName::new("workshop").unwrap(), AgentName::new(agent).unwrap());
    Spawn { domain, agent, version: None }
}

fn drain(agent: &str) -> Drain {
    Drain { agent: agent.to_owned(), reason: None, within_millis: None }
}

#[track_caller]
fn refused<R: Ask<Contract = LifecycleManager>>(answer: Result<R::Reply, AskError<R>>) -> Refusal {
    match answer {
        Err(CallError::Refused(refusal)) => refusal,
        Err(error) => panic!("expected a refusal, got {error}"),
        Ok(reply) => panic!("expected a refusal, got {reply:?}"),
    }
}

fn is_here(bench: &Bench, id: &AgentId) -> bool {
    bench.system.agent(&id.to_string()).is_ok()
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_starts_on_demand_is_not_there_until_it_is_demanded() {
    let bench = Bench::start().await;
    let manager = bench.find::<LifecycleManager>();
    assert!(bench.system.agent("workshop/late").is_err());
    let id = manager.ask(spawn("late")).await.unwrap();
    let late = bench.system.find_by_id::<Workbench>(&id).unwrap();
    late.ask(Work).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_spawned_agent_that_has_been_idle_for_ten_minutes_is_drained_and_forgotten() {
    let bench = Bench::start().await;
    let manager = bench.find::<LifecycleManager>();
    let id = manager.ask(spawn("right")).await.unwrap();
    let right = bench.system.find_by_id::<Workbench>(&id).unwrap();
    bench.pass(500).await;
    right.ask(Work).await.unwrap();
    // The manager in between is another incarnation, which still knows whom the first one has spawned.
    bench.kill("agent_lifecycle/lifecycle_manager").await;
    bench.pass(500).await;
    assert!(is_here(&bench, &id));
    let status = manager.ask(State { agent: id.to_string() }).await.unwrap();
    assert!(status.idle_millis.unwrap() >= 400_000, "{status:?}");
    bench.pass(200).await;
    assert!(!is_here(&bench, &id));
    let agents = bench.system.agents().len();
    assert_eq!(agents, 6, "those that belong to their domains stay, however idle");
}

#[tokio::test(start_paused = true)]
async fn spawning_stops_at_the_domains_limit_and_says_so() {
    let bench = Bench::start().await;
    let manager = bench.find::<LifecycleManager>();
    for _ in 0..8 {
        manager.ask(spawn("left")).await.unwrap();
    }
    let full = refused(manager.ask(spawn("left")).await);
    assert!(full.to_string().contains("its limit is 10"), "{full}");
}

#[tokio::test(start_paused = true)]
async fn a_drained_agent_finishes_what_waits_and_the_manager_answers_meanwhile() {
    let bench = Bench::start().await;
    let (manager, left) = (bench.find::<LifecycleManager>(), bench.agent("workshop/left"));
    let worker = bench.system.find_by_id::<Workbench>(left.id()).unwrap();
    worker.tell(Wait).await.unwrap();
    worker.tell(Work).await.unwrap();
    let draining = async {
        let drained = manager.ask(drain("workshop/left")).await.unwrap();
        assert!(drained.finished);
        left.facts().state.stage()
    };
    let meanwhile = async {
        while left.facts().state.stage() != Stage::Draining {
            tokio::task::yield_now().await;
        }
        let status = manager.ask(State { agent: "workshop/left".to_owned() }).await.unwrap();
        assert_eq!(status.state.stage(), Stage::Draining);
        bench.gate.add_permits(1);
    };
    let (stage, ()) = tokio::join!(draining, meanwhile);
    assert_eq!(stage, Stage::Terminated);
    assert_eq!(left.facts().handled, 2);
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_takes_too_long_says_that_it_did_not_finish() {
    let bench = Bench::start().await;
    let (manager, left) = (bench.find::<LifecycleManager>(), bench.agent("workshop/left"));
    let worker = bench.system.find_by_id::<Workbench>(left.id()).unwrap();
    worker.tell(Wait).await.unwrap();
    let request = Drain { within_millis: Some(1_000), ..drain("workshop/left") };
    assert!(!manager.ask(request).await.unwrap().finished);
}

#[tokio::test(start_paused = true)]
async fn a_suspended_agent_refuses_with_the_reason_until_it_is_resumed() {
    let bench = Bench::start().await;
    let manager = bench.find::<LifecycleManager>();
    let worker = bench.system.find_by_id::<Workbench>(bench.agent("workshop/left").id()).unwrap();
    let agent = || "workshop/left".to_owned();
    manager.ask(Suspend { agent: agent(), reason: "stocktaking".to_owned() }).await.unwrap();
    let refusal = worker.ask(Work).await.unwrap_err();
    assert!(matches!(&refusal, CallError::Suspended { reason, .. } if reason == "stocktaking"), "{refusal}");
    let again = refused(manager.ask(Suspend { agent: agent(), reason: String::new() }).await);
    assert!(again.to_string().ends_with("is suspended; expected active"), "{again}");
    manager.ask(Resume { agent: agent() }).await.unwrap();
    worker.ask(Work).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_terminated_agent_stays_down_and_one_that_was_spawned_is_forgotten() {
    let bench = Bench::start().await;
    let manager = bench.find::<LifecycleManager>();
    let spawned = manager.ask(spawn("right")).await.unwrap();
    manager.ask(Terminate { agent: spawned.to_string() }).await.unwrap();
    assert!(!is_here(&bench, &spawned));
    manager.ask(Terminate { agent: "workshop/left".to_owned() }).await.unwrap();
    let status = manager.ask(State { agent: "workshop/left".to_owned() }).await.unwrap();
    assert_eq!(status.state.stage(), Stage::Terminated);
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_starts_the_new_version_before_it_drains_the_old_one() {
    let bench = Bench::start().await;
    let (manager, old) = (bench.find::<LifecycleManager>(), bench.agent("workshop/left"));
    let request = Upgrade { agent: "workshop/left".to_owned(), version: None, within_millis: None };
    let upgraded = manager.ask(request.clone()).await.unwrap();
    assert_eq!(upgraded.started.version, Version::new(2, 0, 0));
    assert_eq!(upgraded.drained.id, *old.id());
    assert_eq!(upgraded.started.key(), old.id().key(), "what is stored under it is found again");
    assert!(upgraded.drained.finished && !is_here(&bench, old.id()));
    bench.system.find_by_id::<Workbench>(&upgraded.started).unwrap().ask(Work).await.unwrap();
    // It stands for the agent now, and is not drained for being idle.
    bench.pass(1_000).await;
    assert!(is_here(&bench, &upgraded.started));
    let unknown = refused(manager.ask(Upgrade { version: Some(Version::new(3, 0, 0)), ..request }).await);
    assert_eq!(
        unknown.to_string(),
        "domain workshop knows no agent left@3.0.0; it knows: left@1.0.0, right@1.0.0, late@1.0.0, left@2.0.0"
    );
}

#[tokio::test(start_paused = true)]
async fn it_does_nothing_to_itself_and_nothing_to_strangers() {
    let bench = Bench::start().await;
    let manager = bench.find::<LifecycleManager>();
    assert_eq!(refused(manager.ask(drain("agent_lifecycle/lifecycle_manager")).await), Refusal::Itself);
    let nobody = refused(manager.ask(drain("workshop/middle")).await);
    assert!(nobody.to_string().contains("workshop/left"), "{nobody}");
    let nowhere = Spawn { domain: DomainName::new("yard").unwrap(), ..spawn("left") };
    let nowhere = refused(manager.within(Duration::from_secs(1)).ask(nowhere).await);
    assert_eq!(nowhere.to_string(), "no domain yard runs; there are: agent_lifecycle, workshop");
}
