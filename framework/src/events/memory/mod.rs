//! A log in memory: it keeps every promise of a log but to outlive its process.

mod history;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use self::history::History;
use super::{
    Append, AppendError, Appended, BeginError, Beginning, CompactError, Compacted, Compaction, Damage,
    Durability, EventLog, LogLimits, Page, Position, Query, ReadError, Repeated, RequestKey, SaveError,
    Sequence, Snapshot, TooLarge, Underway,
};
use crate::identity::AgentKey;

/// A log that ends with its process. Nothing in it waits.
pub struct MemoryLog {
    history: Mutex<History>,
    head: watch::Sender<Position>,
    limits: LogLimits,
}

impl MemoryLog {
    /// An empty log with the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(LogLimits::default())
    }

    /// An empty log with these limits.
    #[must_use]
    pub fn with_limits(limits: LogLimits) -> Self {
        Self { history: Mutex::default(), head: watch::Sender::new(Position::START), limits }
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, append: Append) -> Result<Appended, AppendError> {
        append.check(self.limits)?;
        let mut history = self.history();
        let appended = history.append(append)?;
        // Under the lock: the head never goes back.
        self.head.send_replace(appended.position);
        Ok(appended)
    }

    fn start(&self, beginning: Beginning) -> Result<(), BeginError> {
        beginning.check(self.limits)?;
        let mut history = self.history();
        let last = history.begin(beginning)?;
        self.head.send_replace(last);
        Ok(())
    }

    fn keep(&self, snapshot: Snapshot) -> Result<(), SaveError> {
        TooLarge::check("bytes in one snapshot", snapshot.state.as_str().len(), self.limits.snapshot_bytes)?;
        self.history().save(snapshot)
    }
}

impl EventLog for MemoryLog {
    fn durability(&self) -> Durability {
        Durability::Process
    }

    fn limits(&self) -> LogLimits {
        self.limits
    }

    fn append(&self, append: Append) -> Underway<'_, Result<Appended, AppendError>> {
        at_once(self.take(append))
    }

    fn read(&self, query: Query) -> Underway<'_, Result<Page, ReadError>> {
        at_once(self.history().read(query, self.limits))
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    fn last(&self, agent: &AgentKey) -> Underway<'_, Result<Sequence, ReadError>> {
        at_once(Ok(self.history().last(agent)))
    }

    fn answered(
        &self,
        agent: &AgentKey,
        key: &RequestKey,
    ) -> Underway<'_, Result<Option<Repeated>, ReadError>> {
        at_once(Ok(self.history().answered(agent, key)))
    }

    fn agents(&self) -> Underway<'_, Result<Vec<AgentKey>, ReadError>> {
        at_once(Ok(self.history().agents()))
    }

    fn save(&self, snapshot: Snapshot) -> Underway<'_, Result<(), SaveError>> {
        at_once(self.keep(snapshot))
    }

    fn snapshot(
        &self,
        agent: &AgentKey,
        at_most: Sequence,
    ) -> Underway<'_, Result<Option<Snapshot>, ReadError>> {
        at_once(Ok(self.history().snapshot(agent, at_most)))
    }

    fn compact(&self, compaction: Compaction) -> Underway<'_, Result<Compacted, CompactError>> {
        at_once(self.history().compact(&compaction))
    }

    fn beginning(
        &self,
        agent: &AgentKey,
        answers_after: Option<&RequestKey>,
    ) -> Underway<'_, Result<Option<Beginning>, ReadError>> {
        at_once(Ok(self.history().beginning(agent, answers_after, self.limits.append_events)))
    }

    fn begin(&self, beginning: Beginning) -> Underway<'_, Result<(), BeginError>> {
        at_once(self.start(beginning))
    }

    fn verify(&self) -> Underway<'_, Result<Vec<Damage>, ReadError>> {
        at_once(Ok(Vec::new()))
    }
}

/// What is done already, as work that is under way.
fn at_once<T: Send + 'static>(done: T) -> Underway<'static, T> {
    Box::pin(std::future::ready(done))
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLog").field("head", &*self.head.borrow()).finish_non_exhaustive()
    }
}
