//! A supervisor and everything below it as data, read without asking anybody.

use std::time::Duration;

use serde::Serialize;

use super::children::State;
use super::{ChildId, ChildState, ChildType, Flags, Restart, Supervisor};
use crate::exit::Exit;

/// A supervisor and everything below it as data, as it is at this moment.
#[derive(Clone, Debug, Serialize)]
pub struct Node {
    /// What it is called in its supervisor.
    pub id: ChildId,
    /// What it is.
    pub child_type: ChildType,
    /// What it is doing.
    pub state: ChildState,
    /// Its restart type.
    pub restart: Restart,
    /// How often it was restarted, by its supervisor's present incarnation.
    pub restarts: u64,
    /// How long its present incarnation has run, in seconds.
    pub age: Option<f64>,
    /// How its last incarnation ended, if one has.
    pub last_exit: Option<Exit>,
    /// Whether an earlier process of it was killed and has not yielded: no other is started until it has.
    pub orphaned: bool,
    /// In how many seconds its next start is tried, if that was put off for a while.
    pub next_attempt: Option<f64>,
    /// The flags, if it is a supervisor that runs.
    pub flags: Option<Flags>,
    /// How many restarts it may still make now, if it is a supervisor that runs.
    pub budget_left: Option<u32>,
    /// What it says of itself.
    pub facts: serde_json::Map<String, serde_json::Value>,
    /// Its children in start order.
    pub children: Vec<Node>,
}

impl Supervisor {
    /// It and everything below it as data. Reads what is known at this moment: it waits for nobody, also when the
    /// supervisor is in the middle of a restart.
    #[must_use]
    pub fn tree(&self) -> Node {
        let now = self.clock.now();
        Node {
            id: ChildId::from(self.path().rsplit('/').next().unwrap_or_default()),
            child_type: ChildType::Supervisor,
            state: if self.process.is_gone() { ChildState::Down } else { ChildState::Running },
            restart: Restart::Temporary,
            restarts: 0,
            age: None,
            last_exit: self.process.exit(),
            orphaned: false,
            next_attempt: None,
            flags: Some(self.flags()),
            budget_left: Some(self.board.budget().left(now)),
            facts: serde_json::Map::new(),
            children: self.children_as_data(now),
        }
    }

    fn children_as_data(&self, now: Duration) -> Vec<Node> {
        // Copied out first, so that the keeper is not held up while the levels below are read.
        let children: Vec<_> = self.board.children().iter().map(|(_, child)| child.clone()).collect();
        children
            .into_iter()
            .map(|child| {
                let below = match &child.state {
                    State::Running(running) => running.supervisor.as_deref(),
                    State::Down | State::Restarting => None,
                };
                Node {
                    id: child.spec.id.clone(),
                    child_type: child.spec.child_type,
                    state: ChildState::of(&child.state),
                    restart: child.spec.restart,
                    restarts: child.restarts.into(),
                    orphaned: child.is_orphaned(),
                    next_attempt: child.next_attempt(now).map(|left| left.as_secs_f64()),
                    age: child.age(now).map(|age| age.as_secs_f64()),
                    flags: below.map(Self::flags),
                    budget_left: below.map(|below| below.board.budget().left(now)),
                    facts: child.spec.start.facts(),
                    children: below.map(|below| below.children_as_data(now)).unwrap_or_default(),
                    last_exit: child.last_exit.as_deref().cloned(),
                }
            })
            .collect()
    }
}
