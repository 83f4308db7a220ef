//! Membership of a process in a ractor process group, so that plain ractor code can find it.

use super::Myself;

/// Makes the process a member of `group` in `scope`: the domain's name in the system's. ractor takes it out again
/// when its actor stops.
pub(crate) fn join(scope: &str, group: &str, myself: &Myself) {
    ractor::pg::join_scoped(scope.to_owned(), group.to_owned(), vec![myself.cell.clone()]);
}
