//! A stage together with what is known about it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Stage;

/// Where in its life an agent is, with what is known about it.
///
/// Moments are times since the origin of the system's clock, as read by [`Clock::now`](crate::clock::Clock::now).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// It has an identity, and nobody can find it.
    #[default]
    Unregistered,
    /// It is being initialised.
    Registering {
        /// When that began.
        started_at: Duration,
    },
    /// It can be found, and has not begun to work.
    Registered {
        /// The registry that knows it.
        registry_id: Uuid,
    },
    /// It works.
    Active {
        /// Since when.
        since: Duration,
        /// The messages that this incarnation had handled when the state was read.
        message_count: u64,
    },
    /// It finishes what is queued, and takes nothing new.
    Draining {
        /// Why.
        reason: String,
        /// When it ends, finished or not.
        deadline: Duration,
    },
    /// It refuses work until it is resumed.
    Suspended {
        /// Why; the refusals repeat it.
        reason: String,
    },
    /// It has ended.
    Terminated {
        /// Why.
        reason: String,
    },
}

impl AgentState {
    /// The stage alone.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Unregistered => Stage::Unregistered,
            Self::Registering { .. } => Stage::Registering,
            Self::Registered { .. } => Stage::Registered,
            Self::Active { .. } => Stage::Active,
            Self::Draining { .. } => Stage::Draining,
            Self::Suspended { .. } => Stage::Suspended,
            Self::Terminated { .. } => Stage::Terminated,
        }
    }

    /// Why it is so, in the stages that somebody chose or something caused: draining, suspended, terminated.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Draining { reason, .. } | Self::Suspended { reason } | Self::Terminated { reason } => {
                Some(reason)
            }
            Self::Unregistered | Self::Registering { .. } | Self::Registered { .. } | Self::Active { .. } => {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_the_codecs() {
        let state = AgentState::Draining { reason: "upgrade".into(), deadline: Duration::from_millis(1500) };
        let json = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<AgentState>(&json).unwrap(), state);
        let bytes = bincode::serialize(&state).unwrap();
        assert_eq!(bincode::deserialize::<AgentState>(&bytes).unwrap(), state);
    }
}
