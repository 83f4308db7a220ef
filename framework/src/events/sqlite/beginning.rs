//! Where the events of an agent begin whose first ones were dropped, here or in the log that they come from.

use rusqlite::Connection;

use super::catalogue::Catalogue;
use super::dropped::Dropped;
use super::fault::Fault;
use super::record::{Number, signed};
use super::{Shared, agents, index, snapshots};
use crate::events::{
    BeginError, Beginning, DamagedPlace, KeptAnswer, Position, ReadError, RequestKey, Sequence,
};
use crate::identity::AgentKey;

/// What stands for the events of an agent that were dropped, if some were, with so many answers after a key.
pub(super) fn read(
    connection: &Connection,
    shared: &Shared,
    agent: &AgentKey,
    answers_after: Option<&RequestKey>,
    most: usize,
) -> Result<Option<Beginning>, ReadError> {
    let (number, after) = {
        let catalogue = shared.catalogue();
        let Some(number) = catalogue.number(agent) else { return Ok(None) };
        (number, catalogue.compacted(number))
    };
    if after == Sequence::START {
        return Ok(None);
    }
    let snapshot = snapshots::oldest(connection, number, agent, after)?;
    let snapshot = snapshot.ok_or_else(|| missing(agent, after))?;
    let answers = answers(connection, number, after, answers_after, most)?;
    Ok(Some(Beginning { after, snapshot, answers }))
}

/// Events were dropped, and nothing stands for them.
pub(super) fn missing(agent: &AgentKey, after: Sequence) -> Fault {
    let place = DamagedPlace::Snapshot { agent: agent.clone(), sequence: after };
    Fault::damaged(place, "it is not there, and the events up to it were dropped")
}

fn answers(
    connection: &Connection,
    number: Number,
    up_to: Sequence,
    after: Option<&RequestKey>,
    most: usize,
) -> Result<Vec<KeptAnswer>, Fault> {
    let (action, key) = after.map_or(("", ""), |after| (after.action(), after.key()));
    let condition =
        "agent = ?1 AND sequence <= ?2 AND (action, key) > (?3, ?4) ORDER BY action, key LIMIT ?5";
    let mut select = connection.prepare_cached(&format!("{} WHERE {condition}", index::ANSWERS))?;
    let mut rows = select.query((number, signed(up_to.number()), action, key, most as i64))?;
    let mut answers = Vec::new();
    while let Some(row) = rows.next()? {
        let (_, key, repeated, given) = index::read_answer(row)?;
        answers.push(KeptAnswer { key, repeated, given });
    }
    Ok(answers)
}

/// Begins the events of an agent within a transaction, after all that is known was written to the index. Says at which
/// position, when that is news.
pub(super) fn write(
    connection: &Connection,
    catalogue: &Catalogue,
    beginning: &Beginning,
) -> Result<Result<Option<(Position, Dropped)>, BeginError>, Fault> {
    let agent = beginning.agent();
    let Some(number) = catalogue.number(agent) else {
        let (number, position) = (catalogue.next_number(0), catalogue.last.next());
        agents::write(connection, number, agent, beginning.after)?;
        snapshots::write(connection, number, &beginning.snapshot)?;
        for answer in &beginning.answers {
            write_answer(connection, number, answer)?;
        }
        let dropped = catalogue.dropped.and(position, beginning.snapshot.is_of_life());
        dropped.write(connection, position)?;
        return Ok(Ok(Some((position, dropped))));
    };
    let last = index::last(connection, catalogue, number)?;
    let sequence = beginning.snapshot.sequence;
    let there = snapshots::newest(connection, number, agent, sequence)?;
    let there = there.filter(|there| there.sequence == sequence);
    if let Some(error) = beginning.contradiction(catalogue.compacted(number), last, there.as_ref()) {
        return Ok(Err(error));
    }
    for answer in &beginning.answers {
        match index::answer(connection, number, &answer.key)? {
            None => write_answer(connection, number, answer)?,
            Some((there, _)) => {
                if let Some(error) = beginning.answered_otherwise(answer, &there) {
                    return Ok(Err(error));
                }
            }
        }
    }
    Ok(Ok(None))
}

fn write_answer(connection: &Connection, number: Number, answer: &KeptAnswer) -> Result<(), Fault> {
    let KeptAnswer { key, repeated, given } = answer;
    index::write_answer(connection, number, key, &(repeated.clone(), *given))
}
