//! What the registry's one writer holds: the rule of health, those who watch, and those whose restart is awaited among
//! the fit ones.

use std::sync::Arc;

use super::entry::Entry;
use super::groups::Groups;
use super::watch::Watchers;
use super::{Heartbeat, Record};

/// How many may stay among the fit ones while they restart. A pick passes over so many at most.
pub(super) const LINGERING: u32 = 8;

/// The state behind the writer's lock.
#[derive(Debug)]
pub(super) struct Writer {
    /// When an agent that makes no progress is unhealthy.
    pub(super) heartbeat: Heartbeat,
    pub(super) watchers: Watchers,
    /// Entries that were left among the fit ones when they became unfit, oldest first; some may be fit again.
    lingering: Vec<Arc<Entry>>,
}

impl Writer {
    pub(super) fn new(heartbeat: Heartbeat) -> Self {
        Self { heartbeat, watchers: Watchers::default(), lingering: Vec::new() }
    }

    /// Puts `entry` among the fit ones or takes it out, as `present`, who is in it, is now.
    ///
    /// A restart takes microseconds, so who restarts keeps its places among the fit ones, as one of the last few,
    /// until the next look; a pick passes over it.
    pub(super) fn settle(&mut self, groups: &Groups, entry: &Arc<Entry>, present: Option<&Record>) {
        let fit = present.is_some_and(Record::is_fit);
        if !fit && entry.is_restarting(present) && groups.is_among_fit(entry) {
            self.linger(groups, entry);
        } else {
            groups.set_fit(entry, fit);
        }
    }

    /// Takes those that still are not fit out of the fit ones.
    pub(super) fn sweep(&mut self, groups: &Groups) {
        for entry in self.lingering.drain(..) {
            groups.set_fit(&entry, entry.is_fit());
        }
    }

    /// Takes `entry` out of all groups, for good.
    pub(super) fn forget(&mut self, groups: &Groups, entry: &Arc<Entry>) {
        self.lingering.retain(|lingering| !Arc::ptr_eq(lingering, entry));
        groups.leave(entry);
    }

    fn linger(&mut self, groups: &Groups, entry: &Arc<Entry>) {
        if self.lingering.iter().any(|lingering| Arc::ptr_eq(lingering, entry)) {
            return;
        }
        if self.lingering.len() == LINGERING as usize {
            let oldest = self.lingering.remove(0);
            groups.set_fit(&oldest, oldest.is_fit());
        }
        self.lingering.push(Arc::clone(entry));
    }
}
