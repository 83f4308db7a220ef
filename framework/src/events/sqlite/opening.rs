//! Opening a log: whose file it is, whether all is there that was promised, and where its newest events are.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::catalogue::{Added, Catalogue};
use super::changes::Changes;
use super::dropped::Dropped;
use super::fault::Fault;
use super::mark::{Mark, MarkError, Marked};
use super::record::signed;
use super::{OpenError, SqliteOptions, agents, applier, index, record, redo, schema};
use crate::events::{Damage, DamagedPlace, Durability, Position, Repeated};

/// What was opened.
pub(super) struct Opened {
    pub(super) writer: Connection,
    pub(super) applier: Connection,
    pub(super) reader: Connection,
    pub(super) catalogue: Catalogue,
    pub(super) mark: Mark,
}

/// How many prepared statements a connection keeps: more than there are.
const STATEMENTS: usize = 32;

/// Pages of the write-ahead log before it is taken over into the file: 4 MiB, which stay in the processor's cache. Each
/// commit is dearer in a larger one, and by far in one that grows.
const CHECKPOINT: u32 = 1000;

pub(super) fn open(path: &Path, options: &SqliteOptions) -> Result<Opened, OpenError> {
    if options.durability == Durability::Process {
        return Err(OpenError::NotDurable);
    }
    let (mut mark, marked) = Mark::open(path).map_err(|error| match error {
        MarkError::InUse => OpenError::InUse { path: path.into() },
        MarkError::Io(source) => OpenError::Store { path: path.into(), source: Arc::new(source) },
    })?;
    let connected = || {
        let not_opened = |error| not_opened(path, error);
        let writer = connect(path, options, OpenFlags::default()).map_err(not_opened)?;
        prepare(&writer, path, options)?;
        let applier = connect(path, options, OpenFlags::default()).map_err(not_opened)?;
        set(&applier, options).map_err(not_opened)?;
        let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = connect(path, options, read_only).map_err(not_opened)?;
        Ok((writer, applier, reader))
    };
    // A file with a mark beside it was a log, whatever it is now.
    let (writer, mut applier, reader) = connected().map_err(|error| match (error, &marked) {
        (OpenError::NotALog { path, what }, Marked::UpTo(_) | Marked::Unreadable) => {
            OpenError::Damaged { path, what }
        }
        (error, _) => error,
    })?;

    let mut catalogue = load(&writer, options);
    if catalogue.damage.is_none() {
        let brought_up = schema::bring_up(&writer).map_err(Fault::from);
        catalogue.changes =
            brought_up.and_then(|()| Changes::read(&writer)).map_err(|fault| unavailable(path, fault))?;
        if apply_redo(&mut applier, path, options, &catalogue).map_err(|fault| unavailable(path, fault))? {
            catalogue = load(&writer, options);
        }
    }
    let lost = match marked {
        Marked::UpTo(acknowledged) if acknowledged > catalogue.last && catalogue.damage.is_none() => {
            Some(OpenError::Lost { path: path.into(), acknowledged, found: catalogue.last })
        }
        Marked::Unreadable => Some(OpenError::Unmarked { path: path.into() }),
        Marked::Nothing if catalogue.last > Position::START && catalogue.damage.is_none() => {
            Some(OpenError::NoMark { path: path.into(), found: catalogue.last })
        }
        Marked::Nothing | Marked::UpTo(_) => None,
    };
    match lost {
        Some(lost) if options.accept_loss => tracing::warn!(%lost, "a log is opened that has lost events"),
        Some(lost) => return Err(lost),
        None => {}
    }
    // In a damaged log nothing is written, and what was acknowledged stays acknowledged.
    if catalogue.damage.is_none() {
        let is_to_be_safe = options.durability == Durability::PowerLoss || redo::is_left_behind(path);
        let put_down = if is_to_be_safe { put_down(&applier) } else { Ok(()) };
        let forgotten = put_down.and_then(|()| redo::forget(path).map_err(Fault::from));
        forgotten.and_then(|()| limit(&writer, options)).map_err(|fault| unavailable(path, fault))?;
        let begun = mark.begin(catalogue.last);
        begun.map_err(|source| OpenError::Store { path: path.into(), source: Arc::new(source) })?;
    }
    Ok(Opened { writer, applier, reader, catalogue, mark })
}

fn connect(path: &Path, options: &SqliteOptions, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // No row is larger than what is taken, so a length that says otherwise is damage, found before it is allocated.
    let largest = options.limits.snapshot_bytes.max(options.limits.event_bytes).saturating_mul(2);
    let largest = largest.max(1 << 20);
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::try_from(largest).unwrap_or(i32::MAX))?;
    Ok(connection)
}

fn not_opened(path: &Path, error: rusqlite::Error) -> OpenError {
    match Fault::from(error) {
        Fault::Damaged(damage) => OpenError::NotALog { path: path.into(), what: damage.what },
        Fault::Full(source) | Fault::Broken(source) => OpenError::Store { path: path.into(), source },
    }
}

/// Makes the tables of a new log, and looks whether those of an old one are understood.
fn prepare(writer: &Connection, path: &Path, options: &SqliteOptions) -> Result<(), OpenError> {
    let failed = |error| not_opened(path, error);
    let (application, format) = schema::identity(writer).map_err(failed)?;
    let is_ours = application == schema::APPLICATION;
    if !is_ours && !schema::is_empty(writer).map_err(failed)? {
        return Err(OpenError::NotALog { path: path.into(), what: "another SQLite database".to_owned() });
    }
    if is_ours && format > schema::FORMAT {
        let supported = schema::FORMAT;
        return Err(OpenError::Newer { path: path.into(), found: format, supported });
    }
    if is_ours && format < 1 {
        return Err(OpenError::NotALog { path: path.into(), what: format!("a log of format {format}") });
    }
    set(writer, options).map_err(failed)?;
    if !is_ours {
        schema::create(writer).map_err(failed)?;
    }
    Ok(())
}

/// How a connection writes.
fn set(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    let synchronous = if options.durability == Durability::PowerLoss { "FULL" } else { "NORMAL" };
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = {CHECKPOINT}; \
         PRAGMA journal_size_limit = 67108864;"
    ))
}

/// How large the file may become by what is no event; how large by events, the writer says before it acknowledges them.
fn limit(connection: &Connection, options: &SqliteOptions) -> Result<(), Fault> {
    if let Some(pages) = options.most_pages {
        connection.execute_batch(&format!("PRAGMA max_page_count = {pages};"))?;
    }
    Ok(())
}

/// Makes sure that the tables are on the disk, with all that was committed: what a process that died has left in the
/// write-ahead log may not be there yet.
fn put_down(connection: &Connection) -> Result<(), Fault> {
    let is_busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if is_busy {
        let busy = std::io::Error::other("somebody else reads the tables of the log, or writes to them");
        return Err(Fault::Broken(Arc::new(busy)));
    }
    Ok(())
}

fn unavailable(path: &Path, fault: Fault) -> OpenError {
    let source: Arc<dyn Error + Send + Sync> = match fault {
        Fault::Damaged(damage) => Arc::new(damage),
        Fault::Full(source) | Fault::Broken(source) => source,
    };
    OpenError::Store { path: path.into(), source }
}

/// Takes over into the tables what a process that died has left in the redo log, and says whether there was something.
fn apply_redo(
    connection: &mut Connection,
    path: &Path,
    options: &SqliteOptions,
    known: &Catalogue,
) -> Result<bool, Fault> {
    let Changes { log, count } = known.changes;
    let frames = redo::following(redo::left_behind(path, log, options.accept_loss)?, (known.last, count));
    if !frames.is_empty() {
        applier::apply(connection, frames.iter())?;
    }
    Ok(!frames.is_empty())
}

/// What is known of the log; up to where it is damaged, if it is.
fn load(connection: &Connection, options: &SqliteOptions) -> Catalogue {
    let mut catalogue = Catalogue::default();
    let loaded = check(connection, options)
        .and_then(|()| agents::load(connection, &mut catalogue))
        .and_then(|()| load_tail(connection, &mut catalogue));
    if let Err(fault) = loaded {
        let damage = match fault {
            Fault::Damaged(damage) => damage,
            Fault::Full(source) | Fault::Broken(source) => {
                Damage::new(DamagedPlace::File, source.to_string())
            }
        };
        catalogue.damage = Some(damage);
    }
    catalogue
}

fn check(connection: &Connection, options: &SqliteOptions) -> Result<(), Fault> {
    if !options.check {
        return Ok(());
    }
    let problems = schema::problems(connection)?;
    if problems.is_empty() { Ok(()) } else { Err(Fault::damaged(DamagedPlace::File, problems.join("; "))) }
}

/// Takes up the events that came after the index was written last.
fn load_tail(connection: &Connection, catalogue: &mut Catalogue) -> Result<(), Fault> {
    let (indexed, dropped) = index::read_state(connection)?;
    (catalogue.indexed, catalogue.last) = (indexed, indexed);
    catalogue.dropped = Dropped::read(connection, dropped)?;
    if schema::identity(connection)?.1 == schema::FORMAT {
        catalogue.changes = Changes::read(connection)?;
    }
    let mut select = record::selection(connection, "position > ?1 ORDER BY position")?;
    let mut rows = select.query([signed(indexed.number())])?;
    while let Some(row) = rows.next()? {
        let record = record::read(row)?;
        let (number, event) = (record.agent, record.event);
        let place = DamagedPlace::Event { position: event.position };
        if event.position != catalogue.last.next() {
            let place = DamagedPlace::Event { position: catalogue.last.next() };
            return Err(Fault::damaged(place, "it is not there"));
        }
        if catalogue.key(number).is_none() {
            return Err(Fault::damaged(place, format!("its agent, number {number}, is not known")));
        }
        let expected = index::last(connection, catalogue, number)?.next();
        if event.sequence != expected {
            let what = format!("expected it to be event {expected} of its agent, got {}", event.sequence);
            return Err(Fault::damaged(place, what));
        }
        let answered = event.new.metadata.answered.clone().map(|answered| {
            let repeated = Repeated { sequence: event.sequence, answer: answered.answer };
            ((number, answered.key), (repeated, event.new.timestamp))
        });
        let events = vec![(number, event.sequence, event.position)];
        catalogue.add(Added { agents: Vec::new(), events, answers: answered.into_iter().collect() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_wait_for_the_disk_where_the_loss_of_power_is_outlived() {
        // 1 is NORMAL, 2 is FULL: <https://sqlite.org/pragma.html#pragma_synchronous>.
        for (durability, expected) in [(Durability::ProcessDeath, 1), (Durability::PowerLoss, 2)] {
            let folder = tempfile::tempdir().unwrap();
            let opened = open(&folder.path().join("log"), &SqliteOptions::new(durability)).unwrap();
            for connection in [opened.writer, opened.applier] {
                let synchronous = connection.query_row("PRAGMA synchronous", [], |row| row.get::<_, i64>(0));
                assert_eq!(synchronous.unwrap(), expected, "{durability:?}");
            }
        }
    }
}
