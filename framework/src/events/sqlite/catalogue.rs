//! What a log knows in memory: its agents, and where the events are that no index names yet.
//!
//! The writer changes it when a commit is done; the reader looks at it before it looks at the file. Something that
//! moves from here to the file is for a moment in both, never in neither.

use foldhash::fast::RandomState;

use super::changes::Changes;
use super::dropped::Dropped;
use super::record::Number;
use crate::events::{Damage, Position, Repeated, RequestKey, Sequence, Timestamp};
use crate::identity::AgentKey;

/// A map with a hash that is cheap for short keys: there are several look-ups for each event.
pub(super) type Map<K, V> = std::collections::HashMap<K, V, RandomState>;

/// What is known in memory.
#[derive(Default)]
pub(super) struct Catalogue {
    numbers: Map<AgentKey, Number>,
    /// The keys by number, which begin at 1.
    pub(super) keys: Vec<AgentKey>,
    /// For each agent, the last event that was dropped.
    pub(super) compacted: Vec<Sequence>,
    /// For each agent, its last event, if something of it was appended since the log was opened.
    lasts: Vec<Option<Sequence>>,
    /// Up to which position events were dropped.
    pub(super) dropped: Dropped,
    /// What its redo log is known by.
    pub(super) changes: Changes,
    /// The last event of the log.
    pub(super) last: Position,
    /// Up to here, events are in the index.
    pub(super) indexed: Position,
    tails: Map<Number, Tail>,
    answers: Map<(Number, RequestKey), (Repeated, Timestamp)>,
    /// How many events are in the tails.
    waiting: usize,
    /// Why nothing is written any more.
    pub(super) damage: Option<Damage>,
}

/// The newest events of an agent: those that are not in the index.
#[derive(Clone, Debug)]
pub(super) struct Tail {
    /// The event before the first of them.
    pub(super) before: Sequence,
    pub(super) positions: Vec<Position>,
}

impl Tail {
    pub(super) fn last(&self) -> Sequence {
        self.before.plus(self.positions.len() as u64)
    }
}

/// What one round adds.
#[derive(Default)]
pub(super) struct Added {
    pub(super) agents: Vec<AgentKey>,
    pub(super) events: Vec<(Number, Sequence, Position)>,
    pub(super) answers: Vec<((Number, RequestKey), (Repeated, Timestamp))>,
}

impl Catalogue {
    /// The number of an agent, if it has events.
    pub(super) fn number(&self, agent: &AgentKey) -> Option<Number> {
        self.numbers.get(agent).copied()
    }

    /// The agent of a number.
    pub(super) fn key(&self, number: Number) -> Option<&AgentKey> {
        self.keys.get(index_of(number)?)
    }

    /// The last event of an agent that was dropped.
    pub(super) fn compacted(&self, number: Number) -> Sequence {
        index_of(number).and_then(|index| self.compacted.get(index)).copied().unwrap_or_default()
    }

    /// The last event of an agent, if it is known without a look into the file.
    pub(super) fn last_of(&self, number: Number) -> Option<Sequence> {
        index_of(number).and_then(|index| self.lasts.get(index)).copied().flatten()
    }

    /// Notes up to where events of an agent are dropped, and up to where some of the log are.
    pub(super) fn set_dropped(&mut self, number: Number, (up_to, dropped): (Sequence, Dropped)) {
        if let Some(compacted) = index_of(number).and_then(|index| self.compacted.get_mut(index)) {
            *compacted = up_to;
        }
        self.dropped = dropped;
    }

    /// The number that the next new agent gets, when `more` are new before it.
    pub(super) fn next_number(&self, more: usize) -> Number {
        (self.keys.len() + more + 1).cast_signed() as Number
    }

    pub(super) fn add_agent(&mut self, agent: AgentKey, compacted: Sequence) {
        self.numbers.insert(agent.clone(), self.next_number(0));
        self.keys.push(agent);
        self.compacted.push(compacted);
        self.lasts.push(None);
    }

    /// Takes up an agent whose events begin after this one, at this position; all others are in the index.
    pub(super) fn begin(
        &mut self,
        agent: AgentKey,
        after: Sequence,
        (position, dropped): (Position, Dropped),
    ) {
        self.add_agent(agent, after);
        (self.last, self.indexed, self.dropped) = (position, position, dropped);
    }

    /// Of the events of an agent that are not in the index, if some are not: so many after this one.
    pub(super) fn tail(&self, number: Number, after: Sequence, limit: usize) -> Option<Tail> {
        let Tail { before, positions } = self.tails.get(&number)?;
        let passed = after.number().saturating_sub(before.number()).min(positions.len() as u64);
        let rest = positions.iter().copied().skip(usize::try_from(passed).unwrap_or(usize::MAX));
        Some(Tail { before: before.plus(passed), positions: rest.take(limit).collect() })
    }

    pub(super) fn tails(&self) -> impl Iterator<Item = (Number, &Tail)> {
        self.tails.iter().map(|(number, tail)| (*number, tail))
    }

    /// An answer that is not in the index.
    pub(super) fn answer(&self, number: Number, key: &RequestKey) -> Option<&(Repeated, Timestamp)> {
        // A look-up by parts is not possible in a map of pairs, and a key is two pointers.
        self.answers.get(&(number, key.clone()))
    }

    pub(super) fn answers(&self) -> impl Iterator<Item = (&(Number, RequestKey), &(Repeated, Timestamp))> {
        self.answers.iter()
    }

    /// How many events are not in the index.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Takes up what a transaction has added.
    pub(super) fn add(&mut self, added: Added) {
        for agent in added.agents {
            self.add_agent(agent, Sequence::START);
        }
        for (number, sequence, position) in added.events {
            let tail = self.tails.entry(number).or_insert_with(|| Tail {
                before: Sequence::new(sequence.number().saturating_sub(1)),
                positions: Vec::new(),
            });
            tail.positions.push(position);
            if let Some(last) = index_of(number).and_then(|index| self.lasts.get_mut(index)) {
                *last = Some(sequence);
            }
            self.last = position;
            self.waiting += 1;
        }
        self.answers.extend(added.answers);
    }

    /// Forgets what is in the index now.
    pub(super) fn all_indexed(&mut self) {
        self.tails.clear();
        self.answers.clear();
        self.waiting = 0;
        self.indexed = self.last;
    }
}

fn index_of(number: Number) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}
