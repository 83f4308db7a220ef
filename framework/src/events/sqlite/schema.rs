//! The tables of the log's file, and the numbers by which it is known.
//!
//! The truth is `events`, `agents` and `snapshots`. `runs` and `answers` help to find events again and are made from
//! them; they are written for many events at a time, because an index entry for each would dirty one page for each
//! agent in every commit, which is what made single commits slow in the trial of this design.

use rusqlite::Connection;

use super::changes::Changes;

/// `MSEV`: who looks at the file with other tools learns whose it is.
pub(super) const APPLICATION: i32 = 0x4d53_4556;

/// The version of the format that is written. Older ones are read; newer ones are refused.
pub(super) const FORMAT: i32 = 2;

const TABLES: &str = "
    CREATE TABLE state(
        id INTEGER PRIMARY KEY CHECK (id = 1),
        indexed INTEGER NOT NULL,
        compacted INTEGER NOT NULL,
        crc INTEGER NOT NULL);
    CREATE TABLE agents(
        id INTEGER PRIMARY KEY,
        domain TEXT NOT NULL,
        name TEXT NOT NULL,
        instance BLOB NOT NULL,
        compacted INTEGER NOT NULL,
        crc INTEGER NOT NULL);
    CREATE TABLE events(
        position INTEGER PRIMARY KEY,
        agent INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        time INTEGER NOT NULL,
        type TEXT NOT NULL,
        version INTEGER NOT NULL,
        data TEXT NOT NULL,
        causality TEXT,
        metadata TEXT,
        crc INTEGER NOT NULL);
    CREATE TABLE runs(
        agent INTEGER NOT NULL,
        first INTEGER NOT NULL,
        positions BLOB NOT NULL,
        crc INTEGER NOT NULL,
        PRIMARY KEY (agent, first)) WITHOUT ROWID;
    CREATE TABLE answers(
        agent INTEGER NOT NULL,
        action TEXT NOT NULL,
        key TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        time INTEGER NOT NULL,
        refused INTEGER NOT NULL,
        answer TEXT NOT NULL,
        crc INTEGER NOT NULL,
        PRIMARY KEY (agent, action, key)) WITHOUT ROWID;
    CREATE TABLE snapshots(
        agent INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        time INTEGER NOT NULL,
        version INTEGER NOT NULL,
        causality TEXT,
        state TEXT NOT NULL,
        crc INTEGER NOT NULL,
        PRIMARY KEY (agent, sequence));
";

/// Made when something is dropped: up to where that is missed by those who do not ask for lives. It holds for the
/// `compacted` of `state` that stands in it; where it is not there, or that is another one, all that was dropped is
/// missed.
pub(super) const MISSED: &str = "
    CREATE TABLE IF NOT EXISTS missed(
        id INTEGER PRIMARY KEY CHECK (id = 1),
        position INTEGER NOT NULL,
        compacted INTEGER NOT NULL,
        crc INTEGER NOT NULL)";

/// New in format 2, as is the redo log beside the file.
const CHANGES: &str = "
    CREATE TABLE changes(
        id INTEGER PRIMARY KEY CHECK (id = 1),
        log INTEGER NOT NULL,
        count INTEGER NOT NULL,
        crc INTEGER NOT NULL);";

/// Makes the tables of an empty file.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(&format!("{TABLES} {CHANGES} PRAGMA application_id = {APPLICATION};"))?;
    Changes::begin(&transaction)?;
    transaction.execute_batch(&format!("PRAGMA user_version = {FORMAT};"))?;
    transaction.commit()
}

/// What the file says it is: application and format.
pub(super) fn identity(connection: &Connection) -> rusqlite::Result<(i32, i32)> {
    let application = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let format = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok((application, format))
}

/// Makes a log of an older format one of the present format: who knows format 1 would not look for the redo log.
pub(super) fn bring_up(connection: &Connection) -> rusqlite::Result<()> {
    if identity(connection)?.1 == FORMAT {
        return Ok(());
    }
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(CHANGES)?;
    Changes::begin(&transaction)?;
    transaction.execute_batch(&format!("PRAGMA user_version = {FORMAT};"))?;
    transaction.commit()
}

/// Whether there is anything in the file.
pub(super) fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}

/// What SQLite finds wrong with the structure of the file, at most ten things.
pub(super) fn problems(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(10)")?;
    let problems = statement.query_map([], |row| row.get::<_, String>(0))?;
    let problems: Vec<String> = problems.collect::<Result<_, _>>()?;
    Ok(problems.into_iter().filter(|problem| problem != "ok").collect())
}
