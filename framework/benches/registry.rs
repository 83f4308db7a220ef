//! How long a look-up takes: by id beside a plain concurrent map and a locked one, and a healthy one among many.
//!
//! `cargo bench -p mistersmith --bench registry`

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{Arc, RwLock};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use mistersmith::clock::Clock;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::identity::{AgentId, AgentName, Capability, DomainName, Incarnation, InstanceId, Version};
use mistersmith::registry::{Heartbeat, Pulse, Record, Registration, Registry};

const AGENTS: usize = 100_000;

fn record(clock: &Clock) -> Record {
    let id = AgentId {
        domain: DomainName::new("data").expect("it is a name"),
        name: AgentName::new("cache").expect("it is a name"),
        instance: InstanceId::random(clock),
        version: Version::new(1, 0, 0),
    };
    Record::new(id, Incarnation::FIRST, "Cache", Arc::new(()), Arc::new(Pulse::default()))
        .with_capabilities([store()])
        .with_stage(Stage::Active)
}

fn store() -> Capability {
    Capability::new("data.store").expect("it is a capability")
}

fn full(agents: usize) -> (Registry, Vec<Registration>) {
    let clock = Clock::machine();
    let registry = Registry::new(clock.clone(), Heartbeat::default());
    let held = (0..agents).map(|_| registry.register(record(&clock)).expect("nobody has this id")).collect();
    (registry, held)
}

/// Walks over so many so that every look-up is for another one and the caches do not answer alone.
fn walk(length: usize) -> impl FnMut() -> usize {
    let mut at = 0;
    move || {
        at = (at + 7919) % length;
        at
    }
}

fn by_id(criterion: &mut Criterion) {
    let (registry, held) = full(AGENTS);
    let ids: Vec<AgentId> = held.iter().map(|held| AgentId::clone(&held.record().id)).collect();
    let uuids: Vec<_> = ids.iter().map(|id| *id.instance.as_uuid()).collect();
    let records = || held.iter().zip(&uuids).map(|(held, uuid)| (*uuid, Arc::clone(held.record())));
    let plain: papaya::HashMap<_, _> = records().collect();
    let locked: RwLock<HashMap<_, _>> = RwLock::new(records().collect());

    let mut group = criterion.benchmark_group("registry_by_id_among_100000");
    let mut next = walk(AGENTS);
    group.bench_function("registry", |bench| bench.iter(|| black_box(registry.by_id(&ids[next()]))));
    group.bench_function("registry_by_instance", |bench| {
        bench.iter(|| black_box(registry.by_instance(ids[next()].instance)));
    });
    group.bench_function("plain_papaya", |bench| {
        bench.iter(|| black_box(plain.pin().get(ids[next()].instance.as_uuid()).cloned()));
    });
    group.bench_function("rwlock_hashmap", |bench| {
        bench.iter(|| {
            let map = locked.read().expect("nobody panics here");
            black_box(map.get(ids[next()].instance.as_uuid()).cloned())
        });
    });
    group.finish();
}

fn find_healthy(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("registry_find_healthy_among");
    for agents in [10, 1000, AGENTS] {
        let (registry, _held) = full(agents);
        let capability = store();
        group.bench_with_input(BenchmarkId::from_parameter(agents), &agents, |bench, _| {
            bench.iter(|| black_box(registry.find_healthy(&capability)));
        });
    }
    group.finish();
}

fn come_and_go(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("registry_register_and_drop_among");
    let clock = Clock::machine();
    for agents in [10, 1000, AGENTS] {
        let (registry, _held) = full(agents);
        group.bench_with_input(BenchmarkId::from_parameter(agents), &agents, |bench, _| {
            bench.iter(|| drop(black_box(registry.register(record(&clock)))));
        });
    }
    group.finish();
}

/// All that the registry does for one restart: the end is told, the incarnation leaves, the next one comes, and is
/// told to be registered and active.
fn restart(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("registry_restart_in_a_reserved_place_among");
    let clock = Clock::machine();
    for agents in [10, 1000, AGENTS] {
        let (registry, _held) = full(agents);
        let (id, pulse, store) = (record(&clock).id, Arc::new(Pulse::default()), store());
        let _reserved = registry.reserve(id.instance);
        let mut incarnation = Incarnation::FIRST;
        let start = |incarnation| {
            let record = Record::new(id.clone(), incarnation, "Cache", Arc::new(()), Arc::clone(&pulse));
            registry.register(record.with_capabilities([store.clone()])).expect("it is newer")
        };
        let mut held = Some(start(incarnation));
        group.bench_with_input(BenchmarkId::from_parameter(agents), &agents, |bench, _| {
            bench.iter(|| {
                registry.set_stage(&id, incarnation, Stage::Terminated, "failed");
                held = None;
                incarnation = incarnation.next();
                registry.set_stage(&id, incarnation, Stage::Registering, "started again");
                held = Some(start(incarnation));
                registry.set_stage(&id, incarnation, Stage::Registered, "initialised");
                registry.set_stage(&id, incarnation, Stage::Active, "ready");
            });
        });
    }
    group.finish();
}

fn look(criterion: &mut Criterion) {
    let (registry, _held) = full(AGENTS);
    criterion.bench_function("registry_look_at_100000", |bench| bench.iter(|| registry.look()));
}

criterion_group!(benches, by_id, find_healthy, come_and_go, restart, look);
criterion_main!(benches);
