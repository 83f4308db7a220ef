//! An agent's lasting place in the tables: its incarnations follow each other in it, and only it is written.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;

use super::Record;
use super::groups::Seat;
use crate::identity::InstanceId;
use crate::identity::lifecycle::Stage;

/// One agent's place. The tables hold it as long as it is taken or reserved.
pub(super) struct Entry {
    pub(super) instance: InstanceId,
    present: ArcSwapOption<Record>,
    /// The reservations; only the writer counts them.
    reserved: AtomicUsize,
    seats: Mutex<Vec<Seat>>,
}

impl Entry {
    pub(super) fn new(instance: InstanceId, reserved: usize) -> Arc<Self> {
        let reserved = AtomicUsize::new(reserved);
        Arc::new(Self { instance, present: ArcSwapOption::empty(), reserved, seats: Mutex::default() })
    }

    /// The incarnation that is here now.
    pub(super) fn present(&self) -> Option<Arc<Record>> {
        self.present.load_full()
    }

    /// The incarnation that is here now, if `wanted`.
    pub(super) fn present_if(&self, wanted: impl FnOnce(&Record) -> bool) -> Option<Arc<Record>> {
        let present = self.present.load();
        present.as_ref().filter(|record| wanted(record)).cloned()
    }

    /// Seats another incarnation, or nobody; the one that was here before.
    pub(super) fn seat(&self, record: Option<Arc<Record>>) -> Option<Arc<Record>> {
        self.present.swap(record)
    }

    /// Whether this very record is here, in an entry that the tables hold.
    pub(super) fn holds(&self, record: &Arc<Record>) -> bool {
        self.present.load().as_ref().is_some_and(|present| Arc::ptr_eq(present, record))
            && !self.seats().is_empty()
    }

    pub(super) fn is_fit(&self) -> bool {
        self.present.load().as_ref().is_some_and(|record| record.is_fit())
    }

    /// Whether it is between two incarnations that work, as far as one can tell: it is reserved, and `present`, who is
    /// here, has ended or not yet begun.
    pub(super) fn is_restarting(&self, present: Option<&Record>) -> bool {
        let between = |stage| {
            matches!(stage, Stage::Terminated | Stage::Unregistered | Stage::Registering | Stage::Registered)
        };
        self.reserved() > 0 && present.is_none_or(|record| between(record.stage()))
    }

    pub(super) fn reserved(&self) -> usize {
        self.reserved.load(Ordering::Relaxed)
    }

    pub(super) fn set_reserved(&self, reserved: usize) {
        self.reserved.store(reserved, Ordering::Relaxed);
    }

    /// Where it sits in the groups; only the writer asks.
    pub(super) fn seats(&self) -> MutexGuard<'_, Vec<Seat>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("instance", &self.instance)
            .field("present", &*self.present.load())
            .field("reserved", &self.reserved())
            .finish_non_exhaustive()
    }
}
