//! What all agents of one system share: its name, its time, its registry.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use crate::clock::Clock;
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
}

impl Surroundings {
    /// The surroundings of the agents of one system.
    #[must_use]
    pub fn new(system: impl AsRef<str>, clock: Clock, registry: Registry) -> Self {
        Self { system: system.as_ref().into(), clock, registry, around: OnceLock::new() }
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

    /// What was left.
    pub(crate) fn left<T: Any>(&self) -> Option<&T> {
        self.around.get()?.downcast_ref()
    }
}
