//! What is left of an incarnation that has ended, or of a start that came to nothing: of whom, and below whom.

use std::sync::Arc;

use super::ChildSpec;
use super::board::Board;
use super::children::{Key, State};
use super::start::Running;
use crate::engine::Remains;

/// What may be left of a child's last incarnation.
#[derive(Clone, Debug)]
pub(super) struct Left {
    pub(super) remains: Remains,
    /// Where to look for who it is, if it is a supervisor.
    pub(super) below: Option<Below>,
}

/// A supervisor, as it is known whether or not it came up, and after its end.
#[derive(Clone, Debug)]
pub(super) struct Below {
    pub(super) board: Arc<Board>,
    pub(super) path: Arc<str>,
}

/// A child that is left below a supervisor that has ended.
pub(super) struct LeftChild {
    pub(super) key: Key,
    pub(super) spec: Arc<ChildSpec>,
    /// `None` when it was reported as an orphan.
    pub(super) unreported: Option<Left>,
}

impl Left {
    /// What may be left of a child that ran.
    pub(super) fn of(running: &Running) -> Self {
        let below = running.supervisor.as_ref().map(|supervisor| supervisor.as_below());
        Self { remains: running.process.remains(), below }
    }

    /// Whether all that is left was reported by supervisors below, and so has been waited for.
    pub(super) fn is_reported(&self) -> bool {
        self.below.as_ref().is_some_and(Below::has_only_orphans)
    }
}

impl Below {
    /// The children whose processes are not gone, or that were reported as orphans.
    pub(super) fn left(&self) -> Vec<LeftChild> {
        let mut found = Vec::new();
        let children = self.board.children();
        for (key, child) in children.iter() {
            let unreported = match &child.state {
                _ if child.is_orphaned() => None,
                State::Running(running) if !running.process.is_gone() => Some(Left::of(running)),
                // It was being started when its supervisor ended.
                State::Down | State::Restarting => match self.board.abandoned(key) {
                    Some(left) => Some(left),
                    None => continue,
                },
                State::Running(_) => continue,
            };
            found.push(LeftChild { key, spec: Arc::clone(&child.spec), unreported });
        }
        found
    }

    /// Whether only those are left that were reported as orphans.
    pub(super) fn has_only_orphans(&self) -> bool {
        let left = self.left();
        let is_reported = |child: &LeftChild| child.unreported.as_ref().is_none_or(Left::is_reported);
        !left.is_empty() && left.iter().all(is_reported)
    }

    /// Notes on behalf of a supervisor that has ended that this child of its does not yield.
    pub(super) fn note_orphan(&self, key: Key, remains: &Remains) {
        self.board.children().orphaned(key, remains.clone());
    }
}
