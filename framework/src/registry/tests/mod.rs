//! What the registry promises: against a model, under threads, on paused time, and in places touched.

mod concurrent;
mod cost;
mod heartbeat;
mod model;
mod watching;

use std::sync::Arc;

use super::{Heartbeat, Pulse, Record, Registration, Registry};
use crate::clock::Clock;
use crate::identity::lifecycle::Stage;
use crate::identity::{AgentId, AgentName, Capability, DomainName, Incarnation, InstanceId, Version};

fn registry() -> Registry {
    Registry::new(Clock::seeded(1), Heartbeat::default())
}

pub(super) fn id(name: &str, number: u128) -> AgentId {
    AgentId {
        domain: DomainName::new("data").unwrap(),
        name: AgentName::new(name).unwrap(),
        instance: InstanceId::new(uuid::Uuid::from_u128(number)),
        version: Version::new(1, 0, 0),
    }
}

fn store() -> Capability {
    Capability::new("data.store").unwrap()
}

pub(super) fn record(id: &AgentId, incarnation: u64) -> Record {
    Record::new(id.clone(), Incarnation::new(incarnation), "Cache", Arc::new(()), Arc::new(Pulse::default()))
        .with_capabilities([store()])
}

#[track_caller]
fn active(registry: &Registry, id: &AgentId, incarnation: u64) -> Registration {
    let registration = registry.register(record(id, incarnation)).unwrap();
    assert!(registration.set_stage(Stage::Active, "ready"));
    registration
}
