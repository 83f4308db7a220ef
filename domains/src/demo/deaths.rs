//! Who died of what, and who came back: taken from the restart history of the system.

use std::collections::BTreeMap;

use mistersmith::supervisor::{Event, History, What};
use serde::Serialize;

/// The deaths of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Deaths {
    /// How many deaths, by agent and by the kind of its exit.
    pub by_agent: BTreeMap<String, BTreeMap<String, u64>>,
    /// How many deaths in all.
    pub total: u64,
    /// How many of them were followed by a restart.
    pub came_back: u64,
}

impl Deaths {
    /// Those that the history knows.
    #[must_use]
    pub fn of(history: &History) -> Self {
        let mut deaths = Self::default();
        for event in history.events() {
            let What::Decided(decision) = event.what else { continue };
            deaths.came_back += u64::from(decision.started.first.contains(&decision.child));
            if decision.retry {
                continue; // It died before; this is a further attempt to bring it back.
            }
            let (agent, kind) = (decision.child.to_string(), decision.exit.kind().to_owned());
            *deaths.by_agent.entry(agent).or_default().entry(kind).or_default() += 1;
            deaths.total += 1;
        }
        deaths
    }
}

/// A death in two words: `pricer-2 panic`.
pub(super) fn in_words(event: &Event) -> Option<String> {
    let What::Decided(decision) = &event.what else { return None };
    (!decision.retry).then(|| format!("{} {}", decision.child, decision.exit.kind()))
}
