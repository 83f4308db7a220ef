//! One transaction of appends from any agents: each is taken or refused by itself, and all that are taken stand or fall
//! together.

use rusqlite::{CachedStatement, Connection};

use super::catalogue::{Added, Catalogue, Map};
use super::fault::Fault;
use super::record::{self, Number};
use super::{agents, index};
use crate::events::{Append, AppendError, Appended, Position, Repeated, RequestKey, Sequence};

/// A transaction that is being filled.
pub(super) struct Commit<'a> {
    connection: &'a Connection,
    catalogue: &'a Catalogue,
    insertion: CachedStatement<'a>,
    added: Added,
    /// Agents that are new in this transaction.
    numbers: Map<crate::identity::AgentKey, Number>,
    /// The last events of agents, as of within this transaction.
    lasts: Map<Number, Sequence>,
    last: Position,
}

impl<'a> Commit<'a> {
    pub(super) fn new(connection: &'a Connection, catalogue: &'a Catalogue) -> Result<Self, Fault> {
        Ok(Self {
            connection,
            catalogue,
            insertion: record::insertion(connection)?,
            added: Added::default(),
            numbers: Map::default(),
            lasts: Map::default(),
            last: catalogue.last,
        })
    }

    /// Takes an append, or refuses it; an error is one of the store and ends the whole transaction.
    pub(super) fn take(&mut self, append: &Append) -> Result<Result<Appended, AppendError>, Fault> {
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
            None => self.introduce(agent)?,
        };
        let mut sequence = found;
        for event in events {
            (sequence, self.last) = (sequence.next(), self.last.next());
            record::insert(&mut self.insertion, number, sequence, self.last, event)?;
            self.added.events.push((number, sequence, self.last));
            if let Some(answered) = &event.metadata.answered {
                let repeated = Repeated { sequence, answer: answered.answer.clone() };
                self.added.answers.push(((number, answered.key.clone()), (repeated, event.timestamp)));
            }
        }
        self.lasts.insert(number, sequence);
        Ok(Ok(Appended { sequence, position: self.last }))
    }

    /// What is to be taken up when the transaction is committed.
    pub(super) fn into_added(self) -> Added {
        self.added
    }

    fn introduce(&mut self, agent: &crate::identity::AgentKey) -> Result<Number, Fault> {
        let number = self.catalogue.next_number(self.numbers.len());
        agents::write(self.connection, number, agent, Sequence::START)?;
        self.numbers.insert(agent.clone(), number);
        self.added.agents.push(agent.clone());
        Ok(number)
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
