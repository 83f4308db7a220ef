//! What the health monitor promises.

use mistersmith::identity::{AgentId, Capability};
use mistersmith::registry::Health as Condition;
use mistersmith::routing::{AgentRef, CallError};

use super::Bench;
use super::workshop::{Fail, Wait, Work, Workbench};
use crate::agent_lifecycle::contract::health_monitor::{
    AgentHealth, Change, Health, HealthMonitor, Levels, Report, SetThresholds, Thresholds, Watch,
};

async fn health(monitor: &AgentRef<HealthMonitor>, agent: &str) -> AgentHealth {
    monitor.ask(Health { agent: agent.to_owned() }).await.unwrap()
}

fn left(bench: &Bench) -> (AgentId, AgentRef<Workbench>) {
    let id = bench.agent("workshop/left").id().clone();
    let left = bench.system.find_by_id(&id).unwrap();
    (id, left)
}

/// Whether work is sent to this agent.
fn is_found(bench: &Bench, id: &AgentId) -> bool {
    let capability = Capability::new("workshop.work").unwrap();
    (0..4).filter_map(|_| bench.system.registry().find_healthy(&capability)).any(|found| *found.id == *id)
}

async fn fail(bench: &Bench, worker: &AgentRef<Workbench>, times: u32) {
    for _ in 0..times {
        let newest = bench.system.history().newest();
        assert!(matches!(worker.ask(Fail).await, Err(CallError::Unknown { .. })));
        bench.system.history().after(newest).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_fails_too_often_leaves_discovery_and_comes_back() {
    let bench = Bench::start().await;
    let monitor = bench.find::<HealthMonitor>();
    let (id, worker) = left(&bench);
    fail(&bench, &worker, 2).await;
    bench.pass(6).await;
    assert!(is_found(&bench, &id), "twice is not too often");
    fail(&bench, &worker, 1).await;
    bench.pass(6).await;
    assert!(!is_found(&bench, &id));
    let told = health(&monitor, "workshop/left").await;
    assert_eq!((told.signs.errors, told.signs.restarts, told.fit), (3, 3, false));
    assert_eq!(
        told.condition,
        Condition::Degraded { reason: "3 errors in 60000 ms; 3 restarts in 60000 ms".to_owned() }
    );
    // Neither a new incarnation of the agent nor one of the monitor forgets it.
    fail(&bench, &worker, 1).await;
    bench.kill("agent_lifecycle/health_monitor").await;
    bench.pass(1).await;
    assert!(!is_found(&bench, &id));
    bench.pass(80).await;
    assert!(is_found(&bench, &id));
    assert_eq!(health(&monitor, "workshop/left").await.condition, Condition::Healthy);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_is_stuck_is_unhealthy_by_its_heartbeat_and_its_oldest_message_is_told() {
    let bench = Bench::start().await;
    let monitor = bench.find::<HealthMonitor>();
    let (id, worker) = left(&bench);
    worker.tell(Wait).await.unwrap();
    worker.tell(Work).await.unwrap();
    bench.pass(22).await;
    let told = health(&monitor, "workshop/left").await;
    assert!(matches!(told.condition, Condition::Unhealthy { .. }), "{told:?}");
    assert!((10_000..=22_000).contains(&told.signs.oldest_millis), "{told:?}");
    assert!(!is_found(&bench, &id));
    let report = monitor.ask(Report).await.unwrap();
    assert!(!report.ready && report.reasons[0].starts_with("agent workshop/left is not fit: unhealthy"));
    assert_eq!(report.agents.iter().filter(|agent| agent.fit).count(), 5);
    bench.gate.add_permits(1);
    bench.pass(6).await;
    assert!(is_found(&bench, &id));
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_that_fills_up_degrades_by_the_threshold_that_is_set() {
    let bench = Bench::start().await;
    let monitor = bench.find::<HealthMonitor>();
    let (id, worker) = left(&bench);
    let request = SetThresholds { mailbox_percent: Some(1), ..SetThresholds::default() };
    let levels = monitor.ask(request).await.unwrap();
    assert_eq!(levels, Levels { mailbox_percent: 1, ..Levels::default() });
    assert_eq!(monitor.ask(Thresholds).await.unwrap(), levels);
    worker.tell(Wait).await.unwrap();
    for _ in 0..101 {
        worker.tell(Work).await.unwrap();
    }
    bench.pass(6).await;
    let told = health(&monitor, "workshop/left").await;
    assert_eq!(told.condition, Condition::Degraded { reason: "its mailbox is 1 % full".to_owned() });
    assert!(!is_found(&bench, &id));
}

#[tokio::test(start_paused = true)]
async fn a_watcher_sees_how_everybody_is_and_then_who_changes() {
    let bench = Bench::start().await;
    let mut changes = bench.find::<HealthMonitor>().subscribe(Watch).await.unwrap();
    for _ in 0..6 {
        let change = changes.next().await.unwrap().unwrap();
        assert!(matches!(change, Change::Is { condition: Condition::Healthy, .. }), "{change:?}");
    }
    let left = bench.agent("workshop/left");
    left.suspend("a test").unwrap();
    let id = left.id().clone();
    let suspended = Change::Is { id: id.clone(), condition: Condition::Suspended };
    assert_eq!(changes.next().await.unwrap().unwrap(), suspended);
    bench.system.terminate(&left).await;
    loop {
        match changes.next().await.unwrap().unwrap() {
            Change::Gone { id: gone } => return assert_eq!(gone, id),
            Change::Is { id: other, .. } => assert_eq!(other, id),
            Change::Lagged { .. } => panic!("nothing was lost"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_threshold_that_cannot_be_is_refused_and_all_stay_as_they_were() {
    let bench = Bench::start().await;
    let monitor = bench.find::<HealthMonitor>();
    let wrong = SetThresholds { errors: Some(9), mailbox_percent: Some(101), ..SetThresholds::default() };
    let error = monitor.ask(wrong).await.unwrap_err();
    assert_eq!(error.to_string(), "refused: expected mailbox_percent to be from 1 to 100, got 101");
    assert_eq!(monitor.ask(Thresholds).await.unwrap(), Levels::default());
    let nobody = monitor.ask(Health { agent: "workshop/middle".to_owned() }).await.unwrap_err();
    assert!(nobody.to_string().contains("workshop/left"), "{nobody}");
}
