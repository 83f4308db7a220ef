//! Reading from the file: every row's checksum is looked at, and every gap is noticed.

use rusqlite::Connection;

use super::Shared;
use super::catalogue::Tail;
use super::fault::Fault;
use super::record::{self, Number, Record, signed};
use super::{index, snapshots};
use crate::events::{
    DamagedPlace, LogLimits, Page, Position, Query, ReadError, Repeated, RequestKey, Scope, Sequence,
    Snapshot, StateEvent,
};
use crate::identity::AgentKey;

/// How many events are looked at for one page, whether they are asked for or not.
const LOOKED_AT: usize = 8192;

/// A page that is being filled.
struct Filling<'a> {
    page: Page,
    query: &'a Query,
    limit: usize,
    bytes: usize,
    most_bytes: usize,
}

impl Filling<'_> {
    /// Puts the next event on the page, if it is asked for; false when there is no room for it.
    fn put(&mut self, event: StateEvent) -> bool {
        let size = event.size();
        let events = &mut self.page.events;
        if events.len() >= self.limit || self.bytes + size > self.most_bytes && !events.is_empty() {
            self.page.at_end = false;
            return false;
        }
        self.page.next = self.query.after(&event);
        if self.query.takes(&event) {
            self.bytes += size;
            events.push(event);
        }
        true
    }

    /// What is wrong with the next event ends the page before it; on an empty page there is nothing else to say.
    fn stop(mut self, fault: Fault) -> Result<Page, ReadError> {
        if self.page.next == *self.query {
            return Err(fault.into());
        }
        self.page.at_end = false;
        Ok(self.page)
    }
}

/// A page of events.
pub(super) fn read(
    connection: &Connection,
    shared: &Shared,
    query: &Query,
    limits: LogLimits,
) -> Result<Page, ReadError> {
    let page = Page { events: Vec::new(), next: query.clone(), at_end: true };
    let limit = query.limit.min(limits.page_events);
    let filling = Filling { page, query, limit, bytes: 0, most_bytes: limits.page_bytes };
    match &query.scope {
        Scope::All { after, gaps } => read_all(connection, shared, *after, *gaps, filling),
        Scope::Agent { key, after, until } => read_one(connection, shared, key, (*after, *until), filling),
    }
}

fn read_all(
    connection: &Connection,
    shared: &Shared,
    after: Position,
    gaps: bool,
    mut filling: Filling<'_>,
) -> Result<Page, ReadError> {
    let of_life = filling.query.is_of_life();
    let compacted = || {
        let dropped = shared.catalogue().dropped;
        let up_to = if of_life { dropped.all } else { dropped.missed };
        if after < up_to && !gaps { Err(ReadError::Compacted { up_to }) } else { Ok(()) }
    };
    compacted()?;
    // Before the rows are read: what is appended meanwhile is not missed.
    let known_last = shared.known_last();
    let unapplied = shared.pending.after(after);
    let sql = "position > ?1 ORDER BY position LIMIT ?2";
    let mut select = record::selection(connection, sql).map_err(Fault::from)?;
    let range = (signed(after.number().min(i64::MAX.cast_unsigned())), LOOKED_AT as i64);
    let mut rows = select.query(range).map_err(Fault::from)?;
    let (mut expected, mut looked_at) = (after.next(), 0);
    let mut rest = None;
    loop {
        let row = rows.next().map_err(Fault::from).and_then(|row| row.map(record::read).transpose());
        let next = match row {
            // The rows have ended, and not because so many were asked for.
            Ok(None) if looked_at < LOOKED_AT || rest.is_some() => {
                let rest = rest.get_or_insert_with(|| unapplied.from(expected, None).map(Vec::into_iter));
                rest.as_mut().map_err(|fault| fault.clone()).map(Iterator::next)
            }
            row => row,
        };
        let record = match next {
            Ok(Some(record)) => record,
            Ok(None) => break,
            Err(fault) => return filling.stop(fault),
        };
        looked_at += 1;
        let position = record.event.position;
        let missed = expected.max(shared.catalogue().dropped.all.next());
        if position > missed {
            let place = DamagedPlace::Event { position: missed };
            return filling.stop(Fault::damaged(place, "it is not there"));
        }
        expected = position.next();
        let Some(key) = shared.catalogue().key(record.agent).cloned() else {
            let place = DamagedPlace::Event { position };
            return filling.stop(Fault::damaged(place, "its agent is not known"));
        };
        if !filling.put(record.event.of(&key)) {
            break;
        }
    }
    // Something may have been dropped meanwhile.
    compacted()?;
    if looked_at == LOOKED_AT {
        filling.page.at_end = false;
    }
    let expected = expected.max(shared.catalogue().dropped.all.next());
    if filling.page.at_end && expected <= known_last {
        return filling.stop(Fault::damaged(DamagedPlace::Event { position: expected }, "it is not there"));
    }
    Ok(filling.page)
}

fn read_one(
    connection: &Connection,
    shared: &Shared,
    key: &AgentKey,
    (after, until): (Sequence, Sequence),
    mut filling: Filling<'_>,
) -> Result<Page, ReadError> {
    let Some((number, tail)) = shared.stream(key, after) else { return Ok(filling.page) };
    let compacted = || {
        let up_to = shared.catalogue().compacted(number);
        if after < up_to { Err(ReadError::CompactedOf { agent: key.clone(), up_to }) } else { Ok(()) }
    };
    compacted()?;
    let positions = index::positions(connection, number, tail.as_ref(), (after, until), LOOKED_AT)?;
    let looked_at = positions.len();
    let unapplied = shared.pending.after(Position::START);
    let mut rest = None;
    let mut select = record::selection(connection, "position = ?1").map_err(Fault::from)?;
    for (sequence, position) in (after.next().number()..).map(Sequence::new).zip(positions) {
        let mut rows = select.query([signed(position.number())]).map_err(Fault::from)?;
        let record = rows.next().map_err(Fault::from).and_then(|row| match row {
            Some(row) => record::read(row).map(Some),
            None => {
                // Positions grow: what is before this one is not asked for again.
                let rest =
                    rest.get_or_insert_with(|| unapplied.from(position, Some(number)).map(Vec::into_iter));
                let rest = rest.as_mut().map_err(|fault| fault.clone())?;
                Ok(rest.find(|record| record.event.position == position))
            }
        });
        let record = match record.and_then(|record| right(record, number, key, sequence)) {
            Ok(record) => record,
            Err(fault) => {
                // Something may have been dropped meanwhile.
                compacted()?;
                return filling.stop(fault);
            }
        };
        if !filling.put(record.event.of(key)) {
            break;
        }
    }
    if looked_at == LOOKED_AT {
        filling.page.at_end = false;
    }
    Ok(filling.page)
}

/// The record, if it is the event that the index says it is.
fn right(
    record: Option<Record>,
    number: Number,
    key: &AgentKey,
    sequence: Sequence,
) -> Result<Record, Fault> {
    let place = DamagedPlace::EventOf { agent: key.clone(), sequence };
    match record {
        Some(record) if record.agent == number && record.event.sequence == sequence => Ok(record),
        Some(_) => Err(Fault::damaged(place, "another event is where it should be")),
        None => Err(Fault::damaged(place, "it is not there")),
    }
}

/// The last event of an agent.
pub(super) fn last(connection: &Connection, shared: &Shared, key: &AgentKey) -> Result<Sequence, ReadError> {
    let catalogue = shared.catalogue();
    match catalogue.number(key) {
        None => Ok(Sequence::START),
        Some(number) => Ok(index::last(connection, &catalogue, number)?),
    }
}

/// The answer that a request got.
pub(super) fn answered(
    connection: &Connection,
    shared: &Shared,
    agent: &AgentKey,
    key: &RequestKey,
) -> Result<Option<Repeated>, ReadError> {
    let in_memory = {
        let catalogue = shared.catalogue();
        if let Some(damage) = &catalogue.damage {
            return Err(damage.clone().into());
        }
        let Some(number) = catalogue.number(agent) else { return Ok(None) };
        catalogue.answer(number, key).map(|(repeated, _)| repeated.clone()).ok_or(number)
    };
    match in_memory {
        Ok(repeated) => Ok(Some(repeated)),
        Err(number) => Ok(index::answer(connection, number, key)?.map(|(repeated, _)| repeated)),
    }
}

/// The newest snapshot that is not too new.
pub(super) fn snapshot(
    connection: &Connection,
    shared: &Shared,
    agent: &AgentKey,
    at_most: Sequence,
) -> Result<Option<Snapshot>, ReadError> {
    let (number, last) = {
        let catalogue = shared.catalogue();
        let Some(number) = catalogue.number(agent) else { return Ok(None) };
        (number, index::last(connection, &catalogue, number)?)
    };
    Ok(snapshots::newest(connection, number, agent, at_most.min(last))?)
}

impl Shared {
    /// The number of an agent and its newest events after this one, taken together.
    fn stream(&self, agent: &AgentKey, after: Sequence) -> Option<(Number, Option<Tail>)> {
        let catalogue = self.catalogue();
        let number = catalogue.number(agent)?;
        Some((number, catalogue.tail(number, after, LOOKED_AT)))
    }

    /// The last event of the log that is known to be there; nothing is known of a damaged one.
    fn known_last(&self) -> Position {
        let catalogue = self.catalogue();
        if catalogue.damage.is_some() { Position::START } else { catalogue.last }
    }
}
