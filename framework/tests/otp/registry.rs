//! Elixir's cases of `Registry` that our registry has too: a key is an agent's id, its name or a capability, a
//! value is its record, and the owner is the incarnation that holds the registration.

use std::sync::Arc;

use mistersmith::clock::Clock;
use mistersmith::domain::DomainSpec;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::identity::{AgentName, DomainName, Incarnation};
use mistersmith::registry::{Change, Filter, Fitness, RegisterError};
use mistersmith::supervisor::{Flags, Restart, Strategy};
use mistersmith::system::System;
use mistersmith::testing::{Act, OnStart, Perform, ScriptedAgent, Scripting, Spawn, settled};

use crate::entries::{id, joined, key, members, record, registry, told};

fn spec_of_floor() -> DomainSpec {
    DomainSpec::new("floor", Flags::new(Strategy::OneForOne, 9, 5)).unwrap()
}

async fn system(agents: &[(&str, u32)]) -> System {
    let spec = agents.iter().fold(spec_of_floor(), |spec, (name, instances)| {
        let agent = ScriptedAgent::new(*name).spec().unwrap().capability(key("desk"));
        spec.agent(agent.instances(*instances).restart(Restart::Temporary))
    });
    System::builder("shop").clock(Clock::seeded(1)).domain(spec).start().await.unwrap()
}

/// When an owner is killed, everything it was found under is gone: with one instance as with eight.
#[tokio::test(start_paused = true)]
async fn keys_vanish_when_the_owner_is_killed() {
    for instances in [1, 8] {
        let system = system(&[("till", instances)]).await;
        assert_eq!(members(system.registry(), "desk").len(), system.agents().len());
        for agent in system.agents() {
            assert!(agent.kill());
        }
        settled(system.clock()).await;
        assert_eq!(members(system.registry(), "desk"), [0; 0]);
        assert!(system.registry().is_empty());
        system.stop().await;
    }
}

/// The registry counts its entries: none, then two, then none.
#[tokio::test(start_paused = true)]
async fn entries_are_counted() {
    let registry = registry();
    assert_eq!((registry.len(), registry.is_empty()), (0, true));
    let both = [joined(&registry, 1, &["hello"]), joined(&registry, 2, &["world"])];
    assert_eq!((registry.len(), registry.list().len()), (2, 2));
    drop(both);
    assert_eq!(registry.len(), 0);
}

/// A second registration of a key is refused, and the error names the owner.
#[tokio::test(start_paused = true)]
async fn a_second_registration_is_refused_with_the_owner() {
    let registry = registry();
    let _owner = joined(&registry, 1, &["hello"]);
    let refused = registry.register(record("other", 1, 9, &["hello"])).unwrap_err();
    assert_eq!(refused, RegisterError::Taken { id: id("other", 1), owner: Box::new(id("member", 1)) });
    let again = registry.register(record("member", 1, 1, &["hello"])).unwrap_err();
    let first = Incarnation::FIRST;
    assert_eq!(again, RegisterError::Fenced { id: id("member", 1), offered: first, present: first });
}

/// What one process has registered, every other one finds, and finds gone.
#[test]
fn registrations_are_seen_across_processes() {
    let registry = registry();
    let there = registry.clone();
    let held = std::thread::spawn(move || joined(&there, 1, &["hello"])).join().unwrap();
    assert_eq!(members(&registry, "hello"), [1]);
    std::thread::spawn(move || drop(held)).join().unwrap();
    assert_eq!(members(&registry, "hello"), [0; 0]);
}

/// The key of an owner that has ended can be taken although the registry has not heard of its end yet; hearing of
/// it later takes nothing from the new owner.
#[tokio::test(start_paused = true)]
async fn the_key_of_a_dead_owner_can_be_taken() {
    let registry = registry();
    let dead = joined(&registry, 1, &["hello"]);
    let new = registry.register(record("member", 1, 2, &["hello"])).unwrap();
    drop(dead);
    assert_eq!(members(&registry, "hello"), [1]);
    assert_eq!(registry.by_id(&id("member", 1)).unwrap().incarnation.number(), 2);
    drop(new);
    assert!(registry.is_empty());
}

/// Entries are found by what they are, one condition or several. (Instead of match specifications: a filter.)
#[tokio::test(start_paused = true)]
async fn entries_are_selected() {
    let registry = registry();
    let _one = registry.register(record("till", 1, 1, &["hello"])).unwrap();
    let _two = registry.register(record("stock", 2, 1, &["hello", "world"])).unwrap();
    let numbers = |filter: Filter| {
        let found = registry.discover(&filter, Fitness::Any);
        found.iter().map(|record| record.id.instance.as_uuid().as_u128()).collect::<Vec<_>>()
    };
    let (node, till) = (DomainName::new("node").unwrap(), AgentName::new("till").unwrap());
    assert_eq!(numbers(Filter::default().capability(key("hello"))), [2, 1]);
    assert_eq!(numbers(Filter::default().capability(key("hello")).name(till.clone())), [1]);
    assert_eq!(numbers(Filter::default().capability(key("world")).name(till)), [0; 0]);
    assert_eq!(numbers(Filter::default().domain(node).contract("Entry")), [2, 1]);
}

/// Only the incarnation that holds an entry changes it; one that was replaced, and one that never was, change
/// nothing.
#[tokio::test(start_paused = true)]
async fn an_entry_is_updated_by_its_owner_only() {
    let registry = registry();
    let old = joined(&registry, 1, &["hello"]);
    let new = registry.register(record("member", 1, 2, &["hello"])).unwrap();
    assert!(!old.set_stage(Stage::Suspended, "not mine any more"));
    assert!(!registry.set_stage(&id("member", 1), Incarnation::FIRST, Stage::Suspended, "nor mine"));
    assert!(!registry.set_stage(&id("member", 2), Incarnation::FIRST, Stage::Suspended, "nobody's"));
    assert_eq!(new.record().stage(), Stage::Active);
    assert!(new.set_stage(Stage::Suspended, "mine"));
    assert!(registry.find_healthy(&key("hello")).is_none());
}

/// A broadcast to a key that nobody has reaches nobody and is no error; to one that several have, each of them.
#[tokio::test(start_paused = true)]
async fn dispatch_calls_nobody_or_each_entry() {
    let system = system(&[("till", 2), ("stock", 1)]).await;
    let told = |pattern: &str| {
        let request = Perform { act: Act::Reply };
        let told = system.router().broadcast(&pattern.parse().unwrap(), request);
        (told.reached.len(), told.missed.len())
    };
    assert_eq!(told("agents.floor.office"), (0, 0));
    assert_eq!(told("agents.floor.till"), (2, 0));
    assert_eq!(told("agents.floor.*"), (3, 0));
    system.stop().await;
}

/// An entry is taken out by its key; doing it again, or with a key that nobody has, changes nothing.
#[tokio::test(start_paused = true)]
async fn unregister_by_key() {
    let registry = registry();
    let (_one, _two) = (joined(&registry, 1, &["hello"]), joined(&registry, 2, &["hello"]));
    let first = Incarnation::FIRST;
    assert!(registry.deregister(&id("member", 1), first));
    assert!(!registry.deregister(&id("member", 1), first));
    assert!(!registry.deregister(&id("member", 3), first));
    assert_eq!(members(&registry, "hello"), [2]);
}

/// Who watches is told of each registration and each end of one, in order.
#[tokio::test(start_paused = true)]
async fn listeners_are_told() {
    let registry = registry();
    let mut changes = registry.watch(Filter::default());
    let one = joined(&registry, 1, &["hello"]);
    let two = joined(&registry, 2, &["world"]);
    drop(one);
    assert!(registry.deregister(&id("member", 2), Incarnation::FIRST));
    drop(two);
    assert_eq!(told(&mut changes).await, "+1 +2 -1 -2");
}

/// A registry that is gone cannot be asked for, and whoever watched it hears that it is over.
#[tokio::test(start_paused = true)]
async fn an_unknown_registry() {
    let registry = registry();
    let mut changes = registry.watch(Filter::default());
    drop(joined(&registry, 1, &["hello"]));
    drop(registry);
    assert!(matches!(changes.next().await, Some(Change::Registered(_))));
    assert!(matches!(changes.next().await, Some(Change::Deregistered { .. })));
    assert!(changes.next().await.is_none());
}

/// An agent is registered by its start, with what it can do; it is found and asked by its name; a second one of
/// that name in one specification is refused.
#[tokio::test(start_paused = true)]
async fn via_the_name_of_an_agent() {
    let system = system(&[("till", 1)]).await;
    let (floor, till) = (DomainName::new("floor").unwrap(), AgentName::new("till").unwrap());
    let found = system.registry().by_name(&floor, &till);
    assert_eq!(found[0].capabilities, [key("desk")]);
    let agent = system.find_named::<Scripting>(&floor, &till).unwrap();
    assert_eq!(agent.ask(Perform { act: Act::Reply }).await.unwrap(), Incarnation::FIRST);
    let twice = [0, 1].map(|_| ScriptedAgent::new("till").spec().unwrap());
    let twice = twice.into_iter().fold(spec_of_floor(), DomainSpec::agent);
    assert_eq!(System::builder("shop").domain(twice).check().len(), 1);
    let nobody = system.find_named::<Scripting>(&floor, &AgentName::new("office").unwrap());
    assert!(nobody.is_err());
    system.stop().await;
}

/// A registration that was refused leaves nothing behind, neither an entry nor a key, also when the owner is gone.
#[tokio::test(start_paused = true)]
async fn a_refused_registration_leaves_nothing_behind() {
    let registry = registry();
    let owner = joined(&registry, 1, &["hello"]);
    let mut changes = registry.watch(Filter::default());
    let refused = record("other", 1, 9, &["world"]);
    let held = Arc::downgrade(&refused.address);
    registry.register(refused).unwrap_err();
    assert!(held.upgrade().is_none());
    assert_eq!((registry.len(), members(&registry, "world")), (1, vec![]));
    drop(owner);
    assert_eq!((registry.len(), members(&registry, "hello")), (0, vec![]));
    assert_eq!(told(&mut changes).await, "+1 -1");
}

/// A start that fails after its agent was registered leaves nothing behind.
#[tokio::test(start_paused = true)]
async fn a_start_that_fails_leaves_nothing_behind() {
    let system = system(&[]).await;
    let floor = DomainName::new("floor").unwrap();
    for start in [OnStart::Error("no key".to_owned()), OnStart::Panic("no door".to_owned()), OnStart::Ignore]
    {
        let agent =
            ScriptedAgent::new("till").starts([start.clone()]).spec().unwrap().capability(key("desk"));
        let added = system.add_agent(&floor, &agent).await;
        assert_eq!(added.is_ok(), start == OnStart::Ignore, "{added:?}");
        assert_eq!((system.registry().len(), members(system.registry(), "desk")), (0, vec![]));
    }
    system.stop().await;
}

/// A key that several have counts each of them once, however often one of them says that it has it.
#[tokio::test(start_paused = true)]
async fn a_duplicate_key_counts_its_entries() {
    let registry = registry();
    let all: Vec<_> = (1..=3).map(|number| joined(&registry, number, &["hello", "hello"])).collect();
    assert_eq!((registry.len(), members(&registry, "hello")), (3, vec![1, 2, 3]));
    drop(all);
    assert_eq!(members(&registry, "hello"), [0; 0]);
}

/// Who leaves is gone from all its keys, and nobody else is.
#[tokio::test(start_paused = true)]
async fn unregister_removes_all_entries_of_the_owner() {
    let registry = registry();
    let (one, _two) = (joined(&registry, 1, &["hello", "world"]), joined(&registry, 2, &["hello", "world"]));
    drop(one);
    assert_eq!((members(&registry, "hello"), members(&registry, "world")), (vec![2], vec![2]));
}
