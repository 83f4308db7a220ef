//! The index in the file: where the events of an agent are, in runs of many, and which requests were answered.

use rusqlite::{Connection, OptionalExtension, Row};

use super::catalogue::{Catalogue, Tail};
use super::checksum::Checksum;
use super::fault::Fault;
use super::record::{Number, signed, unsigned};
use crate::events::{
    DamagedPlace, Json, Position, RecordedAnswer, Repeated, RequestKey, Sequence, Timestamp,
};

/// Some events of an agent that follow each other, by their positions.
pub(super) struct Run {
    pub(super) agent: Number,
    pub(super) first: Sequence,
    pub(super) positions: Vec<Position>,
}

impl Run {
    pub(super) fn last(&self) -> Sequence {
        Sequence::new(self.first.number().saturating_add(self.positions.len() as u64).saturating_sub(1))
    }

    fn checksum(agent: Number, first: i64, positions: &[u8]) -> u32 {
        Checksum::of("runs").number(unsigned(agent)).number(unsigned(first)).bytes(positions).value()
    }

    fn read(row: &Row<'_>) -> Result<Self, Fault> {
        let (agent, first): (i64, i64) = (row.get(0)?, row.get(1)?);
        let bytes = row.get_ref(2)?.as_blob().map_err(|error| index_damage(error.to_string()))?;
        if row.get::<_, i64>(3)? != i64::from(Self::checksum(agent, first, bytes)) || bytes.len() % 8 != 0 {
            return Err(index_damage(format!(
                "the run of agent {agent} from {first} is not what was written"
            )));
        }
        let positions =
            bytes.as_chunks::<8>().0.iter().map(|bytes| Position::new(u64::from_le_bytes(*bytes)));
        Ok(Self { agent, first: Sequence::new(unsigned(first)), positions: positions.collect() })
    }

    pub(super) fn write(&self, connection: &Connection) -> Result<(), Fault> {
        let bytes: Vec<u8> =
            self.positions.iter().flat_map(|position| position.number().to_le_bytes()).collect();
        let first = signed(self.first.number());
        let crc = Self::checksum(self.agent, first, &bytes);
        let mut insert = connection.prepare_cached("INSERT INTO runs VALUES (?1, ?2, ?3, ?4)")?;
        insert.execute((self.agent, first, bytes, crc))?;
        Ok(())
    }
}

pub(super) fn index_damage(what: String) -> Fault {
    Fault::damaged(DamagedPlace::Index, what)
}

/// The run of an agent that holds this event or, when none does, the one before it.
pub(super) fn run_at(
    connection: &Connection,
    agent: Number,
    sequence: Sequence,
) -> Result<Option<Run>, Fault> {
    let sql = "SELECT agent, first, positions, crc FROM runs WHERE agent = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1";
    let sequence = signed(sequence.number().min(i64::MAX.cast_unsigned()));
    let mut select = connection.prepare_cached(sql)?;
    select.query_row((agent, sequence), |row| Ok(Run::read(row))).optional()?.transpose()
}

/// The last event of an agent.
pub(super) fn last(connection: &Connection, catalogue: &Catalogue, agent: Number) -> Result<Sequence, Fault> {
    if let Some(last) = catalogue.last_of(agent) {
        return Ok(last);
    }
    let run = run_at(connection, agent, Sequence::END)?;
    Ok(run.map_or(catalogue.compacted(agent), |run| run.last()))
}

/// Where the events of an agent after this one up to that one are, at most so many. They follow each other without a
/// gap up to the agent's last event, or it is damage.
pub(super) fn positions(
    connection: &Connection,
    agent: Number,
    tail: Option<&Tail>,
    (after, until): (Sequence, Sequence),
    limit: usize,
) -> Result<Vec<Position>, Fault> {
    let last = match tail {
        Some(tail) => tail.last(),
        None => run_at(connection, agent, Sequence::END)?.map_or(Sequence::START, |run| run.last()),
    };
    let until = until.min(last);
    let mut found = Vec::new();
    while found.len() < limit {
        let next = after.plus(found.len() as u64 + 1);
        if next > until {
            break;
        }
        let room = (limit - found.len()) as u64;
        let wanted = room.min(until.number() - next.number() + 1);
        let before = found.len();
        if let Some(tail) = tail.filter(|tail| tail.before < next) {
            found.extend(part(tail.before.next(), &tail.positions, next, wanted));
        } else if let Some(run) = run_at(connection, agent, next)? {
            found.extend(part(run.first, &run.positions, next, wanted));
        }
        if found.len() == before {
            return Err(index_damage(format!("event {next} of agent {agent} is in no run")));
        }
    }
    Ok(found)
}

/// Of positions that begin with that of event `first`: those from event `next` on, as many as are wanted.
fn part(
    first: Sequence,
    positions: &[Position],
    next: Sequence,
    wanted: u64,
) -> impl Iterator<Item = Position> {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let skip = next.number().saturating_sub(first.number());
    positions.iter().copied().skip(count(skip)).take(count(wanted))
}

/// The answer that a request got, and when, if it is in the index.
pub(super) fn answer(
    connection: &Connection,
    agent: Number,
    key: &RequestKey,
) -> Result<Option<(Repeated, Timestamp)>, Fault> {
    let sql = format!("{ANSWERS} WHERE agent = ?1 AND action = ?2 AND key = ?3");
    let mut select = connection.prepare_cached(&sql)?;
    let found = select.query_row((agent, key.action(), key.key()), |row| Ok(read_answer(row))).optional()?;
    Ok(found.transpose()?.map(|(_, _, repeated, time)| (repeated, time)))
}

/// Reads answers with the columns in the order of [`read_answer`].
pub(super) const ANSWERS: &str =
    "SELECT sequence, time, refused, answer, crc, agent, action, key FROM answers";

/// Reads a row of answers.
pub(super) fn read_answer(row: &Row<'_>) -> Result<(Number, RequestKey, Repeated, Timestamp), Fault> {
    let (sequence, time, refused): (i64, i64, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (answer, crc, agent): (String, i64, i64) = (row.get(3)?, row.get(4)?, row.get(5)?);
    let (action, key): (String, String) = (row.get(6)?, row.get(7)?);
    let damaged =
        || index_damage(format!("the answer to `{action}` of agent {agent} is not what was written"));
    if crc != i64::from(answer_checksum(agent, (&action, &key), sequence, time, (refused, &answer))) {
        return Err(damaged());
    }
    let json = Json::trusted(&answer);
    let answer = if refused { RecordedAnswer::Refusal(json) } else { RecordedAnswer::Reply(json) };
    let key = RequestKey::new(&action, &key).map_err(|_| damaged())?;
    let repeated = Repeated { sequence: Sequence::new(unsigned(sequence)), answer };
    Ok((agent, key, repeated, Timestamp::from_micros(unsigned(time))))
}

pub(super) fn write_answer(
    connection: &Connection,
    agent: Number,
    key: &RequestKey,
    (repeated, time): &(Repeated, Timestamp),
) -> Result<(), Fault> {
    let (refused, answer) = match &repeated.answer {
        RecordedAnswer::Reply(json) => (false, json.as_str()),
        RecordedAnswer::Refusal(json) => (true, json.as_str()),
    };
    let (sequence, time) = (signed(repeated.sequence.number()), signed(time.as_micros()));
    let crc = answer_checksum(agent, (key.action(), key.key()), sequence, time, (refused, answer));
    let mut insert =
        connection.prepare_cached("INSERT INTO answers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    insert.execute((agent, key.action(), key.key(), sequence, time, refused, answer, crc))?;
    Ok(())
}

fn answer_checksum(
    agent: Number,
    (action, key): (&str, &str),
    sequence: i64,
    time: i64,
    (refused, answer): (bool, &str),
) -> u32 {
    let checksum = Checksum::of("answers").number(unsigned(agent)).text(action).text(key);
    let checksum = checksum.number(unsigned(sequence)).number(unsigned(time));
    checksum.number(u64::from(refused)).text(answer).value()
}

/// Writes everything that is not in the index to it; within a transaction.
pub(super) fn flush(connection: &Connection, catalogue: &Catalogue) -> Result<(), Fault> {
    let mut tails: Vec<_> = catalogue.tails().collect();
    // In the order of the table, which makes the fewest pages dirty.
    tails.sort_unstable_by_key(|(agent, _)| *agent);
    for (agent, tail) in tails {
        let run = Run { agent, first: tail.before.next(), positions: tail.positions.clone() };
        run.write(connection)?;
    }
    let mut answers: Vec<_> = catalogue.answers().collect();
    answers.sort_unstable_by_key(|(key, _)| *key);
    for ((agent, key), answer) in answers {
        write_answer(connection, *agent, key, answer)?;
    }
    write_state(connection, catalogue.last, catalogue.dropped.all)
}

/// Notes up to where events are in the index, and up to where some were dropped.
pub(super) fn write_state(
    connection: &Connection,
    indexed: Position,
    dropped: Position,
) -> Result<(), Fault> {
    let (indexed, dropped) = (signed(indexed.number()), signed(dropped.number()));
    let mut replace = connection.prepare_cached("INSERT OR REPLACE INTO state VALUES (1, ?1, ?2, ?3)")?;
    replace.execute((indexed, dropped, state_checksum(indexed, dropped)))?;
    Ok(())
}

/// Up to where events are in the index, and up to where some were dropped.
pub(super) fn read_state(connection: &Connection) -> Result<(Position, Position), Fault> {
    let row = connection
        .query_row("SELECT indexed, compacted, crc FROM state", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        })
        .optional()?;
    let Some((indexed, dropped, crc)) = row else { return Ok((Position::START, Position::START)) };
    if crc != i64::from(state_checksum(indexed, dropped)) {
        return Err(index_damage("the state of the index is not what was written".to_owned()));
    }
    Ok((Position::new(unsigned(indexed)), Position::new(unsigned(dropped))))
}

fn state_checksum(indexed: i64, dropped: i64) -> u32 {
    Checksum::of("state").number(unsigned(indexed)).number(unsigned(dropped)).value()
}
