//! Membership of processes in ractor process groups, so that plain ractor code can find them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ractor::{ActorCell, ActorStatus};

use super::Process;

/// Processes that are to become members of groups. Clones are the same.
///
/// Joining costs ractor a fifth of a whole restart, and nobody waits for it: so a supervisor lets those whom it has started
/// again join a little later, and together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Joins(Arc<Mutex<Vec<Join>>>);

#[derive(Debug)]
struct Join {
    scope: Arc<str>,
    group: Arc<str>,
    cell: ActorCell,
}

impl Joins {
    /// Notes that a process is to be a member of `group` in `scope`: the domain's name in the system's.
    pub(crate) fn note(&self, scope: &Arc<str>, group: &Arc<str>, process: &Process) {
        let (scope, group) = (Arc::clone(scope), Arc::clone(group));
        self.lock().push(Join { scope, group, cell: process.cell.clone() });
    }

    /// How many are noted.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Makes them members. ractor takes no actor in that has stopped, and takes each out again when it stops.
    pub(crate) fn carry_out(&self) {
        let mut noted = std::mem::take(&mut *self.lock());
        // Of one that ends again and again, all incarnations but the last.
        noted.retain(|join| join.cell.get_status() <= ActorStatus::Draining);
        // Many at once, because a call costs ractor more than a member.
        for joins in noted.chunk_by(|one, next| one.group == next.group && one.scope == next.scope) {
            if let [Join { scope, group, .. }, ..] = joins {
                let cells = joins.iter().map(|join| join.cell.clone()).collect();
                ractor::pg::join_scoped(String::from(&**scope), String::from(&**group), cells);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Join>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a process out of `group` in `scope` that was killed and does not yield: ractor would only when it has.
pub(crate) fn leave(scope: &str, group: &str, process: &Process) {
    ractor::pg::leave_scoped(scope.to_owned(), group.to_owned(), vec![process.cell.clone()]);
}
