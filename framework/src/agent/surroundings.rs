//! What all agents of one system share: its name, its time, its registry.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::clock::Clock;
use crate::identity::{Incarnation, InstanceId};
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
    around: OnceLock<Arc<dyn Any + Send + Sync>>,
    /// The last incarnations of the instances that have left a seat: those on the next one are newer.
    last: Mutex<HashMap<InstanceId, Incarnation>>,
}

impl Surroundings {
    /// The surroundings of the agents of one system.
    #[must_use]
    pub fn new(system: impl AsRef<str>, clock: Clock, registry: Registry) -> Self {
        let system = system.as_ref().into();
        Self { system, clock, registry, around: OnceLock::new(), last: Mutex::default() }
    }

    /// Routes requests to its agents.
    #[must_use]
    pub fn router(&self) -> Router {
        Router::new(self.registry.clone(), self.clock.clone())
    }

    /// Leaves something of type `T` for agents to find; the first one stays.
    pub(crate) fn leave<T: Any + Send + Sync>(&self, around: T) {
        let _ = self.around.set(Arc::new(around));
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
    pub(crate) fn left<T: Any>(&self) -> Option<&T> {
        self.around.get()?.downcast_ref()
    }
}
