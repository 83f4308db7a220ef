//! Who comes in and who leaves: registrations, reservations, and the one place that each agent has.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::entry::Entry;
use super::groups::Groups;
use super::watch::Watchers;
use super::writer::Writer;
use super::{Change, Departure, Record, RegisterError, Registration, Registry, Reservation};
use crate::identity::lifecycle::Stage;
use crate::identity::{AgentId, Incarnation, InstanceId};

impl Registry {
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
        let instance = record.id.instance;
        let mut writer = self.write();
        let entry = self.0.entries.get(&instance);
        if let Some(old) = entry.as_ref().and_then(|entry| entry.present()) {
            may_follow(&old, &record)?;
        }
        record.begin(writer.heartbeat);
        let entry = entry.unwrap_or_else(|| self.enter(instance, 0));
        // `old` outlives the lock: what it points at may be anything, and may call the registry when it is dropped.
        let (entry, old) = self.seat(&mut writer, entry, &record);
        if let Some(old) = &old {
            tell_left(&mut writer.watchers, old, &Departure::Replaced { by: record.incarnation });
        } else {
            self.0.present.fetch_add(1, Ordering::Relaxed);
        }
        writer.watchers.tell(&record, || Change::Registered(Arc::clone(&record)));
        drop(writer);
        Ok(Registration::new(self.clone(), entry, record))
    }

    /// Seats `record` in its agent's entry, or in a new one if it belongs to other groups than the one before; the
    /// entry that it sits in, and who was in its place.
    fn seat(
        &self,
        writer: &mut Writer,
        entry: Arc<Entry>,
        record: &Arc<Record>,
    ) -> (Arc<Entry>, Option<Arc<Record>>) {
        let groups = &self.0.groups;
        if Groups::suits(&entry, record) {
            let old = entry.seat(Some(Arc::clone(record)));
            writer.settle(groups, &entry, Some(record));
            return (entry, old);
        }
        let seated = Entry::new(entry.instance, entry.reserved());
        seated.seat(Some(Arc::clone(record)));
        self.0.entries.insert(entry.instance, Arc::clone(&seated));
        groups.join(&seated, record);
        // The old one leaves after the new one is seated, and keeps its record: no reader finds neither.
        writer.forget(groups, &entry);
        (seated, entry.present())
    }

    /// Adds an entry that nobody has taken yet.
    fn enter(&self, instance: InstanceId, reserved: usize) -> Arc<Entry> {
        let entry = Entry::new(instance, reserved);
        self.0.entries.insert(instance, Arc::clone(&entry));
        entry
    }

    /// Keeps a place for the incarnations of an agent, so that one that follows another costs next to nothing.
    /// Nobody can tell from outside whether there is a reservation.
    pub fn reserve(&self, instance: InstanceId) -> Reservation {
        let writer = self.write();
        let entry = self.0.entries.get(&instance).unwrap_or_else(|| self.enter(instance, 0));
        entry.set_reserved(entry.reserved() + 1);
        drop(writer);
        Reservation::new(self.clone(), entry)
    }

    pub(super) fn release(&self, instance: InstanceId) {
        let mut writer = self.write();
        let Some(entry) = self.0.entries.get(&instance) else { return };
        entry.set_reserved(entry.reserved().saturating_sub(1));
        let present = entry.present();
        if present.is_none() && entry.reserved() == 0 {
            self.0.entries.remove(&instance);
            writer.forget(&self.0.groups, &entry);
        } else {
            writer.settle(&self.0.groups, &entry, present.as_deref());
        }
    }

    /// Takes exactly this incarnation out; false when it is not there.
    pub fn deregister(&self, id: &AgentId, incarnation: Incarnation) -> bool {
        let found = self.present(id, incarnation);
        found.is_some_and(|(entry, record)| self.leave(&entry, &record, &Departure::Removed))
    }

    /// Takes this record out of its entry; false when it is not there.
    pub(super) fn leave(&self, entry: &Arc<Entry>, record: &Arc<Record>, reason: &Departure) -> bool {
        let mut writer = self.write();
        let is_there = entry.holds(record);
        if is_there {
            self.unseat(&mut writer, entry, record, reason);
        }
        is_there
    }

    /// Tells of this record's last stage and takes it out of its entry; false when it is not there.
    pub(super) fn end(&self, entry: &Arc<Entry>, record: &Arc<Record>, last: Stage, reason: &str) -> bool {
        let mut writer = self.write();
        let is_there = entry.holds(record);
        if is_there {
            self.restage(&mut writer, entry, record, last, reason);
            self.unseat(&mut writer, entry, record, &Departure::Ended);
        }
        is_there
    }

    /// Takes out the record that `entry` holds.
    fn unseat(&self, writer: &mut Writer, entry: &Arc<Entry>, record: &Record, reason: &Departure) {
        entry.seat(None);
        if entry.reserved() == 0 {
            self.0.entries.remove(&entry.instance);
            writer.forget(&self.0.groups, entry);
        } else {
            writer.settle(&self.0.groups, entry, None);
        }
        self.0.present.fetch_sub(1, Ordering::Relaxed);
        tell_left(&mut writer.watchers, record, reason);
    }
}

fn may_follow(old: &Record, new: &Record) -> Result<(), RegisterError> {
    if !old.answers_to(&new.id) {
        return Err(RegisterError::Taken {
            id: AgentId::clone(&new.id),
            owner: Box::new(AgentId::clone(&old.id)),
        });
    }
    if old.incarnation >= new.incarnation {
        let (offered, present) = (new.incarnation, old.incarnation);
        return Err(RegisterError::Fenced { id: AgentId::clone(&new.id), offered, present });
    }
    Ok(())
}

fn tell_left(watchers: &mut Watchers, record: &Record, reason: &Departure) {
    watchers.tell(record, || Change::Deregistered {
        id: AgentId::clone(&record.id),
        incarnation: record.incarnation,
        reason: reason.clone(),
    });
}
