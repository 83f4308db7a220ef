//! A read model in a SQLite file of its own: what a projection does there is in one transaction with its checkpoint.
//!
//! It is not as durable as the log, and need not be: where the power goes, the last steps may be gone, each with its
//! checkpoint, and are taken again.

use std::fmt;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, OptionalExtension as _};
use tokio::sync::{mpsc, oneshot};

use super::{join, spawn};
use crate::events::{ChangeError, Checkpoint, Position, ReadModel, ReadModelError, Step, Underway};

/// How many jobs may wait for the thread.
const WAITING: usize = 64;

/// What is the framework's in the file; everything else is the projection's.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS mistersmith_checkpoint(
    id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, position INTEGER NOT NULL)";

/// Something to be done with the connection.
type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A model that is tables in a file, made by one projection.
///
/// The projection is lent the connection in the middle of a transaction, and cannot end it: `BEGIN`, `COMMIT` and
/// `ROLLBACK` are refused. Other programs may read the file at any time.
///
/// ```
/// use mistersmith::events::{Projection, StateEvent};
/// use rusqlite::Connection;
///
/// struct Balances;
///
/// impl Projection for Balances {
///     type Model = Connection;
///
///     fn takes(&self, event: &StateEvent) -> bool {
///         event.event_type.name.as_str() == "PaidIn"
///     }
///     fn begin(&self, model: &mut Connection) -> anyhow::Result<()> {
///         Ok(model.execute_batch(
///             "DROP TABLE IF EXISTS balances; CREATE TABLE balances(account TEXT PRIMARY KEY, cents INTEGER)",
///         )?)
///     }
///     fn apply(&self, model: &mut Connection, event: &StateEvent) -> anyhow::Result<()> {
///         let cents: u64 = event.data.read()?;
///         model.execute(
///             "INSERT INTO balances VALUES (?1, ?2) ON CONFLICT DO UPDATE SET cents = cents + ?2",
///             (event.agent.to_string(), i64::try_from(cents)?),
///         )?;
///         Ok(())
///     }
/// }
/// ```
pub struct SqliteReadModel {
    jobs: Option<mpsc::Sender<Job>>,
    /// Whether a projection has the connection.
    is_lent: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl SqliteReadModel {
    /// Opens the model in the file at `path`, or makes one there. Blocks while it does.
    ///
    /// # Errors
    /// When the file cannot be opened or is no SQLite database.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ReadModelError> {
        let mut connection = Connection::open(path).map_err(failed)?;
        connection
            .execute_batch(&format!("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {TABLE}"))
            .map_err(failed)?;
        let is_lent = Arc::new(AtomicBool::new(false));
        let lent = Arc::clone(&is_lent);
        let authorize = move |context: AuthContext<'_>| match context.action {
            AuthAction::Transaction { .. } if lent.load(Ordering::SeqCst) => Authorization::Deny,
            _ => Authorization::Allow,
        };
        connection.authorizer(Some(authorize)).map_err(failed)?;
        let (jobs, mut to_do) = mpsc::channel::<Job>(WAITING);
        let work = move || {
            while let Some(job) = to_do.blocking_recv() {
                job(&mut connection);
            }
        };
        let thread = spawn("read-model", work).map_err(ReadModelError::new)?;
        Ok(Self { jobs: Some(jobs), is_lent, thread: Some(thread) })
    }

    /// Looks at the model, between two steps.
    ///
    /// # Errors
    /// When `look` fails or panics, or the model does not work.
    ///
    /// # Cancel safety
    /// Dropping the future gives up waiting.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ReadModelError> {
        let look = |connection: &mut Connection| catch_unwind(AssertUnwindSafe(|| look(connection)));
        match self.job(look).await? {
            Ok(looked) => looked.map_err(failed),
            Err(_) => Err(ReadModelError::new("the look at it panicked")),
        }
    }

    async fn job<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Result<T, ReadModelError> {
        let (done, outcome) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let _ = done.send(work(connection));
        });
        let ended = || ReadModelError::new("its thread has ended");
        self.jobs.as_ref().ok_or_else(ended)?.send(job).await.map_err(|_| ended())?;
        outcome.await.map_err(|_| ended())
    }
}

impl ReadModel for SqliteReadModel {
    type Model = Connection;

    fn checkpoint(&self) -> Underway<'_, Result<Option<Checkpoint>, ReadModelError>> {
        Box::pin(async { self.job(|connection| checkpoint_in(connection)).await? })
    }

    fn change(&self, step: Step<Connection>) -> Underway<'_, Result<(), ChangeError>> {
        let is_lent = Arc::clone(&self.is_lent);
        Box::pin(async move { self.job(move |connection| change(connection, step, &is_lent)).await? })
    }
}

/// Takes a step in one transaction.
fn change(
    connection: &mut Connection,
    step: Step<Connection>,
    is_lent: &AtomicBool,
) -> Result<(), ChangeError> {
    connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
    let taken = take(connection, step, is_lent);
    let taken = taken.and_then(|()| Ok(connection.execute_batch("COMMIT").map_err(failed)?));
    if taken.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK").map_err(failed)?;
    }
    taken
}

fn take(
    connection: &mut Connection,
    step: Step<Connection>,
    is_lent: &AtomicBool,
) -> Result<(), ChangeError> {
    step.check(checkpoint_in(connection)?)?;
    is_lent.store(true, Ordering::SeqCst);
    let worked = (step.work)(connection);
    is_lent.store(false, Ordering::SeqCst);
    worked.map_err(ChangeError::Undone)?;
    if connection.is_autocommit() {
        let what = "an `ON CONFLICT ROLLBACK` has ended the transaction of the step; use ABORT or FAIL";
        return Err(ChangeError::Undone(anyhow::Error::msg(what)));
    }
    let Checkpoint { version, position } = step.next;
    let position = i64::try_from(position.number()).map_err(ReadModelError::new)?;
    let write = "INSERT OR REPLACE INTO mistersmith_checkpoint VALUES (1, ?1, ?2)";
    connection.execute(write, (version.get(), position)).map_err(failed)?;
    Ok(())
}

fn checkpoint_in(connection: &Connection) -> Result<Option<Checkpoint>, ReadModelError> {
    let read = "SELECT version, position FROM mistersmith_checkpoint";
    let row = connection.query_row(read, [], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?)));
    let Some((version, position)) = row.optional().map_err(failed)? else { return Ok(None) };
    let version =
        NonZeroU32::new(version).ok_or_else(|| ReadModelError::new("its checkpoint has version 0"))?;
    let position = Position::new(u64::try_from(position).map_err(ReadModelError::new)?);
    Ok(Some(Checkpoint { version, position }))
}

fn failed(error: rusqlite::Error) -> ReadModelError {
    ReadModelError::new(error)
}

impl Drop for SqliteReadModel {
    fn drop(&mut self) {
        self.jobs = None;
        join(self.thread.take());
    }
}

impl fmt::Debug for SqliteReadModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteReadModel").finish_non_exhaustive()
    }
}
