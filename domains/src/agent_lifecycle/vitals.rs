//! What the health monitor keeps of everybody: their courses over time, and whom it holds to be degraded.
//!
//! It outlives the monitor's incarnations, so that an agent that was called degraded is called well again even
//! when the one who said it is gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use mistersmith::agent::Control;
use mistersmith::identity::InstanceId;
use mistersmith::registry::Health;
use mistersmith::supervisor::What;
use mistersmith::system::System;

use super::contract::health_monitor::{AgentHealth, Levels, Signs};
use super::rules::signs::{Course, complaints};

/// What is kept of everybody.
#[derive(Debug, Default)]
pub(super) struct Vitals {
    pub(super) levels: Levels,
    agents: BTreeMap<InstanceId, Patient>,
    /// The last event of the history that was read.
    read: u64,
}

#[derive(Debug, Default)]
struct Patient {
    course: Course,
    signs: Signs,
    /// Why it is degraded, if it is.
    complaint: Option<String>,
    /// Looks without a complaint, one after the other.
    calm: u32,
}

impl Vitals {
    /// Looks at everybody once, and tells the registry who is degraded, and who is well again.
    pub(super) fn look(&mut self, system: &System) {
        let agents = system.agents();
        self.agents.retain(|instance, _| agents.iter().any(|agent| agent.id().instance == *instance));
        self.read_history(system, &agents);
        let now = system.clock().now();
        for agent in &agents {
            let facts = agent.facts();
            let patient = self.agents.entry(agent.id().instance).or_default();
            let (queued, capacity) = (facts.queued as u64, facts.capacity as u64);
            patient.signs = patient.course.look(now, &self.levels, facts.handled, queued, capacity);
            if patient.judge(&self.levels) {
                system.registry().set_degraded(agent.id(), patient.complaint.clone());
            }
        }
    }

    /// A new incarnation begins without a complaint; this says again what is held against the agent.
    pub(super) fn remind(&self, system: &System, instance: InstanceId) {
        let complaint = self.agents.get(&instance).and_then(|patient| patient.complaint.clone());
        if let Some((complaint, record)) = complaint.zip(system.registry().by_instance(instance)) {
            system.registry().set_degraded(&record.id, Some(complaint));
        }
    }

    /// How an agent is, by the signs of the last look.
    pub(super) fn health(&self, system: &System, agent: &Arc<dyn Control>) -> AgentHealth {
        let id = agent.id().clone();
        let record = system.registry().by_id(&id);
        let condition = record.map_or(Health::Ended, |record| record.health());
        let signs = self.agents.get(&id.instance).map(|patient| patient.signs.clone()).unwrap_or_default();
        AgentHealth { id, fit: condition.is_fit(), condition, signs }
    }

    /// Takes note of who ended in error and who was restarted since the history was last read.
    fn read_history(&mut self, system: &System, agents: &[Arc<dyn Control>]) {
        let events = system.history().since(self.read);
        let Some(last) = events.last() else { return };
        self.read = last.number;
        let names: BTreeMap<_, _> = agents
            .iter()
            .filter_map(|agent| {
                let child = system.child_id(agent)?;
                Some(((agent.id().domain.to_string(), child), agent.id().instance))
            })
            .collect();
        for event in &events {
            let What::Decided(decision) = &event.what else { continue };
            let Some((_, domain)) = event.supervisor.rsplit_once('/') else { continue };
            let named = |child| names.get(&(domain.to_owned(), child)).copied();
            if let Some(instance) = named(decision.child.clone()).filter(|_| decision.exit.is_abnormal()) {
                self.agents.entry(instance).or_default().course.erred(event.at);
            }
            for instance in decision.started.first.iter().cloned().filter_map(named) {
                self.agents.entry(instance).or_default().course.restarted(event.at);
            }
        }
    }
}

impl Patient {
    /// Whether the registry is to be told.
    fn judge(&mut self, levels: &Levels) -> bool {
        let complaints = complaints(&self.signs, levels);
        if !complaints.is_empty() {
            self.calm = 0;
            self.complaint = Some(complaints.join("; "));
            return true;
        }
        self.calm = self.calm.saturating_add(1);
        if self.complaint.is_some() && self.calm >= levels.calm_looks {
            self.complaint = None;
            return true;
        }
        false
    }
}
