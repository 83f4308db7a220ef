//! The tree as it was: what every child has gone through lately, from which a moment that has passed is told.
//!
//! What is kept is bounded, as events are: the newest changes of children, each with what was before. From the tree
//! as it is now, a moment is reached backwards, so nothing has to be known of the time before the oldest change; what
//! lies before that is not told at all.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use super::children::{Child, Key};
use super::{ChildId, ChildSpec, ChildState, ChildType, History, Restart, Supervisor};
use crate::clock::Clock;

/// A tree of supervisors at a moment that has passed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PastTree {
    /// The moment, in seconds since the origin of the system's clock.
    pub at: f64,
    /// The root.
    pub root: PastNode,
}

/// One process of a tree at a moment that has passed, and everything below it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PastNode {
    /// What it was called in its supervisor.
    pub id: ChildId,
    /// What it was.
    pub child_type: ChildType,
    /// What it was doing.
    pub state: ChildState,
    /// Its restart type.
    pub restart: Restart,
    /// Since when it had been doing that, in seconds since the origin of the clock; `None` when that is not known any
    /// more.
    pub since: Option<f64>,
    /// Its children in the order in which they were added.
    pub children: Vec<PastNode>,
}

/// A moment of which nothing is known any more.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "the tree at {at:?} is not known any more; the history reaches back to {known_since:?} after the start"
)]
pub struct TooLongAgo {
    /// The moment, since the origin of the system's clock.
    pub at: Duration,
    /// The first moment that is known.
    pub known_since: Duration,
}

/// The newest changes of the children of one tree.
#[derive(Debug)]
pub(super) struct Changes(Mutex<Kept>);

#[derive(Debug)]
struct Kept {
    capacity: usize,
    list: VecDeque<Change>,
    known_since: Duration,
}

/// Something became of a child. What it became is before the next change of it, or in the tree as it is.
#[derive(Clone, Debug)]
struct Change {
    at: Duration,
    of: Of,
    /// What it was before; `None` when it was not there.
    from: Option<ChildState>,
}

/// Which child.
#[derive(Clone, Debug)]
struct Of {
    supervisor: Arc<str>,
    key: Key,
    id: ChildId,
    child_type: ChildType,
    restart: Restart,
}

impl Changes {
    pub(super) fn new(capacity: usize) -> Self {
        Self(Mutex::new(Kept { capacity, list: VecDeque::new(), known_since: Duration::ZERO }))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn push(&mut self, change: Change) {
        if self.list.len() == self.capacity
            && let Some(oldest) = self.list.pop_front()
        {
            self.known_since = self.known_since.max(oldest.at);
        }
        self.list.push_back(change);
    }
}

/// Writes down what becomes of the children of one supervisor.
#[derive(Clone, Debug)]
pub(super) struct Recorder {
    history: History,
    clock: Clock,
    supervisor: Arc<str>,
}

impl Recorder {
    pub(super) fn new(history: &History, clock: &Clock, supervisor: &Arc<str>) -> Self {
        Self { history: history.clone(), clock: clock.clone(), supervisor: Arc::clone(supervisor) }
    }

    /// Writes down what the child of this key was, now that it is something else.
    pub(super) fn note(&self, key: Key, spec: &ChildSpec, from: Option<ChildState>) {
        self.note_at(self.clock.now(), key, spec, from);
    }

    /// As [`Recorder::note`], at a moment that was read from the clock already and is not before its last change.
    pub(super) fn note_at(&self, at: Duration, key: Key, spec: &ChildSpec, from: Option<ChildState>) {
        self.history.changes().lock().push(Change { at, of: self.of(key, spec), from });
    }

    /// The supervisor has ended, and with it all of its children.
    pub(super) fn all_gone<'a>(&self, children: impl Iterator<Item = (Key, &'a Child)>) {
        let at = self.clock.now();
        let mut kept = self.history.changes().lock();
        for (key, child) in children {
            let from = Some(ChildState::of(&child.state));
            kept.push(Change { at, of: self.of(key, &child.spec), from });
        }
    }

    fn of(&self, key: Key, spec: &ChildSpec) -> Of {
        Of {
            supervisor: Arc::clone(&self.supervisor),
            key,
            id: spec.id.clone(),
            child_type: spec.child_type,
            restart: spec.restart,
        }
    }
}

/// What is known of one child at the moment.
struct Known {
    of: Of,
    state: Option<ChildState>,
    since: Option<Duration>,
    /// A change after the moment has said what was before it.
    settled: bool,
}

type Knowledge = HashMap<(Arc<str>, Key), Known>;

impl Supervisor {
    /// It and everything below it as it was at a moment that has passed, on the clock of its system.
    ///
    /// # Errors
    /// [`TooLongAgo`] when the history does not reach back to that moment.
    pub fn tree_at(&self, at: Duration) -> Result<PastTree, TooLongAgo> {
        let mut knowledge = Knowledge::new();
        // Read before the changes: whatever changes in between is among them.
        self.present(&mut knowledge);
        let recorder = self.recorder();
        let kept = recorder.history.changes().lock();
        if at < kept.known_since {
            return Err(TooLongAgo { at, known_since: kept.known_since });
        }
        for change in &kept.list {
            let key = (Arc::clone(&change.of.supervisor), change.of.key);
            let known = knowledge.entry(key).or_insert_with(|| Known {
                of: change.of.clone(),
                state: None,
                since: None,
                settled: false,
            });
            if change.at <= at {
                known.since = Some(change.at);
            } else if !known.settled {
                (known.state, known.of, known.settled) = (change.from, change.of.clone(), true);
            }
        }
        drop(kept);
        let mut below = HashMap::<Arc<str>, Vec<Known>>::new();
        for ((supervisor, _), known) in knowledge {
            below.entry(supervisor).or_default().push(known);
        }
        let root = PastNode {
            id: ChildId::from(self.path().rsplit('/').next().unwrap_or_default()),
            child_type: ChildType::Supervisor,
            state: ChildState::Running,
            restart: Restart::Temporary,
            since: None,
            children: nodes(self.path(), &mut below),
        };
        Ok(PastTree { at: at.as_secs_f64(), root })
    }

    /// The children at this moment, of all supervisors that run.
    fn present(&self, knowledge: &mut Knowledge) {
        let path = self.shared_path();
        let (_, _, children) = self.standing();
        for (key, child) in children {
            let of = Of {
                supervisor: Arc::clone(&path),
                key,
                id: child.spec.id.clone(),
                child_type: child.spec.child_type,
                restart: child.spec.restart,
            };
            let state = Some(ChildState::of(&child.state));
            knowledge.insert((Arc::clone(&path), key), Known { of, state, since: None, settled: false });
            if let super::children::State::Running(running) = &child.state
                && let Some(below) = &running.supervisor
            {
                below.present(knowledge);
            }
        }
    }
}

fn nodes(path: &str, below: &mut HashMap<Arc<str>, Vec<Known>>) -> Vec<PastNode> {
    let mut children = below.remove(path).unwrap_or_default();
    children.sort_by_key(|known| known.of.key);
    let there = children.into_iter().filter_map(|Known { of, state, since, .. }| Some((of, state?, since)));
    let nodes = there.map(|(of, state, since)| PastNode {
        children: nodes(&format!("{path}/{}", of.id), below),
        id: of.id,
        child_type: of.child_type,
        state,
        restart: of.restart,
        since: since.map(|since| since.as_secs_f64()),
    });
    nodes.collect()
}
