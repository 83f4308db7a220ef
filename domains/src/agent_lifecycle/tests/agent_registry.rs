//! What the agent registry promises.

use mistersmith::contract::Ask;
use mistersmith::identity::{AgentName, Capability, DomainName, InstanceId};
use mistersmith::message::Address;
use mistersmith::registry::{Fitness, Health};
use mistersmith::routing::{AskError, CallError};

use super::Bench;
use crate::agent_lifecycle::contract::NoSuchAgent;
use crate::agent_lifecycle::contract::agent_registry::{
    AgentRegistry, Change, Deregister, Discover, FindHealthy, Refusal, Register, Resolve, Watch,
};

fn printer() -> Register {
    Register {
        domain: DomainName::new("office").unwrap(),
        name: AgentName::new("printer").unwrap(),
        instance: None,
        version: None,
        capabilities: vec![printing()],
        subject: None,
        queue_group: None,
    }
}

fn printing() -> Capability {
    Capability::new("office.print").unwrap()
}

#[track_caller]
fn refused<R: Ask<Contract = AgentRegistry>>(answer: Result<R::Reply, AskError<R>>) -> Refusal {
    match answer {
        Err(CallError::Refused(refusal)) => refusal,
        Err(error) => panic!("expected a refusal, got {error}"),
        Ok(reply) => panic!("expected a refusal, got {reply:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_outside_is_healthy_while_it_is_heard_and_forgotten_when_it_is_not() {
    let bench = Bench::start().await;
    let registry = bench.find::<AgentRegistry>();
    let healthy = async || registry.ask(FindHealthy { capability: printing() }).await.unwrap();

    let lease = registry.ask(printer()).await.unwrap();
    assert_eq!((lease.again_within_millis, lease.unhealthy_after_millis), (5_000, 15_000));
    assert_eq!(lease.forgotten_after_millis, 300_000);
    let found = healthy().await.unwrap();
    assert_eq!(found.id, lease.id);
    let subject = "agents.office.printer".to_owned();
    assert_eq!(found.address, Address::Nats { subject, queue_group: None });

    for _ in 0..10 {
        bench.pass(5).await;
        let again = Register { instance: Some(lease.id.instance), ..printer() };
        assert_eq!(registry.ask(again).await.unwrap().incarnation, lease.incarnation);
    }
    assert!(healthy().await.is_some());

    bench.pass(25).await;
    assert!(healthy().await.is_none());
    let unfit =
        Discover { capability: Some(printing()), health: Some(Fitness::Unfit), ..Discover::default() };
    assert!(matches!(registry.ask(unfit.clone()).await.unwrap()[0].health, Health::Unhealthy { .. }));

    registry.ask(Register { instance: Some(lease.id.instance), ..printer() }).await.unwrap();
    bench.pass(6).await;
    assert!(healthy().await.is_some());

    bench.pass(310).await;
    assert!(registry.ask(unfit).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_registered_outlives_the_registry_agent() {
    let bench = Bench::start().await;
    let registry = bench.find::<AgentRegistry>();
    let lease = registry.ask(printer()).await.unwrap();
    bench.kill("agent_lifecycle/agent_registry").await;
    let found = registry.ask(FindHealthy { capability: printing() }).await.unwrap();
    assert_eq!(found.map(|found| found.id), Some(lease.id.clone()));
    assert_eq!(registry.ask(Deregister { instance: lease.id.instance }).await.unwrap(), lease.id);
    assert!(registry.ask(FindHealthy { capability: printing() }).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn what_is_declared_anew_is_a_new_incarnation() {
    let bench = Bench::start().await;
    let registry = bench.find::<AgentRegistry>();
    let lease = registry.ask(printer()).await.unwrap();
    let moved = Register {
        instance: Some(lease.id.instance),
        subject: Some("elsewhere.print".to_owned()),
        ..printer()
    };
    assert_eq!(registry.ask(moved).await.unwrap().incarnation, lease.incarnation.next());
    let all = registry.ask(Discover { name: Some(lease.id.name), ..Discover::default() }).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].address, Address::Nats { subject: "elsewhere.print".to_owned(), queue_group: None });
}

#[tokio::test(start_paused = true)]
async fn an_agent_is_resolved_by_name_id_and_instance() {
    let bench = Bench::start().await;
    let registry = bench.find::<AgentRegistry>();
    let left = bench.agent("workshop/left").id().clone();
    for wanted in ["workshop/left".to_owned(), left.to_string(), left.instance.to_string()] {
        let record = registry.ask(Resolve { agent: wanted }).await.unwrap();
        assert_eq!((record.id, record.address), (left.clone(), Address::InProcess));
    }
    let Refusal::NoSuchAgent(NoSuchAgent::None { known, .. }) =
        refused(registry.ask(Resolve { agent: "workshop/middle".to_owned() }).await)
    else {
        panic!("expected who there is");
    };
    assert!(known.contains(&"workshop/left".to_owned()), "{known:?}");
}

#[tokio::test(start_paused = true)]
async fn agents_are_discovered_by_version_and_health() {
    let bench = Bench::start().await;
    let registry = bench.find::<AgentRegistry>();
    let find = async |version: &str, health| {
        let capability = Some(Capability::new("workshop.work").unwrap());
        let version = Some(version.parse().unwrap());
        let found = registry.ask(Discover { capability, version, health, ..Discover::default() }).await;
        found.unwrap().len()
    };
    assert_eq!(find("^1", None).await, 2);
    assert_eq!(find("^2", None).await, 0);
    bench.agent("workshop/left").suspend("a test").unwrap();
    assert_eq!(find("^1", Some(Fitness::Fit)).await, 1);
    assert_eq!(find("^1", Some(Fitness::Unfit)).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_watcher_sees_who_is_there_and_then_every_change() {
    let bench = Bench::start().await;
    let registry = bench.find::<AgentRegistry>();
    let mut changes =
        registry.subscribe(Watch { capability: Some(printing()), ..Watch::default() }).await.unwrap();
    let lease = registry.ask(printer()).await.unwrap();
    let Change::Registered(record) = changes.next().await.unwrap().unwrap() else {
        panic!("expected the printer")
    };
    assert_eq!(record.id, lease.id);
    registry.ask(Deregister { instance: lease.id.instance }).await.unwrap();
    let gone = changes.next().await.unwrap().unwrap();
    assert!(
        matches!(&gone, Change::Deregistered { id, reason, .. } if *id == lease.id && reason == "ended"),
        "{gone:?}"
    );
    drop(changes);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_registered_is_refused_and_nobody_restarts() {
    let bench = Bench::start().await;
    let registry = bench.find::<AgentRegistry>();
    let ours = bench.agent("workshop/left").id().instance;
    let taken = refused(registry.ask(Register { instance: Some(ours), ..printer() }).await);
    assert!(taken.to_string().contains("workshop/left"), "{taken}");
    let wild = Register { subject: Some("office.*".to_owned()), ..printer() };
    assert!(matches!(refused(registry.ask(wild).await), Refusal::Subject { .. }));
    let nobody = InstanceId::random(bench.system.clock());
    assert_eq!(
        refused(registry.ask(Deregister { instance: nobody }).await),
        Refusal::NotRegistered { instance: nobody }
    );
    let lease = registry.ask(printer()).await.unwrap();
    let other = AgentName::new("scanner").unwrap();
    let stolen = Register { instance: Some(lease.id.instance), name: other, ..printer() };
    assert!(matches!(refused(registry.ask(stolen).await), Refusal::Taken { .. }));
    assert_eq!(bench.agent("agent_lifecycle/agent_registry").facts().incarnation.number(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_agent_outside_that_is_silent_does_not_make_the_node_unready() {
    let bench = Bench::start().await;
    bench.find::<AgentRegistry>().ask(printer()).await.unwrap();
    bench.pass(30).await;
    let readiness = bench.system.readiness();
    assert!(readiness.ready, "{:?}", readiness.reasons);
}
