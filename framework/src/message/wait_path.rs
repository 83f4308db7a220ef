//! Who waits for whom, so that an ask that would wait on itself is refused before it is sent.

use std::fmt;
use std::sync::Arc;

use crate::identity::{AgentId, InstanceId};

/// The agents that wait for the answer to a message, the nearest first. Shared by all that is asked on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct WaitPath {
    waiting: Arc<AgentId>,
    above: Option<Arc<WaitPath>>,
}

impl WaitPath {
    /// `waiting` asks, and the agents on the path `above` wait for it.
    #[must_use]
    pub fn new(waiting: Arc<AgentId>, above: Option<Arc<Self>>) -> Self {
        Self { waiting, above }
    }

    /// Whether this agent waits.
    #[must_use]
    pub fn holds(&self, instance: &InstanceId) -> bool {
        self.iter().any(|waiting| waiting.instance == *instance)
    }

    /// The agents that wait, the nearest first.
    pub fn iter(&self) -> impl Iterator<Item = &AgentId> {
        std::iter::successors(Some(self), |path| path.above.as_deref()).map(|path| &*path.waiting)
    }

    /// The path in words, the first asker first: `shop/till -> shop/stock`.
    fn in_words(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agents: Vec<_> = self.iter().collect();
        for (position, agent) in agents.iter().rev().enumerate() {
            let arrow = if position == 0 { "" } else { " -> " };
            write!(f, "{arrow}{}/{}", agent.domain, agent.name)?;
        }
        Ok(())
    }
}

impl fmt::Display for WaitPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.in_words(f)
    }
}

impl fmt::Debug for WaitPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.in_words(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn agent(name: &str) -> Arc<AgentId> {
        let instance = InstanceId::random(&Clock::seeded(name.len() as u64));
        Arc::new(format!("shop/{name}@1.0.0#{}", instance.as_uuid()).parse().unwrap())
    }

    #[test]
    fn everybody_on_the_path_waits_and_nobody_else_does() {
        let (till, stock, lorry) = (agent("till"), agent("stock"), agent("lorries"));
        let path = WaitPath::new(Arc::clone(&till), None);
        let path = WaitPath::new(Arc::clone(&stock), Some(Arc::new(path)));
        assert!(path.holds(&till.instance) && path.holds(&stock.instance));
        assert!(!path.holds(&lorry.instance));
        assert_eq!(path.to_string(), "shop/till -> shop/stock");
    }
}
