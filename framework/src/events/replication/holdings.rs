//! What a log has of each agent with replicas: its version, and where the events of each replica lie. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::{Cell, Digest, hash, leaf};
use crate::events::{Replica, Sequence, StateEvent, VectorClock};
use crate::identity::AgentKey;

/// What a log has, by the hashes of its agents. Two agents of one hash will not be met: it has 122 bits of SHA-1.
#[derive(Default)]
pub(super) struct Holdings {
    agents: BTreeMap<u128, Holding>,
    /// Those whose version has changed since their leaf was made.
    changed: BTreeSet<u128>,
}

/// What a log has of one agent.
struct Holding {
    key: AgentKey,
    version: VectorClock,
    /// The last event, whether it has a dot or not.
    last: Sequence,
    places: BTreeMap<Replica, Vec<Run>>,
    leaf: u128,
}

/// Events of one replica that follow each other in the log without another one in between.
struct Run {
    count: u64,
    sequence: Sequence,
    length: u64,
}

impl Holdings {
    /// Notes the next event of the log.
    pub(super) fn note(&mut self, event: &StateEvent) {
        let hash = hash(&event.agent);
        let holding = self.agents.entry(hash).or_insert_with(|| Holding {
            key: event.agent.clone(),
            version: VectorClock::new(),
            last: Sequence::START,
            places: BTreeMap::new(),
            leaf: 0,
        });
        holding.last = event.sequence;
        let Some(dot) = event.dot() else { return };
        // What would leave a gap is not claimed to be there.
        if dot.count != holding.version.get(&dot.replica) + 1 {
            return;
        }
        holding.version.advance(&dot.replica);
        self.changed.insert(hash);
        let runs = holding.places.entry(dot.replica).or_default();
        match runs.last_mut() {
            Some(run) if run.sequence.plus(run.length) == event.sequence => run.length += 1,
            _ => runs.push(Run { count: dot.count, sequence: event.sequence, length: 1 }),
        }
    }

    /// Brings the digests up to the versions.
    pub(super) fn settle(&mut self) {
        for hash in std::mem::take(&mut self.changed) {
            if let Some(holding) = self.agents.get_mut(&hash) {
                holding.leaf = leaf(&holding.key, &holding.version);
            }
        }
    }

    /// The version of an agent's state that the log has.
    pub(super) fn version(&self, agent: &AgentKey) -> VectorClock {
        self.agents.get(&hash(agent)).map(|holding| holding.version.clone()).unwrap_or_default()
    }

    /// The last event of an agent.
    pub(super) fn last(&self, agent: &AgentKey) -> Sequence {
        self.agents.get(&hash(agent)).map_or(Sequence::START, |holding| holding.last)
    }

    /// After which event those begin that `version` has not seen; `None` when it has seen all.
    pub(super) fn unseen_after(&self, agent: &AgentKey, version: &VectorClock) -> Option<Sequence> {
        let holding = self.agents.get(&hash(agent))?;
        let unseen = |(replica, runs): (&Replica, &Vec<Run>)| {
            let next = version.get(replica).saturating_add(1);
            let run = runs.get(runs.partition_point(|run| run.count + run.length <= next))?;
            Some(run.sequence.plus(next - run.count).number() - 1)
        };
        holding.places.iter().filter_map(unseen).min().map(Sequence::new)
    }

    /// The agents of a cell that have a version. In short.
    pub(super) fn digest(&self, cell: Cell) -> Digest {
        let leaves = self.within(cell).map(|holding| holding.leaf);
        leaves.fold(Digest::default(), Digest::and)
    }

    /// The agents of a cell that have a version, each with it.
    pub(super) fn versions(&self, cell: Cell) -> impl Iterator<Item = (&AgentKey, &VectorClock)> {
        self.within(cell).map(|holding| (&holding.key, &holding.version))
    }

    fn within(&self, cell: Cell) -> impl Iterator<Item = &Holding> {
        let holdings = self.agents.range(cell.hashes()).map(|(_, holding)| holding);
        holdings.filter(|holding| !holding.version.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{EventType, Json, NewEvent, Position, Timestamp};

    fn agent() -> AgentKey {
        let id = "bank/account@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44";
        id.parse::<crate::identity::AgentId>().unwrap().key()
    }

    /// Holdings of a log with events of these replicas.
    fn holdings(replicas: &[&str]) -> Holdings {
        let (mut holdings, mut version) = (Holdings::default(), VectorClock::new());
        for (index, name) in replicas.iter().enumerate() {
            let mut new = NewEvent::new(
                Timestamp::default(),
                EventType::first("Done").unwrap(),
                Json::of(&index).unwrap(),
            );
            if !name.is_empty() {
                version.advance(&Replica::new(name));
                new.causality = version.clone();
                new.metadata.replica = Some(Replica::new(name));
            }
            holdings.note(&new.at(agent(), Sequence::new(index as u64 + 1), Position::START));
        }
        holdings.settle();
        holdings
    }

    #[test]
    fn what_a_version_has_not_seen_begins_at_its_first_event() {
        let holdings = holdings(&["a", "a", "b", "", "a", "b", "b"]);
        let after = |a: u64, b: u64| {
            let version = [(Replica::new("a"), a), (Replica::new("b"), b)].into_iter().collect();
            holdings.unseen_after(&agent(), &version).map(Sequence::number)
        };
        assert_eq!(after(0, 0), Some(0));
        assert_eq!(after(1, 9), Some(1));
        assert_eq!(after(2, 0), Some(2));
        assert_eq!(after(2, 1), Some(4));
        assert_eq!(after(3, 1), Some(5));
        assert_eq!(after(3, 2), Some(6));
        assert_eq!(after(3, 3), None);
        assert_eq!(after(u64::MAX, u64::MAX), None);
        assert_eq!(holdings.last(&agent()).number(), 7);
        assert_eq!(holdings.version(&agent()).to_string(), "{a: 3, b: 3}");
    }

    #[test]
    fn a_digest_is_of_versions_and_not_of_the_order_in_which_they_came() {
        let digest = |replicas: &[&str]| holdings(replicas).digest(Cell::ROOT);
        assert_eq!(digest(&["a", "b"]), digest(&["b", "", "a"]));
        assert_ne!(digest(&["a", "b"]), digest(&["a", "b", "b"]));
        assert_ne!(digest(&["a"]), digest(&["b"]));
        assert_eq!(digest(&["", ""]), Digest::default());
    }
}
