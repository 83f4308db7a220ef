//! The event that led to a message: it travels with what is sent because of it, so that nobody has to pass it on.

use std::fmt;

use crate::identity::AgentKey;

/// An event, by its agent and its number among that agent's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cause {
    /// Whose event it is.
    pub agent: AgentKey,
    /// Which of its events, from 1.
    pub sequence: u64,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {} of {}", self.sequence, self.agent)
    }
}
