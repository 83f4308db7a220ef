//! What an event-sourced agent holds in memory: its state, or what its replicas have made of it together.

use super::pressed::press;
use super::reminder::write_snapshot;
use super::weave::{Change, Weave, Woven};
use super::{EventSourced, Reminders};
use crate::events::{Dot, Json, VectorClock};

/// The state of an agent.
pub(super) enum Held<S: EventSourced> {
    /// Of one that has no replicas.
    Alone(S),
    /// Of one that has.
    Woven(Box<Weave<S>>),
}

impl<S: EventSourced> Held<S> {
    /// What is decided on.
    pub(super) fn state(&self) -> &S {
        match self {
            Self::Alone(state) => state,
            Self::Woven(weave) => weave.state(),
        }
    }

    /// It, as it can be written down, with what the agent is still to be reminded of.
    ///
    /// # Errors
    /// When JSON has no form for it.
    pub(super) fn snapshot(&self, reminders: &Reminders) -> Result<Json, serde_json::Error> {
        match self {
            Self::Alone(state) => write_snapshot(state.snapshot(), reminders),
            Self::Woven(weave) => press(weave),
        }
    }

    /// All states that there are.
    pub(super) fn siblings(&self) -> &[S] {
        match self {
            Self::Alone(state) => std::slice::from_ref(state),
            Self::Woven(weave) => weave.siblings(),
        }
    }

    /// Applies an event that was decided here; where there are replicas, under this name, and the state has this
    /// version then.
    ///
    /// # Errors
    /// When it cannot be applied; the state is spoiled then.
    pub(super) fn apply(
        &mut self,
        event: &S::Event,
        dot: Option<&Dot>,
        version: &VectorClock,
    ) -> anyhow::Result<()> {
        match (self, dot) {
            (Self::Alone(state), _) => state.apply(event),
            (Self::Woven(weave), Some(dot)) => {
                match weave.add(&Change { dot, version, event: Some(event) })? {
                    Woven::In => Ok(()),
                    Woven::Late => {
                        anyhow::bail!("expected {dot} to come after all changes of version {version}")
                    }
                }
            }
            (Self::Woven(_), None) => anyhow::bail!("an event of a replica has no name"),
        }
    }
}
