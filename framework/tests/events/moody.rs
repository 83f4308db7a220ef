//! A log in memory that counts, holds appends up, and fails when it is told to.

#![allow(unreachable_pub, reason = "as the town that it is the log of")]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use mistersmith::events::*;
use mistersmith::identity::AgentKey;
use tokio::sync::{Semaphore, watch};

/// A log in memory that counts, holds appends up, and fails when it is told to.
#[derive(Debug)]
pub struct Moody {
    pub inside: MemoryLog,
    /// Of the appends to come, each with whether it is done all the same.
    errors: Mutex<VecDeque<(AppendError, bool)>>,
    appends: Semaphore,
    pub reads: AtomicU64,
    compactions: AtomicU64,
}

impl Moody {
    pub fn new() -> Arc<Self> {
        let appends = Semaphore::new(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            inside: MemoryLog::new(),
            errors: Mutex::default(),
            appends,
            reads: AtomicU64::new(0),
            compactions: AtomicU64::new(0),
        })
    }

    /// Lets no append pass, until `let_pass`.
    pub fn hold(&self) {
        self.appends.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub fn let_pass(&self, appends: usize) {
        self.appends.add_permits(appends);
    }

    /// The next append fails so.
    pub fn fail(&self, error: AppendError) {
        self.errors.lock().unwrap().push_back((error, false));
    }

    /// The next append is done, and nobody is told.
    pub fn keep_silent(&self) {
        self.errors.lock().unwrap().push_back((AppendError::Unknown, true));
    }

    /// No append fails from now on.
    pub fn recover(&self) {
        self.errors.lock().unwrap().clear();
    }

    /// Everything that a query finds, on however many pages.
    pub async fn find(&self, mut query: Query) -> Vec<StateEvent> {
        let mut events = Vec::new();
        loop {
            let page = self.inside.read(query).await.unwrap();
            events.extend(page.events);
            if page.at_end {
                return events;
            }
            query = page.next;
        }
    }

    pub fn compactions(&self) -> u64 {
        self.compactions.load(Ordering::SeqCst)
    }

    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::SeqCst)
    }
}

impl EventLog for Moody {
    fn durability(&self) -> Durability {
        self.inside.durability()
    }
    fn limits(&self) -> LogLimits {
        self.inside.limits()
    }
    fn append(&self, append: Append) -> Underway<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            self.appends.acquire().await.unwrap().forget();
            let error = self.errors.lock().unwrap().pop_front();
            match error {
                Some((error, is_done)) => {
                    if is_done {
                        self.inside.append(append).await?;
                    }
                    Err(error)
                }
                None => self.inside.append(append).await,
            }
        })
    }
    fn read(&self, query: Query) -> Underway<'_, Result<Page, ReadError>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.inside.read(query)
    }
    fn head(&self) -> watch::Receiver<Position> {
        self.inside.head()
    }
    fn last(&self, agent: &AgentKey) -> Underway<'_, Result<Sequence, ReadError>> {
        self.inside.last(agent)
    }
    fn answered(
        &self,
        agent: &AgentKey,
        key: &RequestKey,
    ) -> Underway<'_, Result<Option<Repeated>, ReadError>> {
        self.inside.answered(agent, key)
    }
    fn agents(&self) -> Underway<'_, Result<Vec<AgentKey>, ReadError>> {
        self.inside.agents()
    }
    fn save(&self, snapshot: Snapshot) -> Underway<'_, Result<(), SaveError>> {
        self.inside.save(snapshot)
    }
    fn snapshot(
        &self,
        agent: &AgentKey,
        at_most: Sequence,
    ) -> Underway<'_, Result<Option<Snapshot>, ReadError>> {
        self.inside.snapshot(agent, at_most)
    }
    fn compact(&self, compaction: Compaction) -> Underway<'_, Result<Compacted, CompactError>> {
        self.compactions.fetch_add(1, Ordering::SeqCst);
        self.inside.compact(compaction)
    }
    fn beginning(
        &self,
        agent: &AgentKey,
        answers_after: Option<&RequestKey>,
    ) -> Underway<'_, Result<Option<Beginning>, ReadError>> {
        self.inside.beginning(agent, answers_after)
    }
    fn begin(&self, beginning: Beginning) -> Underway<'_, Result<(), BeginError>> {
        self.inside.begin(beginning)
    }
    fn verify(&self) -> Underway<'_, Result<Vec<Damage>, ReadError>> {
        self.inside.verify()
    }
}
