//! What a supervisor says in the moment it happens: Erlang's error reports, and where each supervisor begins and ends.
//!
//! A [`History`](super::History) is read afterwards and tells decisions as a whole; a [`Report`] is heard at once,
//! between what it is about and what is done next.

use std::fmt;
use std::sync::Arc;

use super::{ChildId, History, Restart, Shutdown, Supervisor};
use crate::engine::Myself;
use crate::exit::Exit;

/// Something that a supervisor does at this moment.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Report<'a> {
    /// It begins; none of its children has been started.
    Begins {
        /// Itself, before anybody else gets hold of it: what it is asked waits in its queue until it is up.
        supervisor: &'a Supervisor,
    },
    /// It is up, with its children.
    Up,
    /// It begins to stop all its children.
    Stops,
    /// It has ended, its children before it, unless it was killed.
    Ended {
        /// How.
        exit: &'a Exit,
    },
    /// A child ended by itself, and that was not in order: it is permanent, or the exit is abnormal (Erlang's
    /// `child_terminated`).
    ChildTerminated {
        /// The child.
        child: &'a ChildId,
        /// How it ended.
        exit: &'a Exit,
    },
    /// A child did not start, at first or in a restart (Erlang's `start_error`).
    StartFailed {
        /// The child.
        child: &'a ChildId,
        /// Why not.
        exit: &'a Exit,
    },
    /// A restart would have been one too many (Erlang's `reached_max_restart_intensity`).
    GaveUp {
        /// The child whose restart was too many.
        child: &'a ChildId,
    },
    /// A child was stopped and did not take it as it should (Erlang's `shutdown_error`).
    StopFailed {
        /// The child.
        child: &'a ChildId,
        /// How it ended.
        exit: &'a Exit,
    },
}

/// Who hears the reports of all supervisors of a tree: called with the supervisor's path from the root. It is
/// called by the supervisor itself, which waits for it.
pub type Listener = Arc<dyn Fn(&str, Report<'_>) + Send + Sync>;

/// Whether a child that was stopped this way, and ended so, took it as it should. Erlang expects `shutdown` of one
/// that was asked and `killed` of one that was not; others than permanent ones may end politely as well.
pub(super) fn stopped_well(restart: Restart, shutdown: Shutdown, exit: &Exit) -> bool {
    let killed_as_meant = matches!((shutdown, exit), (Shutdown::BrutalKill, Exit::Killed));
    let stopped_as_meant = shutdown != Shutdown::BrutalKill && matches!(exit, Exit::Shutdown);
    killed_as_meant || stopped_as_meant || (restart != Restart::Permanent && !exit.is_abnormal())
}

/// Reports the begin of a supervisor, and with its last breath the end.
pub(super) struct Life {
    history: History,
    path: Arc<str>,
    myself: Myself,
    failed: Option<Exit>,
}

impl Life {
    pub(super) fn begin(
        history: &History,
        path: &Arc<str>,
        myself: Myself,
        supervisor: impl FnOnce() -> Supervisor,
    ) -> Self {
        if history.is_heard() {
            history.report(path, Report::Begins { supervisor: &supervisor() });
        }
        Self { history: history.clone(), path: Arc::clone(path), myself, failed: None }
    }

    pub(super) fn is_up(&self) {
        self.history.report(&self.path, Report::Up);
    }

    pub(super) fn has_failed(&mut self, exit: &Exit) {
        self.myself.has_failed(exit);
        self.failed = Some(exit.clone());
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let exit = self.failed.take().or_else(|| self.myself.exit()).unwrap_or(Exit::Killed);
        self.history.report(&self.path, Report::Ended { exit: &exit });
    }
}

impl fmt::Debug for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Life({})", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_reported_unless_the_child_ends_as_it_was_told() {
        use Restart::{Permanent, Temporary, Transient};
        let asked = Shutdown::Infinity;
        let with = Exit::ShutdownWith { value: "moved".into() };
        assert!(stopped_well(Permanent, asked, &Exit::Shutdown));
        assert!(!stopped_well(Permanent, asked, &Exit::Normal));
        assert!(!stopped_well(Permanent, asked, &with));
        assert!(!stopped_well(Permanent, asked, &Exit::Killed));
        assert!(stopped_well(Transient, asked, &Exit::Normal));
        assert!(stopped_well(Temporary, asked, &with));
        assert!(!stopped_well(Temporary, asked, &Exit::Killed));
        assert!(stopped_well(Permanent, Shutdown::BrutalKill, &Exit::Killed));
        assert!(!stopped_well(Permanent, Shutdown::BrutalKill, &Exit::Shutdown));
        assert!(stopped_well(Transient, Shutdown::BrutalKill, &Exit::Shutdown));
    }
}
