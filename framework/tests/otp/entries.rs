//! Entries of a registry without agents behind them, and changes of it in short words.

use std::sync::Arc;
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::identity::{AgentId, AgentName, Capability, DomainName, Incarnation, InstanceId, Version};
use mistersmith::registry::{
    Change, Changes, Filter, Fitness, Heartbeat, Pulse, Record, Registration, Registry,
};

pub(crate) fn registry() -> Registry {
    Registry::new(Clock::seeded(1), Heartbeat::default())
}

/// The process `number`, which every entry of it is known by.
pub(crate) fn id(name: &str, number: u128) -> AgentId {
    AgentId {
        domain: DomainName::new("node").unwrap(),
        name: AgentName::new(name).unwrap(),
        instance: InstanceId::new(uuid::Uuid::from_u128(number)),
        version: Version::new(1, 0, 0),
    }
}

/// What is looked for in these tests: a group, or a key.
pub(crate) fn key(name: &str) -> Capability {
    Capability::new(format!("key.{name}")).unwrap()
}

pub(crate) fn record(name: &str, number: u128, incarnation: u64, keys: &[&str]) -> Record {
    let pulse = Arc::new(Pulse::default());
    Record::new(id(name, number), Incarnation::new(incarnation), "Entry", Arc::new(number), pulse)
        .with_capabilities(keys.iter().copied().map(key))
        .with_stage(Stage::Active)
}

/// The first incarnation of process `number`, under these keys.
pub(crate) fn joined(registry: &Registry, number: u128, keys: &[&str]) -> Registration {
    registry.register(record("member", number, 1, keys)).unwrap()
}

/// The processes under a key.
pub(crate) fn members(registry: &Registry, name: &str) -> Vec<u128> {
    let found = registry.discover(&Filter::default().capability(key(name)), Fitness::Any);
    found.iter().map(|record| record.id.instance.as_uuid().as_u128()).collect()
}

/// What a watcher has been told and has not read: `+1` and `-1` for process 1.
pub(crate) async fn told(changes: &mut Changes) -> String {
    let mut words = Vec::new();
    let moment = Duration::from_millis(1);
    while let Ok(Some(change)) = Clock::machine().timeout(moment, changes.next()).await {
        words.push(match change {
            Change::Registered(record) => format!("+{}", record.id.instance.as_uuid().as_u128()),
            Change::Deregistered { id, .. } => format!("-{}", id.instance.as_uuid().as_u128()),
            other => format!("{other:?}"),
        });
    }
    words.join(" ")
}
