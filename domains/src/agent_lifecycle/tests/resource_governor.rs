//! What the resource governor promises.

use mistersmith::contract::Ask;
use mistersmith::identity::DomainName;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::routing::{AgentRef, AskError, CallError};

use super::Bench;
use super::workshop::{Hoard, Wait, Work, Workbench};
use crate::agent_lifecycle::contract::resource_governor::{
    Allowance, DomainUsage, Limit, Limits, Refusal, ResourceGovernor, SetLimit, Usage, Violations,
};

fn set(of: &str, limit: Limit, value: u64) -> SetLimit {
    SetLimit { of: of.to_owned(), limit, value }
}

fn worker(bench: &Bench, name: &str) -> AgentRef<Workbench> {
    bench.system.find_by_id(bench.agent(name).id()).unwrap()
}

async fn workshop(governor: &AgentRef<ResourceGovernor>) -> DomainUsage {
    let domain = Some(DomainName::new("workshop").unwrap());
    governor.ask(Usage { domain }).await.unwrap().remove(0)
}

async fn violations(governor: &AgentRef<ResourceGovernor>) -> Vec<String> {
    let violations = governor.ask(Violations::default()).await.unwrap();
    violations.iter().map(|violation| format!("{:?} {}", violation.limit, violation.action)).collect()
}

#[track_caller]
fn refused<R: Ask<Contract = ResourceGovernor>>(answer: Result<R::Reply, AskError<R>>) -> Refusal {
    match answer {
        Err(CallError::Refused(refusal)) => refusal,
        Err(error) => panic!("expected a refusal, got {error}"),
        Ok(reply) => panic!("expected a refusal, got {reply:?}"),
    }
}

/// About so much work in each of so many seconds, evenly spread; how much of it was refused.
async fn work(bench: &Bench, worker: &AgentRef<Workbench>, per_second: u32, seconds: u64) -> u32 {
    let mut refused = 0;
    for _ in 0..seconds * 100 {
        for _ in 0..per_second / 100 {
            refused += u32::from(worker.ask(Work).await.is_err());
        }
        bench.system.clock().sleep(std::time::Duration::from_millis(10)).await;
    }
    refused
}

#[tokio::test(start_paused = true)]
async fn a_changed_mailbox_holds_from_the_next_message_on() {
    let bench = Bench::start().await;
    let (governor, left) = (bench.find::<ResourceGovernor>(), worker(&bench, "workshop/left"));
    let Allowance::Agent(allowance) = governor.ask(set("workshop/left", Limit::Mailbox, 2)).await.unwrap()
    else {
        panic!("expected an agent's limits");
    };
    assert_eq!((allowance.mailbox, allowance.memory_bytes, allowance.tasks), (2, 512_000_000, 100));
    left.tell(Wait).await.unwrap();
    tokio::task::yield_now().await;
    let queued = async || left.try_tell(Work).is_ok();
    let taken = [queued().await, queued().await, queued().await, queued().await];
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 2);
    bench.pass(1).await;
    assert_eq!(violations(&governor).await, ["Mailbox further messages do not fit"]);
}

#[tokio::test(start_paused = true)]
async fn an_agents_message_rate_is_kept_and_its_violation_is_told() {
    let bench = Bench::start().await;
    let (governor, left) = (bench.find::<ResourceGovernor>(), worker(&bench, "workshop/left"));
    governor.ask(set("workshop/left", Limit::MessagesPerSecond, 100)).await.unwrap();
    let refused = work(&bench, &left, 200, 2).await;
    assert!((150..=250).contains(&refused), "{refused} of 400");
    let told = violations(&governor).await;
    assert!(told[0].starts_with("MessagesPerSecond") && told[0].ends_with("refused"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_domain_over_its_rate_is_warned_then_its_greedy_agents_are_held_back_then_let_go() {
    let bench = Bench::start().await;
    let governor = bench.find::<ResourceGovernor>();
    let (left, right) = (worker(&bench, "workshop/left"), worker(&bench, "workshop/right"));
    governor.ask(set("workshop", Limit::MessagesPerSecond, 500)).await.unwrap();

    assert_eq!(work(&bench, &left, 1_000, 1).await, 0);
    let (refused, modest) = tokio::join!(work(&bench, &left, 1_000, 5), work(&bench, &right, 100, 5));
    assert_eq!(modest, 0, "who wants less than an equal share gets it");
    assert!(
        (1_500..=2_500).contains(&refused),
        "{refused} of 5000: half of what comes from the second look on"
    );
    let told = violations(&governor).await;
    assert_eq!(told[0], "MessagesPerSecond warned");
    assert!(told[1].contains("workshop/left@") && told[1].contains("is held to"), "{told:?}");
    assert_eq!(workshop(&governor).await.corrections.len(), 1);

    // Who has held it back is gone; its next incarnation lets go all the same.
    bench.kill("agent_lifecycle/resource_governor").await;
    bench.pass(3).await;
    assert!(workshop(&governor).await.corrections.is_empty());
    assert_eq!(work(&bench, &left, 1_000, 1).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_domain_over_its_memory_has_its_worst_agent_suspended_until_there_is_room() {
    let bench = Bench::start().await;
    let governor = bench.find::<ResourceGovernor>();
    let (left, right) = (worker(&bench, "workshop/left"), worker(&bench, "workshop/right"));
    left.ask(Hoard { bytes: 300 }).await.unwrap();
    right.ask(Hoard { bytes: 500 }).await.unwrap();
    bench.pass(2).await;
    assert_eq!(workshop(&governor).await.memory_bytes, 800);
    governor.ask(set("workshop", Limit::MemoryBytes, 600)).await.unwrap();
    bench.pass(5).await;
    let stage = |name| bench.agent(name).facts().state.stage();
    assert_eq!((stage("workshop/left"), stage("workshop/right")), (Stage::Active, Stage::Suspended));
    let error = right.ask(Work).await.unwrap_err().to_string();
    assert!(error.contains("domain workshop accounts for 800 bytes of memory and may for 600"), "{error}");

    left.ask(Hoard { bytes: 900 }).await.unwrap();
    bench.pass(2).await;
    assert_eq!(stage("workshop/left"), Stage::Suspended, "it grew on");
    governor.ask(set("workshop", Limit::MemoryBytes, 10_000)).await.unwrap();
    bench.pass(2).await;
    assert_eq!((stage("workshop/left"), stage("workshop/right")), (Stage::Active, Stage::Active));
}

#[tokio::test(start_paused = true)]
async fn an_agent_over_its_memory_ends_at_its_next_accounting() {
    let bench = Bench::start().await;
    let (governor, left) = (bench.find::<ResourceGovernor>(), worker(&bench, "workshop/left"));
    governor.ask(set("workshop/left", Limit::MemoryBytes, 100)).await.unwrap();
    let newest = bench.system.history().newest();
    assert!(matches!(left.ask(Hoard { bytes: 101 }).await, Err(CallError::Unknown { .. })));
    bench.system.history().after(newest).await;
    assert_eq!(bench.agent("workshop/left").facts().incarnation.number(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_domains_number_of_agents_is_changed_live() {
    use crate::agent_lifecycle::contract::lifecycle_manager::{LifecycleManager, Spawn};
    let bench = Bench::start().await;
    let domain = DomainName::new("workshop").unwrap();
    bench.find::<ResourceGovernor>().ask(set("workshop", Limit::Agents, 2)).await.unwrap();
    let agent = mistersmith::identity::AgentName::new("late").unwrap();
    let spawned = bench.find::<LifecycleManager>().ask(Spawn { domain, agent, version: None }).await;
    assert!(spawned.unwrap_err().to_string().contains("its limit is 2"));
}

#[tokio::test(start_paused = true)]
async fn limits_that_cannot_be_are_refused_and_nobody_restarts() {
    let bench = Bench::start().await;
    let governor = bench.find::<ResourceGovernor>();
    let text = async |request| refused(governor.ask(request).await).to_string();
    assert_eq!(
        text(set("workshop/left", Limit::Mailbox, 0)).await,
        "expected a whole number of messages, at least 1: a mailbox is always bounded, got 0"
    );
    assert_eq!(
        text(set("workshop", Limit::Tasks, 1)).await,
        "domain workshop has no such limit; it has: agents, memory_bytes, messages_per_second"
    );
    assert!(text(set("workshop/left", Limit::Agents, 1)).await.contains("cpu_percent"));
    assert_eq!(
        refused(governor.ask(Limits { of: "yard".to_owned() }).await).to_string(),
        "no domain yard runs; there are: agent_lifecycle, workshop"
    );
    assert!(matches!(
        refused(governor.ask(Limits { of: "workshop/middle".to_owned() }).await),
        Refusal::NoSuchAgent(_)
    ));
    assert_eq!(bench.agent("agent_lifecycle/resource_governor").facts().incarnation.number(), 1);
}
