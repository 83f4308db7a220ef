//! What all agents of one system share: its name, its time, its registry.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::LifeListener;
use crate::clock::Clock;
use crate::identity::lifecycle::Change;
use crate::identity::{AgentId, Incarnation, InstanceId};
use crate::registry::Registry;
use crate::routing::Router;

/// What all agents of one system share.
#[derive(Debug)]
pub struct Surroundings {
    /// The system's name.
    pub system: Arc<str>,
    /// Its time and randomness.
    pub clock: Clock,
    /// Where its agents are found.
    pub registry: Registry,
    around: RwLock<Vec<Box<dyn Any + Send + Sync>>>,
    listener: OnceLock<Arc<dyn LifeListener>>,
    /// The last incarnations of the instances that have left a seat: those on the next one are newer.
    last: Mutex<HashMap<InstanceId, Incarnation>>,
}

impl Surroundings {
    /// The surroundings of the agents of one system.
    #[must_use]
    pub fn new(system: impl AsRef<str>, clock: Clock, registry: Registry) -> Self {
        let system = system.as_ref().into();
        let (around, listener, last) = (RwLock::default(), OnceLock::new(), Mutex::default());
        Self { system, clock, registry, around, listener, last }
    }

    /// Routes requests to its agents.
    #[must_use]
    pub fn router(&self) -> Router {
        Router::new(self.registry.clone(), self.clock.clone())
    }

    /// Tells this listener of the lives of all agents that start from now on; the first one stays.
    pub fn tell(&self, listener: Arc<dyn LifeListener>) {
        let _ = self.listener.set(listener);
    }

    pub(super) fn changed(&self, agent: &Arc<AgentId>, incarnation: Incarnation, change: &Change) {
        if let Some(listener) = self.listener.get() {
            listener.changed(agent, incarnation, change);
        }
    }

    /// Leaves something of type `T` for agents to find; the first one of a type stays.
    pub(crate) fn leave<T: Any + Send + Sync>(&self, around: T) {
        self.around.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(around));
    }

    /// Notes that an instance has come so far on its seat, before it gets another one. One that was killed and does
    /// not yield may still be in the registry, and must not fence off the next one there.
    pub(crate) fn leaves_seat(&self, instance: InstanceId, last: Incarnation) {
        let mut all = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = all.entry(instance).or_insert(last);
        *noted = last.max(*noted);
    }

    /// The last incarnation of an instance on the seats that it had before; 0, which is none, when it had none.
    pub(crate) fn last_incarnation(&self, instance: InstanceId) -> Incarnation {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&instance).copied().unwrap_or(Incarnation::new(0))
    }

    /// What was left.
    pub(crate) fn left<T: Any + Clone>(&self) -> Option<T> {
        let around = self.around.read().unwrap_or_else(PoisonError::into_inner);
        around.iter().find_map(|left| left.downcast_ref()).cloned()
    }
}
