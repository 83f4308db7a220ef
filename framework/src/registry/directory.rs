//! The registry itself, and everything that changes it.

use std::fmt;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::entry::Entry;
use super::groups::Groups;
use super::table::Table;
use super::writer::Writer;
use super::{Change, Changes, Filter, Fitness, Heartbeat, Record, WATCH_CAPACITY};
use crate::clock::Clock;
use crate::identity::lifecycle::Stage;
use crate::identity::{AgentId, Incarnation, InstanceId};

/// Who is here, in one system. Cheap to clone; clones are the same registry.
#[derive(Clone)]
pub struct Registry(pub(super) Arc<Directory>);

pub(super) struct Directory {
    id: Uuid,
    pub(super) clock: Clock,
    pub(super) entries: Table<InstanceId, Arc<Entry>>,
    /// How many of the entries are taken.
    pub(super) present: AtomicUsize,
    pub(super) groups: Groups,
    /// Held by whoever changes anything, from the first map to the last watcher; no reader ever takes it.
    writer: Mutex<Writer>,
}

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new(clock: Clock, heartbeat: Heartbeat) -> Self {
        Self(Arc::new(Directory {
            id: clock.uuid(),
            clock,
            entries: Table::default(),
            present: AtomicUsize::new(0),
            groups: Groups::default(),
            writer: Mutex::new(Writer::new(heartbeat)),
        }))
    }

    /// Which registry this is, as [`AgentState::Registered`](crate::identity::lifecycle::AgentState::Registered)
    /// names it.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.0.id
    }

    /// When an agent that makes no progress is unhealthy.
    #[must_use]
    pub fn heartbeat(&self) -> Heartbeat {
        self.write().heartbeat
    }

    /// Changes when an agent that makes no progress is unhealthy, from the next [look](Self::look) on.
    pub fn set_heartbeat(&self, heartbeat: Heartbeat) {
        self.write().heartbeat = heartbeat;
    }

    /// Tells that this incarnation is in another stage of its life, and why; false when it is not there.
    ///
    /// When it returns, an agent that is not active any more is not found by `find_healthy`.
    pub fn set_stage(&self, id: &AgentId, incarnation: Incarnation, stage: Stage, reason: &str) -> bool {
        let found = self.present(id, incarnation);
        found.is_some_and(|(entry, record)| self.stage(&entry, &record, stage, reason))
    }

    pub(super) fn stage(&self, entry: &Arc<Entry>, record: &Arc<Record>, stage: Stage, reason: &str) -> bool {
        let mut writer = self.write();
        let is_there = entry.holds(record);
        if is_there {
            self.restage(&mut writer, entry, record, stage, reason);
        }
        is_there
    }

    /// Tells of another stage of the record that `entry` holds.
    pub(super) fn restage(
        &self,
        writer: &mut Writer,
        entry: &Arc<Entry>,
        record: &Record,
        stage: Stage,
        reason: &str,
    ) {
        let from = record.stage();
        if from == stage {
            return;
        }
        record.pulse.set_stage(stage);
        writer.watchers.tell(record, || Change::StageChanged {
            id: AgentId::clone(&record.id),
            incarnation: record.incarnation,
            from,
            to: stage,
            reason: reason.to_owned(),
        });
        self.judge(writer, entry, record);
    }

    /// Says that an agent does badly, and why; or with `None`, that it does not any more. False when it is not
    /// there. It holds for the incarnation that is there: a restart begins without.
    pub fn set_degraded(&self, id: &AgentId, reason: Option<String>) -> bool {
        let mut writer = self.write();
        let Some(entry) = self.0.entries.get(&id.instance) else { return false };
        let Some(record) = entry.present_if(|record| record.answers_to(id)) else { return false };
        record.set_degraded(reason);
        self.judge(&mut writer, &entry, &record);
        true
    }

    /// Looks at the pulse of every agent once, and moves those that have stopped or resumed making progress.
    ///
    /// To be called every [`Heartbeat::interval`]. It reads a few atomics of each agent, about 50 ns; only for an
    /// agent whose health changes does it write.
    pub fn look(&self) {
        let look = |entry: &Arc<Entry>| {
            let record = entry.present_if(Record::look)?;
            Some((Arc::clone(entry), record))
        };
        let mut changed = self.0.entries.collect(look);
        changed.sort_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        for (entry, record) in changed {
            let mut writer = self.write();
            if entry.holds(&record) {
                self.judge(&mut writer, &entry, &record);
            }
        }
        self.write().sweep(&self.0.groups);
    }

    /// Watches the agents that `filter` means: first those that are there, then everything that changes, with
    /// nothing lost in between. At most [`WATCH_CAPACITY`] changes wait.
    #[must_use]
    pub fn watch(&self, filter: Filter) -> Changes {
        self.watch_with_capacity(filter, WATCH_CAPACITY)
    }

    /// As [`Registry::watch`]; at most `capacity` changes wait, and at least 1.
    #[must_use]
    pub fn watch_with_capacity(&self, filter: Filter, capacity: usize) -> Changes {
        let mut writer = self.write();
        let present = self.discover(&filter, Fitness::Any);
        writer.watchers.add(filter, present, capacity)
    }

    pub(super) fn write(&self) -> MutexGuard<'_, Writer> {
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn present(
        &self,
        id: &AgentId,
        incarnation: Incarnation,
    ) -> Option<(Arc<Entry>, Arc<Record>)> {
        let meant = |record: &Record| record.incarnation == incarnation && record.answers_to(id);
        self.0.entries.with(&id.instance, |entry| Some((Arc::clone(entry), entry.present_if(meant)?)))?
    }

    /// Judges the record that `entry` holds again.
    fn judge(&self, writer: &mut Writer, entry: &Arc<Entry>, record: &Record) {
        let Some((from, to)) = record.judge(writer.heartbeat) else { return };
        writer.settle(&self.0.groups, entry, Some(record));
        if !to.is_news_after(&from) {
            return;
        }
        writer.watchers.tell(record, || Change::HealthChanged {
            id: AgentId::clone(&record.id),
            incarnation: record.incarnation,
            from: from.clone(),
            to: to.clone(),
        });
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("id", &self.0.id)
            .field("agents", &self.len())
            .finish_non_exhaustive()
    }
}
