//! The agents that share a capability, a contract or a name, and which of them are fit.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use papaya::Equivalent;

use super::Record;
use super::entry::Entry;
use super::row::{Place, Row, Rows};
use super::table::Table;
use crate::identity::{AgentName, Capability, DomainName};

/// The groups of one registry. Only its one writer calls what changes them.
#[derive(Default)]
pub(super) struct Groups {
    capabilities: Table<Capability, Arc<Group>>,
    contracts: Table<Cow<'static, str>, Arc<Group>>,
    names: Table<(DomainName, AgentName), Arc<Group>>,
    pub(super) rows: Rows,
}

/// Those who share something.
#[derive(Debug)]
pub(super) struct Group {
    key: Key,
    all: Row,
    fit: Row,
}

/// Where an entry sits in one of its groups.
pub(super) struct Seat {
    group: Arc<Group>,
    all: Place,
    fit: Option<Place>,
}

/// What the members of a group share.
#[derive(Clone, Debug)]
enum Key {
    Capability(Capability),
    Contract(Cow<'static, str>),
    Name(DomainName, AgentName),
}

/// A domain and a name that are borrowed; it hashes as the tuple does.
struct Named<'a>(&'a DomainName, &'a AgentName);

impl Groups {
    /// One of the fit ones that share the key, each in turn.
    pub(super) fn pick_capability(&self, capability: &Capability) -> Option<Arc<Record>> {
        self.capabilities.with(capability, |group| self.rows.pick(&group.fit))?
    }

    /// As [`Self::pick_capability`], by contract.
    pub(super) fn pick_contract(&self, contract: &str) -> Option<Arc<Record>> {
        self.contracts.with(contract, |group| self.rows.pick(&group.fit))?
    }

    /// As [`Self::pick_capability`], by name.
    pub(super) fn pick_name(&self, domain: &DomainName, name: &AgentName) -> Option<Arc<Record>> {
        self.names.with(&Named(domain, name), |group| self.rows.pick(&group.fit))?
    }

    /// All that share the key, in no order, perhaps one of them twice.
    pub(super) fn all_of_capability(&self, capability: &Capability) -> Vec<Arc<Record>> {
        self.capabilities.with(capability, |group| self.rows.all(&group.all).collect()).unwrap_or_default()
    }

    /// As [`Self::all_of_capability`], by contract.
    pub(super) fn all_of_contract(&self, contract: &str) -> Vec<Arc<Record>> {
        self.contracts.with(contract, |group| self.rows.all(&group.all).collect()).unwrap_or_default()
    }

    /// As [`Self::all_of_capability`], by name.
    pub(super) fn all_of_name(&self, domain: &DomainName, name: &AgentName) -> Vec<Arc<Record>> {
        self.names.with(&Named(domain, name), |group| self.rows.all(&group.all).collect()).unwrap_or_default()
    }

    /// Seats `entry`, which has none yet, in all groups of `record`.
    pub(super) fn join(&self, entry: &Arc<Entry>, record: &Record) {
        let fit = record.is_fit();
        let seats = keys(record).map(|key| {
            let group = self.group(key);
            let all = self.rows.push(&group.all, Arc::clone(entry));
            let fit = fit.then(|| self.rows.push(&group.fit, Arc::clone(entry)));
            Seat { group, all, fit }
        });
        // With no room for more: every agent keeps these.
        let mut exactly = Vec::with_capacity(FIXED + record.capabilities.len());
        exactly.extend(seats);
        *entry.seats() = exactly;
    }

    /// Takes `entry` out of all its groups.
    pub(super) fn leave(&self, entry: &Entry) {
        let seats = std::mem::take(&mut *entry.seats());
        for seat in &seats {
            self.vacate(seat);
        }
    }

    /// Moves `entry` in or out of the fit ones of all its groups.
    pub(super) fn set_fit(&self, entry: &Arc<Entry>, fit: bool) {
        if self.is_among_fit(entry) == fit {
            return;
        }
        // Out of its cell while others' seats are written: never two of these locks at a time.
        let mut seats = std::mem::take(&mut *entry.seats());
        for seat in &mut seats {
            match (seat.fit, fit) {
                (None, true) => seat.fit = Some(self.rows.push(&seat.group.fit, Arc::clone(entry))),
                (Some(place), false) => {
                    seat.fit = None;
                    self.remove_fit(&seat.group, place);
                }
                _ => {}
            }
        }
        *entry.seats() = seats;
    }

    /// Whether `entry` is among the fit ones of its groups: of all of them or of none.
    pub(super) fn is_among_fit(&self, entry: &Entry) -> bool {
        entry.seats().first().is_some_and(|seat| seat.fit.is_some())
    }

    /// Whether `record` belongs to the groups that `entry` sits in, and to no other.
    pub(super) fn suits(entry: &Entry, record: &Record) -> bool {
        let seats = entry.seats();
        seats.len() == FIXED + record.capabilities.len()
            && seats.iter().enumerate().all(|(index, seat)| match &seat.group.key {
                Key::Name(domain, name) => *domain == record.id.domain && *name == record.id.name,
                Key::Contract(contract) => *contract == record.contract,
                Key::Capability(capability) => *capability == record.capabilities[index - FIXED],
            })
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.capabilities.len() + self.contracts.len() + self.names.len()
    }

    fn vacate(&self, seat: &Seat) {
        if let Some(place) = seat.fit {
            self.remove_fit(&seat.group, place);
        }
        if let Some(moved) = self.rows.remove(&seat.group.all, seat.all) {
            with_seat(&moved, &seat.group, |other| other.all = seat.all);
        }
        if seat.group.all.len() == 0 {
            self.forget(&seat.group.key);
        }
    }

    fn remove_fit(&self, group: &Arc<Group>, place: Place) {
        if let Some(moved) = self.rows.remove(&group.fit, place) {
            with_seat(&moved, group, |other| other.fit = Some(place));
        }
    }

    fn group(&self, key: Key) -> Arc<Group> {
        let present = match &key {
            Key::Capability(capability) => self.capabilities.get(capability),
            Key::Contract(contract) => self.contracts.get(contract),
            Key::Name(domain, name) => self.names.get(&Named(domain, name)),
        };
        present.unwrap_or_else(|| self.found(key))
    }

    fn found(&self, key: Key) -> Arc<Group> {
        let group = Arc::new(Group { key: key.clone(), all: self.rows.row(), fit: self.rows.row() });
        match key {
            Key::Capability(capability) => self.capabilities.insert(capability, Arc::clone(&group)),
            Key::Contract(contract) => self.contracts.insert(contract, Arc::clone(&group)),
            Key::Name(domain, name) => self.names.insert((domain, name), Arc::clone(&group)),
        }
        group
    }

    fn forget(&self, key: &Key) {
        match key {
            Key::Capability(capability) => self.capabilities.remove(capability),
            Key::Contract(contract) => self.contracts.remove(contract),
            Key::Name(domain, name) => self.names.remove(&(domain.clone(), name.clone())),
        }
    }
}

/// The groups that everybody is in, before those of the capabilities: the name's and the contract's.
const FIXED: usize = 2;

fn keys(record: &Record) -> impl Iterator<Item = Key> {
    let name = Key::Name(record.id.domain.clone(), record.id.name.clone());
    let contract = Key::Contract(record.contract.clone());
    [name, contract].into_iter().chain(record.capabilities.iter().cloned().map(Key::Capability))
}

fn with_seat(entry: &Entry, group: &Arc<Group>, change: impl FnOnce(&mut Seat)) {
    if let Some(seat) = entry.seats().iter_mut().find(|seat| Arc::ptr_eq(&seat.group, group)) {
        change(seat);
    }
}

impl Hash for Named<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0, self.1).hash(state);
    }
}

impl Equivalent<(DomainName, AgentName)> for Named<'_> {
    fn equivalent(&self, key: &(DomainName, AgentName)) -> bool {
        *self.0 == key.0 && *self.1 == key.1
    }
}
