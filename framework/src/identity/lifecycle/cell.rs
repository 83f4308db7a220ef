//! A cell that holds the state of one agent and lets it change only as the table allows.

use super::{AgentState, Stage};

/// The state of one agent; it changes only along [`TRANSITIONS`](super::TRANSITIONS).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Lifecycle {
    state: AgentState,
}

/// What one step in an agent's life was; what is announced about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The state before.
    pub from: AgentState,
    /// The state since.
    pub to: AgentState,
}

/// A step that the table does not allow; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{article} {from} agent cannot become {to}; it can become {}", possible(*from), article = article(*from))]
pub struct IllegalTransition {
    /// The stage that the agent is in, still.
    pub from: Stage,
    /// The stage that it cannot go to from there.
    pub to: Stage,
}

impl Change {
    /// Why: the new state's reason or, when it has none, the step in words.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.to.reason().unwrap_or_else(|| step_in_words(self.from.stage(), self.to.stage()))
    }
}

impl Lifecycle {
    /// An agent that nobody knows yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: AgentState::Unregistered }
    }

    /// The state now.
    #[must_use]
    pub const fn state(&self) -> &AgentState {
        &self.state
    }

    /// Goes to `next`.
    ///
    /// # Errors
    /// [`IllegalTransition`] when the table does not allow it; the state is unchanged then.
    pub fn advance(&mut self, next: AgentState) -> Result<Change, IllegalTransition> {
        let (from, to) = (self.state.stage(), next.stage());
        if !from.may_become(to) {
            return Err(IllegalTransition { from, to });
        }
        let from = std::mem::replace(&mut self.state, next.clone());
        Ok(Change { from, to: next })
    }
}

fn step_in_words(from: Stage, to: Stage) -> &'static str {
    match (from, to) {
        (Stage::Terminated, Stage::Registering) => "started again",
        (_, Stage::Registering) => "started",
        (_, Stage::Registered) => "initialised",
        (Stage::Suspended, Stage::Active) => "resumed",
        (_, Stage::Active) => "ready",
        _ => to.name(),
    }
}

fn article(stage: Stage) -> &'static str {
    if matches!(stage, Stage::Unregistered | Stage::Active) { "an" } else { "a" }
}

fn possible(from: Stage) -> String {
    from.successors().map(Stage::name).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn a_state_of(stage: Stage) -> AgentState {
        let reason = || "a test".to_owned();
        match stage {
            Stage::Unregistered => AgentState::Unregistered,
            Stage::Registering => AgentState::Registering { started_at: Duration::ZERO },
            Stage::Registered => AgentState::Registered { registry_id: uuid::Uuid::nil() },
            Stage::Active => AgentState::Active { since: Duration::ZERO, message_count: 0 },
            Stage::Draining => AgentState::Draining { reason: reason(), deadline: Duration::MAX },
            Stage::Suspended => AgentState::Suspended { reason: reason() },
            Stage::Terminated => AgentState::Terminated { reason: reason() },
        }
    }

    #[test]
    fn the_cell_allows_exactly_what_the_table_allows() {
        for from in Stage::ALL {
            for to in Stage::ALL {
                let mut lifecycle = Lifecycle { state: a_state_of(from) };
                match lifecycle.advance(a_state_of(to)) {
                    Ok(change) => {
                        assert!(from.may_become(to), "{from} to {to}");
                        assert_eq!((change.from, change.to), (a_state_of(from), a_state_of(to)));
                        assert_eq!(lifecycle.state().stage(), to);
                    }
                    Err(illegal) => {
                        assert!(!from.may_become(to), "{from} to {to}");
                        assert_eq!(illegal, IllegalTransition { from, to });
                        assert_eq!(lifecycle.state().stage(), from);
                    }
                }
            }
        }
    }

    #[test]
    fn every_change_has_a_reason() {
        for &(from, to) in super::super::TRANSITIONS {
            let mut lifecycle = Lifecycle { state: a_state_of(from) };
            let change = lifecycle.advance(a_state_of(to)).unwrap();
            assert!(!change.reason().is_empty());
            assert_eq!(change.to.reason().unwrap_or(change.reason()), change.reason());
        }
    }

    #[test]
    fn an_illegal_step_says_which_ones_are_possible() {
        let illegal = IllegalTransition { from: Stage::Active, to: Stage::Registered };
        assert_eq!(
            illegal.to_string(),
            "an active agent cannot become registered; it can become suspended or draining or terminated"
        );
    }
}
