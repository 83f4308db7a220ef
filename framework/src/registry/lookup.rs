//! Everything that reads the registry. None of it waits for a writer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Filter, Fitness, Record, Registry};
use crate::identity::{AgentId, AgentName, Capability, DomainName, InstanceId};

impl Registry {
    /// The agent of this id. Its version does not matter: an upgrade keeps the agent.
    #[must_use]
    pub fn by_id(&self, id: &AgentId) -> Option<Arc<Record>> {
        self.0.entries.with(&id.instance, |entry| entry.present_if(|record| record.answers_to(id)))?
    }

    /// The agent of this instance.
    #[must_use]
    pub fn by_instance(&self, instance: InstanceId) -> Option<Arc<Record>> {
        self.0.entries.with(&instance, |entry| entry.present())?
    }

    /// All instances of this name, by id.
    #[must_use]
    pub fn by_name(&self, domain: &DomainName, name: &AgentName) -> Vec<Arc<Record>> {
        sorted(self.0.groups.all_of_name(domain, name))
    }

    /// A healthy agent with this capability, each in turn. Its cost does not depend on how many there are.
    #[must_use]
    pub fn find_healthy(&self, capability: &Capability) -> Option<Arc<Record>> {
        self.0.groups.pick_capability(capability)
    }

    /// As [`Registry::find_healthy`], answering the contract of this name.
    #[must_use]
    pub fn find_healthy_contract(&self, contract: &str) -> Option<Arc<Record>> {
        self.0.groups.pick_contract(contract)
    }

    /// As [`Registry::find_healthy`], of this name.
    #[must_use]
    pub fn find_healthy_name(&self, domain: &DomainName, name: &AgentName) -> Option<Arc<Record>> {
        self.0.groups.pick_name(domain, name)
    }

    /// All agents that are meant, by id. Looks through those of the name, the capability or the contract, the
    /// first of these that the filter sets, and through all agents when it sets none.
    #[must_use]
    pub fn discover(&self, filter: &Filter, fitness: Fitness) -> Vec<Arc<Record>> {
        let groups = &self.0.groups;
        let mut found = match filter {
            Filter { domain: Some(domain), name: Some(name), .. } => groups.all_of_name(domain, name),
            Filter { capability: Some(capability), .. } => groups.all_of_capability(capability),
            Filter { contract: Some(contract), .. } => groups.all_of_contract(contract),
            _ => self.0.entries.collect(|entry| entry.present()),
        };
        found.retain(|record| filter.matches(record) && fitness.matches(record));
        sorted(found)
    }

    /// All agents, by id.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<Record>> {
        self.discover(&Filter::default(), Fitness::Any)
    }

    /// How many agents there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.present.load(Ordering::Relaxed)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// By id, each instance once and in its newest incarnation: a record may move, and be replaced, while it is read.
fn sorted(mut records: Vec<Arc<Record>>) -> Vec<Arc<Record>> {
    records.sort_by(|a, b| {
        let (one, other) = (&a.id, &b.id);
        let name = one.domain.cmp(&other.domain).then_with(|| one.name.cmp(&other.name));
        name.then(one.instance.cmp(&other.instance)).then(b.incarnation.cmp(&a.incarnation))
    });
    records.dedup_by_key(|record| record.id.instance);
    records
}
