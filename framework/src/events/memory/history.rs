//! What a log in memory holds: all events by position, and for each agent where its own are.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;

use crate::events::{
    Append, AppendError, Appended, BeginError, Beginning, CompactError, Compacted, Compaction, KeptAnswer,
    LogLimits, Page, Position, Query, ReadError, Repeated, RequestKey, SaveError, Scope, Sequence, Snapshot,
    StateEvent, Timestamp,
};
use crate::identity::AgentKey;

/// All that was appended.
#[derive(Default)]
pub(super) struct History {
    events: BTreeMap<Position, StateEvent>,
    last: Position,
    /// The last position that a compaction has dropped.
    compacted: Position,
    /// The last one of them that is missed by those who do not ask for lives.
    missed: Position,
    agents: HashMap<AgentKey, Stream>,
    /// In the order of their first events.
    order: Vec<AgentKey>,
}

/// What there is of one agent.
#[derive(Default)]
struct Stream {
    /// The last event that was dropped; those kept follow it.
    compacted: Sequence,
    kept: VecDeque<Position>,
    answers: BTreeMap<RequestKey, (Repeated, Timestamp)>,
    snapshots: BTreeMap<Sequence, Snapshot>,
}

impl Stream {
    fn last(&self) -> Sequence {
        self.compacted.plus(self.kept.len() as u64)
    }

    /// Where the events after `after` up to `until` are.
    fn positions(&self, after: Sequence, until: Sequence) -> impl Iterator<Item = Position> {
        let skip = after.number().saturating_sub(self.compacted.number());
        let take = until.number().saturating_sub(after.number().max(self.compacted.number()));
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        self.kept.iter().copied().skip(count(skip)).take(count(take))
    }
}

impl History {
    pub(super) fn append(&mut self, append: Append) -> Result<Appended, AppendError> {
        let Append { agent, expected, events } = append;
        let stream = self.agents.get(&agent);
        let known = events.iter().filter_map(|event| event.metadata.answered.as_ref());
        let mut repeated = known.filter_map(|answered| stream?.answers.get(&answered.key));
        if let Some((repeated, _)) = repeated.next() {
            return Err(AppendError::Repeated { repeated: Box::new(repeated.clone()) });
        }
        let found = stream.map_or(Sequence::START, Stream::last);
        if found != expected {
            return Err(AppendError::Conflict { agent, expected, found });
        }
        let order = &mut self.order;
        let stream = self.agents.entry(agent.clone()).or_insert_with(|| {
            order.push(agent.clone());
            Stream::default()
        });
        for event in events {
            let (sequence, position) = (stream.last().next(), self.last.next());
            if let Some(answered) = &event.metadata.answered {
                let repeated = Repeated { sequence, answer: answered.answer.clone() };
                stream.answers.insert(answered.key.clone(), (repeated, event.timestamp));
            }
            stream.kept.push_back(position);
            self.events.insert(position, event.at(agent.clone(), sequence, position));
            self.last = position;
        }
        Ok(Appended { sequence: stream.last(), position: self.last })
    }

    pub(super) fn read(&self, query: Query, limits: LogLimits) -> Result<Page, ReadError> {
        match &query.scope {
            Scope::All { after, gaps } => {
                let up_to = if query.is_of_life() { self.compacted } else { self.missed };
                if *after < up_to && !gaps {
                    return Err(ReadError::Compacted { up_to });
                }
                let rest = self.events.range(after.next()..).map(|(_, event)| event);
                Ok(page(rest, &query, limits))
            }
            Scope::Agent { key, after, until } => {
                let Some(stream) = self.agents.get(key) else {
                    return Ok(page(std::iter::empty(), &query, limits));
                };
                if *after < stream.compacted {
                    return Err(ReadError::CompactedOf { agent: key.clone(), up_to: stream.compacted });
                }
                let rest = stream.positions(*after, *until).filter_map(|position| self.events.get(&position));
                Ok(page(rest, &query, limits))
            }
        }
    }

    pub(super) fn last(&self, agent: &AgentKey) -> Sequence {
        self.agents.get(agent).map_or(Sequence::START, Stream::last)
    }

    pub(super) fn answered(&self, agent: &AgentKey, key: &RequestKey) -> Option<Repeated> {
        self.agents.get(agent)?.answers.get(key).map(|(repeated, _)| repeated.clone())
    }

    pub(super) fn agents(&self) -> Vec<AgentKey> {
        self.order.clone()
    }

    pub(super) fn save(&mut self, snapshot: Snapshot) -> Result<(), SaveError> {
        let Snapshot { agent, sequence, .. } = &snapshot;
        let last = self.last(agent);
        match self.agents.get_mut(agent) {
            Some(stream) if *sequence <= last => {
                stream.snapshots.insert(*sequence, snapshot);
                Ok(())
            }
            _ => Err(SaveError::Ahead { agent: agent.clone(), sequence: *sequence, last }),
        }
    }

    pub(super) fn snapshot(&self, agent: &AgentKey, at_most: Sequence) -> Option<Snapshot> {
        let stream = self.agents.get(agent)?;
        let at_most = at_most.min(stream.last());
        stream.snapshots.range(..=at_most).next_back().map(|(_, snapshot)| snapshot.clone())
    }

    pub(super) fn beginning(
        &self,
        agent: &AgentKey,
        answers_after: Option<&RequestKey>,
        most: usize,
    ) -> Option<Beginning> {
        let stream = self.agents.get(agent).filter(|stream| stream.compacted > Sequence::START)?;
        let after = stream.compacted;
        let snapshot = stream.snapshots.range(after..).next()?.1.clone();
        let from = answers_after.map_or(Bound::Unbounded, Bound::Excluded);
        let answers = stream.answers.range((from, Bound::Unbounded));
        let answers = answers.filter(|(_, (repeated, _))| repeated.sequence <= after).map(
            |(key, (repeated, given))| KeptAnswer {
                key: key.clone(),
                repeated: repeated.clone(),
                given: *given,
            },
        );
        Some(Beginning { after, snapshot, answers: answers.take(most).collect() })
    }

    pub(super) fn begin(&mut self, beginning: Beginning) -> Result<Position, BeginError> {
        let agent = beginning.agent().clone();
        if let Some(stream) = self.agents.get(&agent) {
            let there = stream.snapshots.get(&beginning.snapshot.sequence);
            let answered = |answer: &KeptAnswer| {
                let (there, _) = stream.answers.get(&answer.key)?;
                beginning.answered_otherwise(answer, there)
            };
            let contradiction = beginning.contradiction(stream.compacted, stream.last(), there);
            if let Some(error) = contradiction.or_else(|| beginning.answers.iter().find_map(answered)) {
                return Err(error);
            }
        } else {
            self.order.push(agent.clone());
            self.last = self.last.next();
            self.compacted = self.last;
            if !beginning.snapshot.is_of_life() {
                self.missed = self.last;
            }
        }
        let Beginning { after, snapshot, answers } = beginning;
        let stream = self.agents.entry(agent).or_default();
        stream.compacted = after;
        stream.snapshots.insert(snapshot.sequence, snapshot);
        for KeptAnswer { key, repeated, given } in answers {
            stream.answers.entry(key).or_insert((repeated, given));
        }
        Ok(self.last)
    }

    pub(super) fn compact(&mut self, compaction: &Compaction) -> Result<Compacted, CompactError> {
        let Compaction { agent, up_to, keep_answers_since } = compaction;
        let missing = || CompactError::NoSnapshot { agent: agent.clone(), up_to: *up_to };
        let stream = self.agents.get_mut(agent).ok_or_else(missing)?;
        let last = stream.last();
        let stands = stream.snapshots.range(up_to..=&last).next().ok_or_else(missing)?;
        let (first_needed, is_of_life) = (*stands.0, stands.1.is_of_life());
        let mut compacted = Compacted::default();
        while stream.compacted < *up_to
            && let Some(position) = stream.kept.pop_front()
        {
            stream.compacted = stream.compacted.next();
            self.events.remove(&position);
            self.compacted = self.compacted.max(position);
            if !is_of_life {
                self.missed = self.missed.max(position);
            }
            compacted.events += 1;
        }
        let needed = stream.snapshots.split_off(&first_needed);
        compacted.snapshots = std::mem::replace(&mut stream.snapshots, needed).len() as u64;
        let before = stream.answers.len();
        let gone = stream.compacted;
        stream
            .answers
            .retain(|_, (repeated, given)| repeated.sequence > gone || *given >= *keep_answers_since);
        compacted.answers = (before - stream.answers.len()) as u64;
        Ok(compacted)
    }
}

/// The next events of `rest` that the query takes, within the limits.
fn page<'a>(rest: impl Iterator<Item = &'a StateEvent>, query: &Query, limits: LogLimits) -> Page {
    let limit = query.limit.min(limits.page_events);
    let mut page = Page { events: Vec::new(), next: query.clone(), at_end: true };
    let mut bytes = 0;
    for event in rest {
        let size = event.size();
        let is_full =
            page.events.len() >= limit || bytes + size > limits.page_bytes && !page.events.is_empty();
        if is_full {
            page.at_end = false;
            break;
        }
        page.next = query.after(event);
        if query.takes(event) {
            bytes += size;
            page.events.push(event.clone());
        }
    }
    page
}
