//! The registry itself, and everything that changes it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::groups::Groups;
use super::table::Table;
use super::watch::Watchers;
use super::{
    Change, Changes, Departure, Filter, Fitness, Heartbeat, Record, RegisterError, Registration,
    WATCH_CAPACITY,
};
use crate::clock::Clock;
use crate::identity::lifecycle::Stage;
use crate::identity::{AgentId, Incarnation, InstanceId};

/// Who is here, in one system. Cheap to clone; clones are the same registry.
#[derive(Clone)]
pub struct Registry(pub(super) Arc<Directory>);

pub(super) struct Directory {
    id: Uuid,
    clock: Clock,
    heartbeat: Mutex<Heartbeat>,
    pub(super) records: Table<InstanceId, Arc<Record>>,
    pub(super) groups: Groups,
    /// Held by whoever changes anything, from the first map to the last watcher; no reader ever takes it.
    writer: Mutex<Watchers>,
}

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new(clock: Clock, heartbeat: Heartbeat) -> Self {
        Self(Arc::new(Directory {
            id: clock.uuid(),
            clock,
            heartbeat: Mutex::new(heartbeat),
            records: Table::default(),
            groups: Groups::default(),
            writer: Mutex::default(),
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
        *self.0.heartbeat.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes when an agent that makes no progress is unhealthy, from the next [look](Self::look) on.
    pub fn set_heartbeat(&self, heartbeat: Heartbeat) {
        *self.0.heartbeat.lock().unwrap_or_else(PoisonError::into_inner) = heartbeat;
    }

    /// Lets an agent be found. An older incarnation of it that is still there is replaced.
    ///
    /// Once the newest incarnation has left, nothing remembers it: that starts are numbered upwards is the
    /// promise of whoever starts the agent.
    ///
    /// # Errors
    /// [`RegisterError::Fenced`] when this incarnation or a newer one is there, [`RegisterError::Taken`] when
    /// another agent has the instance. Nothing has changed then.
    pub fn register(&self, mut record: Record) -> Result<Registration, RegisterError> {
        record.registered_at = self.0.clock.now();
        let record = Arc::new(record);
        let mut watchers = self.write();
        let old = self.by_instance(record.id.instance);
        if let Some(old) = &old {
            may_follow(old, &record)?;
        }
        record.begin(self.heartbeat());
        self.0.records.insert(record.id.instance, Arc::clone(&record));
        // The old one leaves after the new one is seated: no reader finds neither.
        self.0.groups.join(&record);
        if let Some(old) = &old {
            self.0.groups.leave(old);
            tell_left(&mut watchers, old, &Departure::Replaced { by: record.incarnation });
        }
        watchers.tell(&record, || Change::Registered(Arc::clone(&record)));
        drop(watchers);
        Ok(Registration::new(self.clone(), record))
    }

    /// Takes exactly this incarnation out; false when it is not there.
    pub fn deregister(&self, id: &AgentId, incarnation: Incarnation) -> bool {
        self.remove(id, incarnation, Departure::Removed)
    }

    pub(super) fn remove(&self, id: &AgentId, incarnation: Incarnation, reason: Departure) -> bool {
        let mut watchers = self.write();
        let Some(record) = self.present(id, incarnation) else { return false };
        self.0.records.remove(&id.instance);
        self.0.groups.leave(&record);
        tell_left(&mut watchers, &record, &reason);
        true
    }

    /// Tells that this incarnation is in another stage of its life, and why; false when it is not there.
    ///
    /// When it returns, an agent that is not active any more is not found by `find_healthy`.
    pub fn set_stage(&self, id: &AgentId, incarnation: Incarnation, stage: Stage, reason: &str) -> bool {
        let mut watchers = self.write();
        let Some(record) = self.present(id, incarnation) else { return false };
        let from = record.stage();
        if from != stage {
            record.pulse.set_stage(stage);
            watchers.tell(&record, || Change::StageChanged {
                id: record.id.clone(),
                incarnation,
                from,
                to: stage,
                reason: reason.to_owned(),
            });
            self.judge(&mut watchers, &record);
        }
        true
    }

    /// Says that an agent does badly, and why; or with `None`, that it does not any more. False when it is not
    /// there. It holds for the incarnation that is there: a restart begins without.
    pub fn set_degraded(&self, id: &AgentId, reason: Option<String>) -> bool {
        let mut watchers = self.write();
        let Some(record) = self.by_id(id) else { return false };
        record.set_degraded(reason);
        self.judge(&mut watchers, &record);
        true
    }

    /// Looks at the pulse of every agent once, and moves those that have stopped or resumed making progress.
    ///
    /// To be called every [`Heartbeat::interval`]. It reads a few atomics of each agent, about 50 ns; only for an
    /// agent whose health changes does it write.
    pub fn look(&self) {
        let mut changed = self.0.records.values();
        changed.retain(|record| record.look());
        changed.sort_by(|a, b| a.id.cmp(&b.id));
        for record in changed {
            let mut watchers = self.write();
            if self.present(&record.id, record.incarnation).is_some() {
                self.judge(&mut watchers, &record);
            }
        }
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
        let mut watchers = self.write();
        let present = self.discover(&filter, Fitness::Any);
        watchers.add(filter, present, capacity)
    }

    pub(super) fn write(&self) -> MutexGuard<'_, Watchers> {
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn present(&self, id: &AgentId, incarnation: Incarnation) -> Option<Arc<Record>> {
        self.by_id(id).filter(|record| record.incarnation == incarnation)
    }

    fn judge(&self, watchers: &mut Watchers, record: &Arc<Record>) {
        let Some((from, to)) = record.judge(self.heartbeat()) else { return };
        self.0.groups.set_fit(record, to.is_fit());
        if !to.is_news_after(&from) {
            return;
        }
        watchers.tell(record, || Change::HealthChanged {
            id: record.id.clone(),
            incarnation: record.incarnation,
            from: from.clone(),
            to: to.clone(),
        });
    }
}

fn may_follow(old: &Record, new: &Record) -> Result<(), RegisterError> {
    if !old.answers_to(&new.id) {
        return Err(RegisterError::Taken { id: new.id.clone(), owner: Box::new(old.id.clone()) });
    }
    if old.incarnation >= new.incarnation {
        let (offered, present) = (new.incarnation, old.incarnation);
        return Err(RegisterError::Fenced { id: new.id.clone(), offered, present });
    }
    Ok(())
}

fn tell_left(watchers: &mut Watchers, record: &Record, reason: &Departure) {
    watchers.tell(record, || Change::Deregistered {
        id: record.id.clone(),
        incarnation: record.incarnation,
        reason: reason.clone(),
    });
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("id", &self.0.id)
            .field("agents", &self.len())
            .finish_non_exhaustive()
    }
}
