//! The stages of an agent's life, and the one table of what may follow what.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where in its life an agent is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Default,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Stage {
    /// It has an identity, and nobody can find it.
    #[default]
    Unregistered,
    /// It is being initialised.
    Registering,
    /// It can be found, and has not begun to work.
    Registered,
    /// It works.
    Active,
    /// It finishes what is queued, and takes nothing new.
    Draining,
    /// It refuses work until it is resumed.
    Suspended,
    /// It has ended. The same agent may be started again, as a new incarnation.
    Terminated,
}

/// What may follow what. Anything that lives may end at any moment, for a crash asks nobody; what has ended may
/// be started again under the same identity, so a restart is an end and a registration.
pub const TRANSITIONS: &[(Stage, Stage)] = &[
    (Stage::Unregistered, Stage::Registering),
    (Stage::Registering, Stage::Registered),
    (Stage::Registered, Stage::Active),
    (Stage::Active, Stage::Suspended),
    (Stage::Suspended, Stage::Active),
    (Stage::Active, Stage::Draining),
    (Stage::Suspended, Stage::Draining),
    (Stage::Unregistered, Stage::Terminated),
    (Stage::Registering, Stage::Terminated),
    (Stage::Registered, Stage::Terminated),
    (Stage::Active, Stage::Terminated),
    (Stage::Draining, Stage::Terminated),
    (Stage::Suspended, Stage::Terminated),
    (Stage::Terminated, Stage::Registering),
];

impl Stage {
    /// Every stage, in the order of a life without incident.
    pub const ALL: [Self; 7] = [
        Self::Unregistered,
        Self::Registering,
        Self::Registered,
        Self::Active,
        Self::Draining,
        Self::Suspended,
        Self::Terminated,
    ];

    /// Whether an agent in this stage may go to `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        TRANSITIONS.contains(&(self, next))
    }

    /// The stages that an agent in this stage may go to, in the table's order.
    pub fn successors(self) -> impl Iterator<Item = Self> {
        TRANSITIONS.iter().filter(move |(from, _)| *from == self).map(|(_, to)| *to)
    }

    /// Whether an agent in this stage takes work.
    #[must_use]
    pub fn takes_work(self) -> bool {
        self == Self::Active
    }

    /// The stage's name in snake case, stable, for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unregistered => "unregistered",
            Self::Registering => "registering",
            Self::Registered => "registered",
            Self::Active => "active",
            Self::Draining => "draining",
            Self::Suspended => "suspended",
            Self::Terminated => "terminated",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The table as a Mermaid state diagram, for documentation.
#[must_use]
pub fn diagram() -> String {
    let mut lines = vec!["stateDiagram-v2".to_owned(), format!("    [*] --> {}", Stage::default())];
    lines.extend(TRANSITIONS.iter().map(|(from, to)| format!("    {from} --> {to}")));
    lines.push(format!("    {} --> [*]\n", Stage::Terminated));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stage_follows_itself_and_no_edge_is_written_twice() {
        for (i, edge) in TRANSITIONS.iter().enumerate() {
            assert_ne!(edge.0, edge.1);
            assert!(!TRANSITIONS[..i].contains(edge), "{edge:?}");
        }
    }

    #[test]
    fn whatever_lives_may_end() {
        for stage in Stage::ALL {
            assert_eq!(stage.may_become(Stage::Terminated), stage != Stage::Terminated, "{stage}");
        }
    }

    #[test]
    fn a_crashed_agent_may_be_started_again_and_only_after_it_has_ended() {
        let before_registering: Vec<_> =
            Stage::ALL.into_iter().filter(|stage| stage.may_become(Stage::Registering)).collect();
        assert_eq!(before_registering, [Stage::Unregistered, Stage::Terminated]);
    }

    #[test]
    fn every_stage_is_reached_and_left() {
        for stage in Stage::ALL {
            assert!(stage.successors().count() > 0, "{stage}");
            let reached = TRANSITIONS.iter().any(|(_, to)| *to == stage);
            assert_eq!(reached, stage != Stage::Unregistered, "{stage}");
        }
    }

    #[test]
    fn draining_is_not_taken_back() {
        assert_eq!(Stage::Draining.successors().collect::<Vec<_>>(), [Stage::Terminated]);
    }

    #[test]
    fn the_diagram_shows_every_edge_of_the_table_and_no_other() {
        let diagram = diagram();
        for from in Stage::ALL {
            for to in Stage::ALL {
                let line = format!("    {from} --> {to}\n");
                assert_eq!(diagram.contains(&line), from.may_become(to), "{line}");
            }
        }
    }

    #[test]
    fn a_stage_is_called_the_same_by_people_and_by_programs() {
        for stage in Stage::ALL {
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.name());
        }
    }
}
