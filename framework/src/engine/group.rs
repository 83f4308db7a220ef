//! Membership of a process in a ractor process group, so that plain ractor code can find it.

use super::Myself;

/// A group of processes: `scope` is the system's name, `name` the domain's.
///
/// Members are left to ractor to remove: it does so when their actor stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) scope: String,
    pub(crate) name: String,
}

impl Group {
    /// Makes the process a member.
    pub(crate) fn join(&self, myself: &Myself) {
        ractor::pg::join_scoped(self.scope.clone(), self.name.clone(), vec![myself.cell.clone()]);
    }
}
