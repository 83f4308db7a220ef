//! Hearing of the lives of all agents of a system.

use std::fmt;
use std::sync::Arc;

use crate::identity::lifecycle::Change;
use crate::identity::{AgentId, Incarnation};

/// Hears of every change in the life of every agent of a system, in the order in which each agent goes through them.
pub trait LifeListener: Send + Sync + fmt::Debug + 'static {
    /// A change. Called by whoever brings it about, with the agent's life in hand: it must not wait, and must not look
    /// at the agent.
    fn changed(&self, agent: &Arc<AgentId>, incarnation: Incarnation, change: &Change);
}
