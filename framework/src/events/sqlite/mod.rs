//! The embedded durable log: one SQLite file with a redo log before it, a thread that writes, one that applies and one that
//! reads. The only room that names SQL.
//!
//! Appends of all agents that wait at the same time are one round in the redo log, with one wait for the disk (group
//! commit); many rounds are one transaction of the tables a little later (docs/decisions/0009).
//! Every record has a checksum, because SQLite has none; its structure is checked when it is opened; and a mark beside
//! the file says up to where events were acknowledged, so that a log which has lost some is not taken for a whole one.
//!
//! A log is the files `log` and `log-mark`, and while it is open, or after its process has died, `log-wal`, `log-shm`,
//! `log-redo-0` and `log-redo-1`: they are copied together, and while nobody has it open.

mod schema;
mod checksum;
mod fault;
mod record;
mod catalogue;
mod agents;
mod index;
mod dropped;
mod snapshots;
mod changes;
mod mark;
mod options;
mod opening;
mod commit;
mod beginning;
mod compacting;
mod redo;
mod pending;
mod applier;
mod round;
mod intake;
mod writer;
mod reading;
mod verify;
mod read_model;
mod telling;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use self::applier::Applier;
use self::catalogue::Catalogue;
use self::intake::{Intake, Order};
use self::pending::Pending;
use self::redo::Redo;
use self::writer::Writer;
use super::{
    Append, AppendError, Appended, BeginError, Beginning, CompactError, Compacted, Compaction, Damage,
    DamagedLog, Durability, EventLog, LogLimits, Page, Position, Query, ReadError, Repeated, RequestKey,
    SaveError, Sequence, Snapshot, TooLarge, Underway,
};
use crate::identity::AgentKey;

pub use options::{OpenError, SqliteOptions};
pub use read_model::SqliteReadModel;

/// How many reads may wait for the reader; who comes then waits for room.
const WAITING: usize = 1024;

/// A log in a file.
///
/// Dropping it writes what was ordered and closes the file; that takes as long as a commit.
pub struct SqliteLog {
    shared: Arc<Shared>,
    durability: Durability,
    limits: LogLimits,
    head: watch::Receiver<Position>,
    intake: Arc<Intake>,
    reads: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    reader: Option<JoinHandle<()>>,
}

/// Something to be read, with what it is to be told to.
type Job = Box<dyn FnOnce(&Connection) + Send>;

/// What all threads know.
struct Shared {
    path: PathBuf,
    catalogue: RwLock<Catalogue>,
    pending: Pending,
    /// What is said of the log beside any damage, once some was found.
    damaged: Mutex<Option<Arc<DamagedLog>>>,
}

impl Shared {
    fn catalogue(&self) -> RwLockReadGuard<'_, Catalogue> {
        self.catalogue.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn catalogue_to_change(&self) -> RwLockWriteGuard<'_, Catalogue> {
        self.catalogue.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SqliteLog {
    /// Opens the log at `path`, or makes one there. Blocks while the file is checked.
    ///
    /// A log in which something is damaged is opened all the same, and says so ([`damage`](Self::damage)): what is
    /// before the damage can be read, and nothing is written.
    ///
    /// # Errors
    /// When somebody has it open, when it was written by a newer version, when acknowledged events are missing or
    /// its mark is, when it is something else, or when the file cannot be opened.
    pub fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let opening::Opened { writer, applier, reader, catalogue, mark } = opening::open(path, &options)?;
        let (head, follow) = watch::channel(catalogue.last);
        let (path, damage, log) = (path.to_owned(), catalogue.damage.clone(), catalogue.changes.log);
        let (catalogue, pending, damaged) = (RwLock::new(catalogue), Pending::default(), Mutex::default());
        let shared = Arc::new(Shared { path, catalogue, pending, damaged });
        if let Some(damage) = damage {
            let damage = shared.located(damage, &reader);
            tracing::error!(%damage, "a log is damaged: it is read, and not written");
            shared.catalogue_to_change().damage = Some(damage);
        }
        let intake = Arc::new(Intake::of(options.durability));
        let (reads, mut to_read) = mpsc::channel::<Job>(WAITING);
        let failed = |source| OpenError::Store { path: shared.path.clone(), source: Arc::new(source) };
        let applier = Applier::start(Arc::clone(&shared), applier).map_err(failed)?;
        let redo = Redo::beside(&shared.path, log, options.durability == Durability::PowerLoss);
        let writing = Writer {
            connection: writer,
            most_pages: options.most_pages,
            redo,
            applier,
            mark,
            shared: Arc::clone(&shared),
            head,
        };
        let orders = Arc::clone(&intake);
        let writer = spawn("event-log-writer", move || writing.run(&orders)).map_err(failed)?;
        let reading = move || {
            while let Some(job) = to_read.blocking_recv() {
                job(&reader);
            }
        };
        let reader = spawn("event-log-reader", reading).inspect_err(|_| intake.close()).map_err(failed)?;
        let SqliteOptions { durability, limits, .. } = options;
        let (reads, writer, reader) = (Some(reads), Some(writer), Some(reader));
        Ok(Self { shared, durability, limits, head: follow, intake, reads, writer, reader })
    }

    /// What is damaged, if something was when it was opened. Nothing is written then.
    #[must_use]
    pub fn damage(&self) -> Option<Damage> {
        self.shared.catalogue().damage.clone()
    }

    /// Has the reader read something.
    fn reading<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection, &Shared) -> Result<T, ReadError> + Send + 'static,
    ) -> Underway<'_, Result<T, ReadError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let (done, outcome) = oneshot::channel();
            let job: Job = Box::new(move |connection| {
                let outcome = read(connection, &shared);
                let _ = done.send(outcome.map_err(|error| shared.told_of_reading(error, connection)));
            });
            let reads = self.reads.as_ref().ok_or(ReadError::Closed)?;
            reads.send(job).await.map_err(|_| ReadError::Closed)?;
            outcome.await.map_err(|_| ReadError::Closed)?
        })
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work)
}

impl EventLog for SqliteLog {
    fn durability(&self) -> Durability {
        self.durability
    }

    fn limits(&self) -> LogLimits {
        self.limits
    }

    fn append(&self, append: Append) -> Underway<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            append.check(self.limits)?;
            self.intake.append(append).await
        })
    }

    fn read(&self, query: Query) -> Underway<'_, Result<Page, ReadError>> {
        let limits = self.limits;
        self.reading(move |connection, shared| reading::read(connection, shared, &query, limits))
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }

    fn last(&self, agent: &AgentKey) -> Underway<'_, Result<Sequence, ReadError>> {
        let agent = agent.clone();
        self.reading(move |connection, shared| reading::last(connection, shared, &agent))
    }

    fn answered(
        &self,
        agent: &AgentKey,
        key: &RequestKey,
    ) -> Underway<'_, Result<Option<Repeated>, ReadError>> {
        let (agent, key) = (agent.clone(), key.clone());
        self.reading(move |connection, shared| reading::answered(connection, shared, &agent, &key))
    }

    fn agents(&self) -> Underway<'_, Result<Vec<AgentKey>, ReadError>> {
        let agents = self.shared.catalogue().keys.clone();
        Box::pin(std::future::ready(Ok(agents)))
    }

    fn save(&self, snapshot: Snapshot) -> Underway<'_, Result<(), SaveError>> {
        Box::pin(async move {
            let size = snapshot.state.as_str().len();
            TooLarge::check("bytes in one snapshot", size, self.limits.snapshot_bytes)?;
            let outcome = self.intake.order(|done| Order::Save { snapshot, done }).await;
            outcome.unwrap_or(Err(SaveError::Closed))
        })
    }

    fn snapshot(
        &self,
        agent: &AgentKey,
        at_most: Sequence,
    ) -> Underway<'_, Result<Option<Snapshot>, ReadError>> {
        let agent = agent.clone();
        self.reading(move |connection, shared| reading::snapshot(connection, shared, &agent, at_most))
    }

    fn compact(&self, compaction: Compaction) -> Underway<'_, Result<Compacted, CompactError>> {
        Box::pin(async move {
            let outcome = self.intake.order(|done| Order::Compact { compaction, done }).await;
            outcome.unwrap_or(Err(CompactError::Closed))
        })
    }

    fn beginning(
        &self,
        agent: &AgentKey,
        answers_after: Option<&RequestKey>,
    ) -> Underway<'_, Result<Option<Beginning>, ReadError>> {
        let (agent, after, most) = (agent.clone(), answers_after.cloned(), self.limits.append_events);
        self.reading(move |connection, shared| {
            beginning::read(connection, shared, &agent, after.as_ref(), most)
        })
    }

    fn begin(&self, beginning: Beginning) -> Underway<'_, Result<(), BeginError>> {
        Box::pin(async move {
            beginning.check(self.limits)?;
            let outcome = self.intake.order(|done| Order::Begin { beginning, done }).await;
            outcome.unwrap_or(Err(BeginError::Closed))
        })
    }

    fn damage(&self) -> Option<Damage> {
        Self::damage(self)
    }

    fn verify(&self) -> Underway<'_, Result<Vec<Damage>, ReadError>> {
        self.reading(verify::verify)
    }
}

impl Drop for SqliteLog {
    fn drop(&mut self) {
        // The reader first: the last one to close takes the write-ahead log over into the file, which a reader may not.
        self.reads = None;
        join(self.reader.take());
        self.intake.close();
        join(self.writer.take());
    }
}

/// Waits for the end of a thread. One that panicked has said so; the file is as the last commit left it.
fn join(thread: Option<JoinHandle<()>>) {
    if let Some(thread) = thread {
        let _ = thread.join();
    }
}

impl fmt::Debug for SqliteLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLog").field("head", &*self.head.borrow()).finish_non_exhaustive()
    }
}
