//! The children of one supervisor in start order, found by id and by process without a search.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::plan::Member;
use super::spec::Running;
use super::{ChildId, ChildSpec, Restart};
use crate::engine::ProcessId;
use crate::exit::Exit;

/// A child's place in the start order. Never given to another child of the same supervisor.
pub(crate) type Place = u64;

/// What a child is doing.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// It has a process.
    Running(Running),
    /// It has none (Erlang's `undefined`).
    Down,
    /// A restart of it failed, and a further attempt is on its way.
    Restarting,
}

/// One child.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub(crate) spec: Arc<ChildSpec>,
    pub(crate) state: State,
    pub(crate) restarts: u64,
    pub(crate) last_exit: Option<Arc<Exit>>,
}

/// All children.
#[derive(Debug, Default)]
pub(crate) struct Children {
    next: Place,
    list: BTreeMap<Place, Child>,
    by_id: HashMap<ChildId, Place>,
    by_process: HashMap<ProcessId, Place>,
}

impl Children {
    /// Adds a child at the end, down. The caller has checked that the id is free.
    pub(crate) fn push(&mut self, spec: Arc<ChildSpec>) -> Place {
        let place = self.next;
        self.next += 1;
        self.by_id.insert(spec.id.clone(), place);
        self.list.insert(place, Child { spec, state: State::Down, restarts: 0, last_exit: None });
        place
    }

    pub(crate) fn get(&self, place: Place) -> Option<&Child> {
        self.list.get(&place)
    }

    pub(crate) fn find(&self, id: &ChildId) -> Option<(Place, &Child)> {
        let place = *self.by_id.get(id)?;
        Some((place, self.list.get(&place)?))
    }

    /// In start order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (Place, &Child)> {
        self.list.iter().map(|(place, child)| (*place, child))
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// What a plan has to know, in start order.
    pub(crate) fn members(&self) -> impl Iterator<Item = Member<Place>> {
        self.iter().map(|(key, child)| Member {
            key,
            running: matches!(child.state, State::Running(_)),
            temporary: child.spec.restart == Restart::Temporary,
        })
    }

    /// Whether a significant child runs or is being restarted.
    pub(crate) fn significant_up(&self) -> bool {
        self.list.values().any(|child| child.spec.significant && !matches!(child.state, State::Down))
    }

    /// The child whose present process this is. A process that was replaced is nobody's.
    pub(crate) fn of_process(&self, process: ProcessId) -> Option<Place> {
        self.by_process.get(&process).copied()
    }

    /// Notes that the child runs. The second and later times are restarts.
    pub(crate) fn started(&mut self, place: Place, running: Running) {
        if let Some(child) = self.list.get_mut(&place) {
            self.by_process.insert(running.process.id(), place);
            child.state = State::Running(running);
        }
    }

    /// Counts a restart of this child.
    pub(crate) fn count_restart(&mut self, place: Place) {
        if let Some(child) = self.list.get_mut(&place) {
            child.restarts += 1;
        }
    }

    /// Notes that the child has no process any more; returns the one it had.
    pub(crate) fn ended(&mut self, place: Place, exit: Option<Exit>) -> Option<Running> {
        let child = self.list.get_mut(&place)?;
        if let Some(exit) = exit {
            child.last_exit = Some(Arc::new(exit));
        }
        match std::mem::replace(&mut child.state, State::Down) {
            State::Running(running) => {
                self.by_process.remove(&running.process.id());
                Some(running)
            }
            State::Down | State::Restarting => None,
        }
    }

    /// Notes how the child's last incarnation ended, which was stopped.
    pub(crate) fn note_exit(&mut self, place: Place, exit: Exit) {
        if let Some(child) = self.list.get_mut(&place) {
            child.last_exit = Some(Arc::new(exit));
        }
    }

    /// Notes that a restart failed and is tried again.
    pub(crate) fn restarting(&mut self, place: Place, exit: Exit) {
        if let Some(child) = self.list.get_mut(&place) {
            child.state = State::Restarting;
            child.last_exit = Some(Arc::new(exit));
        }
    }

    /// Removes the child with its specification.
    pub(crate) fn remove(&mut self, place: Place) -> Option<Child> {
        let child = self.list.remove(&place)?;
        self.by_id.remove(&child.spec.id);
        if let State::Running(running) = &child.state {
            self.by_process.remove(&running.process.id());
        }
        Some(child)
    }
}

impl Child {
    /// How long the present incarnation has run at `now`.
    pub(crate) fn age(&self, now: Duration) -> Option<Duration> {
        match &self.state {
            State::Running(running) => Some(now.saturating_sub(running.since)),
            State::Down | State::Restarting => None,
        }
    }
}
