//! One round of appends from any agents: each is taken or refused by itself, and all that are taken stand or fall together.

use rusqlite::Connection;

use super::catalogue::{Added, Catalogue, Map};
use super::fault::Fault;
use super::index;
use super::record::{Fields, Number};
use super::redo::Addition;
use crate::events::{Append, AppendError, Appended, Position, Repeated, RequestKey, Sequence};
use crate::identity::AgentKey;

/// A round that is being filled.
pub(super) struct Commit<'a, 'e> {
    connection: &'a Connection,
    catalogue: &'a Catalogue,
    addition: Addition<'e>,
    added: Added,
    /// Agents that are new in this round.
    numbers: Map<AgentKey, Number>,
    /// The last events of agents, as of within this round.
    lasts: Map<Number, Sequence>,
    last: Position,
}

impl<'a, 'e> Commit<'a, 'e> {
    pub(super) fn new(connection: &'a Connection, catalogue: &'a Catalogue) -> Self {
        Self {
            connection,
            catalogue,
            addition: Addition { changes: catalogue.changes.count, ..Addition::default() },
            added: Added::default(),
            numbers: Map::default(),
            lasts: Map::default(),
            last: catalogue.last,
        }
    }

    /// Takes an append, or refuses it; an error is one of the store and ends the whole round.
    pub(super) fn take(&mut self, append: &'e Append) -> Result<Result<Appended, AppendError>, Fault> {
        let Append { agent, expected, events } = append;
        let known = self.catalogue.number(agent).or_else(|| self.numbers.get(agent).copied());
        if let Some(number) = known {
            for answered in events.iter().filter_map(|event| event.metadata.answered.as_ref()) {
                if let Some(repeated) = self.answer(number, &answered.key)? {
                    return Ok(Err(AppendError::Repeated { repeated: Box::new(repeated) }));
                }
            }
        }
        let found = match known {
            Some(number) => self.last_of(number)?,
            None => Sequence::START,
        };
        if found != *expected {
            return Ok(Err(AppendError::Conflict { agent: agent.clone(), expected: *expected, found }));
        }
        let number = match known {
            Some(number) => number,
            None => self.introduce(agent),
        };
        let mut sequence = found;
        for event in events {
            (sequence, self.last) = (sequence.next(), self.last.next());
            self.addition.events.push(Fields::of(number, sequence, self.last, event)?);
            self.added.events.push((number, sequence, self.last));
            if let Some(answered) = &event.metadata.answered {
                let repeated = Repeated { sequence, answer: answered.answer.clone() };
                self.added.answers.push(((number, answered.key.clone()), (repeated, event.timestamp)));
            }
        }
        self.lasts.insert(number, sequence);
        Ok(Ok(Appended { sequence, position: self.last }))
    }

    /// What is to be written, and what is to be taken up when it is.
    pub(super) fn done(self) -> (Addition<'e>, Added) {
        (self.addition, self.added)
    }

    fn introduce(&mut self, agent: &AgentKey) -> Number {
        let number = self.catalogue.next_number(self.numbers.len());
        self.numbers.insert(agent.clone(), number);
        self.addition.agents.push((number, agent.clone()));
        self.added.agents.push(agent.clone());
        number
    }

    fn last_of(&self, number: Number) -> Result<Sequence, Fault> {
        match self.lasts.get(&number) {
            Some(last) => Ok(*last),
            None => index::last(self.connection, self.catalogue, number),
        }
    }

    fn answer(&self, number: Number, key: &RequestKey) -> Result<Option<Repeated>, Fault> {
        let here = self.added.answers.iter().find(|((agent, other), _)| *agent == number && other == key);
        let known = here.map(|(_, answer)| answer).or_else(|| self.catalogue.answer(number, key));
        match known {
            Some((repeated, _)) => Ok(Some(repeated.clone())),
            None => Ok(index::answer(self.connection, number, key)?.map(|(repeated, _)| repeated)),
        }
    }
}
