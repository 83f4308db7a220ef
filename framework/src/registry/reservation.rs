//! A place in the registry that is kept between two incarnations of an agent.

use std::sync::Arc;

use super::Registry;
use super::entry::Entry;

/// An agent's place in the registry, kept while nobody is in it.
///
/// What takes an agent out of the tables and puts it back is most of what a restart costs the registry. As long as
/// a reservation is held, an incarnation that ends leaves the place empty, and the next one that
/// [registers](Registry::register) sits down in it. No look-up, count or watcher can tell: an empty place is nobody.
#[derive(Debug)]
#[must_use = "dropping a reservation gives the place up"]
pub struct Reservation {
    registry: Registry,
    /// The place, or the one that it was: an agent of other groups gets another.
    entry: Arc<Entry>,
}

impl Reservation {
    pub(super) fn new(registry: Registry, entry: Arc<Entry>) -> Self {
        Self { registry, entry }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.registry.release(self.entry.instance);
    }
}
