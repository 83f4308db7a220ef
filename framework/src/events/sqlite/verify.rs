//! Looking at every record of the file: what does not fit to what is said to be there.

use std::collections::HashMap;

use rusqlite::Connection;

use super::Shared;
use super::changes::Changes;
use super::fault::Fault;
use super::record::{self, Number};
use super::{beginning, index, schema, snapshots};
use crate::events::{Damage, DamagedPlace, Position, ReadError, Sequence};

/// How much damage is listed; a file with more of it is not looked at further.
const LISTED: usize = 1000;

/// What has been found.
struct Found(Vec<Damage>);

impl Found {
    fn note(&mut self, place: DamagedPlace, what: impl Into<String>) {
        let damage = Damage::new(place, what);
        // What was found when the log was opened is found again.
        let is_known =
            self.0.first().is_some_and(|first| (&first.place, &first.what) == (&damage.place, &damage.what));
        if self.0.len() < LISTED && !is_known {
            self.0.push(damage);
        }
    }

    /// Notes damage; anything else is no finding but a reason to stop.
    fn take<T>(&mut self, looked: Result<T, Fault>) -> Result<Option<T>, Fault> {
        match looked {
            Ok(seen) => Ok(Some(seen)),
            Err(Fault::Damaged(damage)) => {
                self.note(damage.place, damage.what);
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }
}

/// Everything that is damaged, or the first thousand of it.
pub(super) fn verify(connection: &Connection, shared: &Shared) -> Result<Vec<Damage>, ReadError> {
    let mut found = Found(Vec::new());
    // What cannot get into the tables is looked at when it is read.
    let _ = shared.pending.settle();
    // One transaction: all of it is looked at as of one moment.
    let transaction = connection.unchecked_transaction().map_err(Fault::from)?;
    if let Some(damage) = &shared.catalogue().damage {
        found.note(damage.place.clone(), damage.what.clone());
    }
    let problems = found.take(schema::problems(&transaction).map_err(Fault::from))?;
    for problem in problems.into_iter().flatten() {
        found.note(DamagedPlace::File, problem);
    }
    let looked = look_at_events(&transaction, shared, &mut found);
    found.take(looked)?;
    found.take(Changes::read(&transaction))?;
    let looked = look_at_answers(&transaction, &mut found);
    found.take(looked)?;
    let looked = look_at_snapshots(&transaction, shared, &mut found);
    found.take(looked)?;
    let looked = look_at_beginnings(&transaction, shared, &mut found);
    found.take(looked)?;
    Ok(found.0.into_iter().map(|damage| shared.located(damage, connection)).collect())
}

/// Every event, and whether the index leads to each.
fn look_at_events(connection: &Connection, shared: &Shared, found: &mut Found) -> Result<(), Fault> {
    let (indexed, dropped) = index::read_state(connection)?;
    let mut lasts: HashMap<Number, Sequence> = HashMap::new();
    let mut places: HashMap<(Number, Sequence), Position> = HashMap::new();
    let mut select = record::selection(connection, "1 ORDER BY position")?;
    let mut rows = select.query([])?;
    let mut expected = Position::START.next();
    while let Some(row) = rows.next()? {
        let Some(record) = found.take(record::read(row))? else {
            expected = expected.next();
            continue;
        };
        let (position, sequence) = (record.event.position, record.event.sequence);
        let missed = expected.max(dropped.next());
        if position > missed {
            found.note(DamagedPlace::Event { position: missed }, "it is not there");
        }
        expected = position.next();
        let before = lasts.insert(record.agent, sequence);
        let before = before.unwrap_or_else(|| shared.catalogue().compacted(record.agent));
        if sequence != before.next() {
            let what = format!("expected event {} of agent {}, got {sequence}", before.next(), record.agent);
            found.note(DamagedPlace::Event { position }, what);
        }
        if position <= indexed {
            places.insert((record.agent, sequence), position);
        }
    }
    look_at_runs(connection, shared, places, found)
}

/// Whether the runs lead to exactly the events that are there.
fn look_at_runs(
    connection: &Connection,
    shared: &Shared,
    mut places: HashMap<(Number, Sequence), Position>,
    found: &mut Found,
) -> Result<(), Fault> {
    let agents = shared.catalogue().keys.len();
    for agent in 1..=Number::try_from(agents).unwrap_or(Number::MAX) {
        let compacted = shared.catalogue().compacted(agent);
        let range = (compacted, Sequence::END);
        let Some(positions) = found.take(index::positions(connection, agent, None, range, usize::MAX))?
        else {
            continue;
        };
        for (sequence, position) in (compacted.next().number()..).map(Sequence::new).zip(positions) {
            if places.remove(&(agent, sequence)) != Some(position) {
                let what = format!("event {sequence} of agent {agent} is not at position {position}");
                found.note(DamagedPlace::Index, what);
            }
        }
    }
    for ((agent, sequence), position) in places {
        let what = format!("event {sequence} of agent {agent} at position {position} is in no run");
        found.note(DamagedPlace::Index, what);
    }
    Ok(())
}

/// Every answer in the index.
fn look_at_answers(connection: &Connection, found: &mut Found) -> Result<(), Fault> {
    let mut select = connection.prepare(index::ANSWERS)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        found.take(index::read_answer(row))?;
    }
    Ok(())
}

/// Every snapshot.
fn look_at_snapshots(connection: &Connection, shared: &Shared, found: &mut Found) -> Result<(), Fault> {
    let mut select = connection.prepare(snapshots::ALL)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let number: Number = row.get(0)?;
        match shared.catalogue().key(number) {
            Some(agent) => {
                found.take(snapshots::read(row, agent))?;
            }
            None => {
                found.note(DamagedPlace::File, format!("a snapshot is of agent {number}, which is not known"))
            }
        }
    }
    Ok(())
}

/// Whether a snapshot stands for whatever was dropped. One that is damaged was found before.
fn look_at_beginnings(connection: &Connection, shared: &Shared, found: &mut Found) -> Result<(), Fault> {
    let agents = shared.catalogue().keys.clone();
    for (number, agent) in (1..).zip(&agents) {
        let dropped = shared.catalogue().compacted(number);
        if dropped == Sequence::START {
            continue;
        }
        let last = index::last(connection, &shared.catalogue(), number)?;
        let stands = match snapshots::oldest(connection, number, agent, dropped) {
            Ok(snapshot) => snapshot.is_some_and(|snapshot| snapshot.sequence <= last),
            Err(Fault::Damaged(_)) => true,
            Err(fault) => return Err(fault),
        };
        if !stands {
            found.take::<()>(Err(beginning::missing(agent, dropped)))?;
        }
    }
    Ok(())
}
