//! The children of one supervisor in start order, found by key, by id and by process without a search.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::past::Recorder;
use super::plan::Member;
use super::start::Running;
use super::step::Family;
use super::{ChildId, ChildSpec, ChildState, Restart, Strategy};
use crate::engine::{ProcessId, Remains};
use crate::exit::Exit;

/// Which child: never given to another child of the same supervisor, and the same wherever the child stands.
pub(crate) type Key = u64;

/// Looked into some twenty times for each restart, so that the hash counts.
type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// Where a child stands in the start order.
type Place = u64;

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
    pub(crate) restarts: u32,
    pub(crate) last_exit: Option<Arc<Exit>>,
    /// How often it was started again without a run of a whole period in between, if anybody counts.
    pub(crate) attempts: u32,
    /// Why it is restarting and no attempt is on its way.
    pub(crate) put_off: Option<Box<PutOffUntil>>,
    /// An earlier process of it, which was killed and did not yield.
    orphan: Option<Box<Orphan>>,
    place: Place,
}

/// A process that was killed and did not yield, or something of a start that came to nothing.
#[derive(Clone, Debug)]
struct Orphan {
    remains: Remains,
    /// Its child is forgotten when it is gone.
    leaves: bool,
}

/// A restart that was put off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PutOffUntil {
    /// The event that says so.
    pub(crate) event: u64,
    /// The time on the system's clock before which it is not carried out.
    pub(crate) due: Duration,
}

/// All children.
#[derive(Debug)]
pub(crate) struct Children {
    dynamic: bool,
    recorder: Recorder,
    /// The supervisor has ended: there are no children any more.
    over: bool,
    next_key: Key,
    next_place: Place,
    /// Boxed, because a table keeps room for more than there are.
    list: Map<Key, Box<Child>>,
    order: BTreeMap<Place, Key>,
    by_id: Map<ChildId, Key>,
    by_process: Map<ProcessId, Key>,
    /// How many significant children run or are being restarted.
    significant_up: usize,
}

impl Children {
    /// No children; of a dynamic supervisor, or not.
    pub(super) fn new(dynamic: bool, recorder: Recorder) -> Self {
        Self {
            dynamic,
            recorder,
            over: false,
            next_key: 0,
            next_place: 0,
            list: Map::default(),
            order: BTreeMap::new(),
            by_id: Map::default(),
            by_process: Map::default(),
            significant_up: 0,
        }
    }

    /// The supervisor has ended, and with it all children.
    pub(crate) fn end_all(&mut self) {
        if !self.over {
            self.recorder.all_gone(self.iter());
        }
        self.over = true;
    }

    /// Whether the supervisor has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Who writes down what becomes of them.
    pub(super) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Adds a child at the end, down. The caller has checked that the id is free.
    pub(crate) fn push(&mut self, spec: Arc<ChildSpec>) -> Key {
        self.by_id.insert(spec.id.clone(), self.next_key);
        self.push_instance(spec)
    }

    /// Which key the next child will have.
    pub(crate) fn next_key(&self) -> Key {
        self.next_key
    }

    /// Adds an instance, down: its id is made from its key, by which it is found.
    pub(crate) fn push_instance(&mut self, spec: Arc<ChildSpec>) -> Key {
        let (key, place) = (self.next_key, self.next_place);
        (self.next_key, self.next_place) = (key + 1, place + 1);
        self.order.insert(place, key);
        self.recorder.note(key, &spec, None);
        self.list.insert(key, Box::new(Child::new(spec, place)));
        key
    }

    pub(crate) fn get(&self, key: Key) -> Option<&Child> {
        self.list.get(&key).map(Box::as_ref)
    }

    pub(crate) fn find(&self, id: &ChildId) -> Option<(Key, &Child)> {
        if let Some(key) = self.by_id.get(id) {
            return Some((*key, self.get(*key)?));
        }
        let (_, number) = id.as_str().rsplit_once('#')?;
        let key = number.parse().ok()?;
        let child = self.get(key).filter(|child| child.spec.id == *id)?;
        Some((key, child))
    }

    /// In start order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (Key, &Child)> {
        self.order.values().filter_map(|key| Some((*key, self.get(*key)?)))
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The child whose present process this is. A process that was replaced is nobody's.
    pub(crate) fn of_process(&self, process: ProcessId) -> Option<Key> {
        self.by_process.get(&process).copied()
    }

    /// Notes that the child runs.
    pub(crate) fn started(&mut self, key: Key, running: Running) {
        let process = running.process.id();
        if self.change(key, Some(running.since), |child| child.state = State::Running(running)).is_some() {
            self.by_process.insert(process, key);
        }
    }

    /// Counts a restart of this child.
    pub(crate) fn count_restart(&mut self, key: Key) {
        if let Some(child) = self.list.get_mut(&key) {
            child.restarts += 1;
        }
    }

    /// Notes that the child has no process any more; returns the one it had.
    pub(crate) fn down(&mut self, key: Key) -> Option<Running> {
        let before = self.change(key, None, |child| std::mem::replace(&mut child.state, State::Down))?;
        self.no_process(before)
    }

    /// Notes that the child ended at this moment; returns the process that it had, and what it is.
    pub(crate) fn ended(&mut self, at: Duration, key: Key, exit: Exit) -> Option<(Running, Arc<ChildSpec>)> {
        let (before, spec) = self.change(key, Some(at), |child| {
            child.last_exit = Some(Arc::new(exit));
            (std::mem::replace(&mut child.state, State::Down), Arc::clone(&child.spec))
        })?;
        Some((self.no_process(before)?, spec))
    }

    fn no_process(&mut self, before: State) -> Option<Running> {
        let State::Running(running) = before else { return None };
        self.by_process.remove(&running.process.id());
        Some(running)
    }

    /// Notes how the child's last incarnation ended, which was stopped.
    pub(crate) fn note_exit(&mut self, key: Key, exit: Exit) {
        if let Some(child) = self.list.get_mut(&key) {
            child.last_exit = Some(Arc::new(exit));
        }
    }

    /// Notes that a restart failed and is tried again.
    pub(crate) fn restarting(&mut self, key: Key, exit: Exit) {
        self.change(key, None, |child| {
            child.state = State::Restarting;
            child.put_off = None;
            child.last_exit = Some(Arc::new(exit));
        });
    }

    /// Gives a child a new specification of the same id; returns the one it had.
    pub(crate) fn respecify(&mut self, key: Key, spec: Arc<ChildSpec>) -> Option<Arc<ChildSpec>> {
        self.change(key, None, |child| std::mem::replace(&mut child.spec, spec))
    }

    /// Puts all children into this order.
    pub(crate) fn arrange(&mut self, order: impl IntoIterator<Item = Key>) {
        self.order = (0..).zip(order).collect();
        for (place, key) in &self.order {
            if let Some(child) = self.list.get_mut(key) {
                child.place = *place;
            }
        }
        self.next_place = self.order.len() as Place;
    }

    /// Notes that a restart is put off.
    pub(crate) fn put_off(&mut self, key: Key, event: u64, due: Duration) {
        self.change(key, None, |child| child.state = State::Restarting);
        if let Some(child) = self.list.get_mut(&key) {
            child.put_off = Some(Box::new(PutOffUntil { event, due }));
        }
    }

    /// Those whose restarts are put off, in start order.
    pub(crate) fn all_put_off(&self) -> Vec<Key> {
        self.iter().filter(|(_, child)| child.put_off.is_some()).map(|(key, _)| key).collect()
    }

    /// Changes the number of the attempt that the next start of a child is.
    pub(crate) fn count_attempt(&mut self, key: Key, next: impl FnOnce(u32) -> u32) {
        if let Some(child) = self.list.get_mut(&key) {
            child.attempts = next(child.attempts);
        }
    }

    /// Notes that this is left of the child and does not yield.
    pub(crate) fn orphaned(&mut self, key: Key, remains: Remains) {
        if let Some(child) = self.list.get_mut(&key) {
            child.orphan = Some(Box::new(Orphan { remains, leaves: false }));
        }
    }

    /// Notes that the process that did not yield is gone. A child that was to be forgotten is.
    pub(crate) fn orphan_gone(&mut self, key: Key) {
        let Some(child) = self.list.get_mut(&key) else { return };
        if child.orphan.take().is_some_and(|orphan| orphan.leaves) {
            self.remove(key);
        }
    }

    /// Removes the child with its specification; if its process was killed and does not yield, when that is gone.
    pub(crate) fn forget(&mut self, key: Key) {
        let orphan = self.list.get_mut(&key).and_then(|child| child.orphan.as_deref_mut());
        match orphan.filter(|orphan| !orphan.remains.are_gone()) {
            Some(orphan) => {
                orphan.leaves = true;
                self.down(key);
            }
            None => _ = self.remove(key),
        }
    }

    /// Removes the child with its specification.
    pub(crate) fn remove(&mut self, key: Key) -> Option<Child> {
        self.down(key);
        let child = self.list.remove(&key)?;
        self.recorder.note(key, &child.spec, Some(ChildState::Down));
        self.order.remove(&child.place);
        if self.by_id.get(&child.spec.id) == Some(&key) {
            self.by_id.remove(&child.spec.id);
        }
        Some(*child)
    }

    /// Changes a child, at this moment or now, and keeps count of who is significant and up.
    fn change<T>(
        &mut self,
        key: Key,
        at: Option<Duration>,
        change: impl FnOnce(&mut Child) -> T,
    ) -> Option<T> {
        let child = self.list.get_mut(&key)?;
        let (before, from) = (child.counts(), ChildState::of(&child.state));
        let changed = change(child);
        let to = ChildState::of(&child.state);
        if to != ChildState::Restarting {
            child.put_off = None;
        }
        if from != to {
            match at {
                Some(at) => self.recorder.note_at(at, key, &child.spec, Some(from)),
                None => self.recorder.note(key, &child.spec, Some(from)),
            }
        }
        self.significant_up = self.significant_up + usize::from(child.counts()) - usize::from(before);
        Some(changed)
    }
}

impl Family<Key> for Children {
    /// A child that is not there is as good as forgotten.
    fn kind(&self, child: Key) -> (Restart, bool) {
        let spec = self.get(child).map(|child| &child.spec);
        spec.map_or((Restart::Temporary, false), |spec| (spec.restart, spec.significant))
    }

    fn keeps_ended(&self) -> bool {
        !self.dynamic
    }

    fn significant_up(&self) -> bool {
        self.significant_up > 0
    }

    fn is_orphaned(&self, child: Key) -> bool {
        self.get(child).is_some_and(Child::is_orphaned)
    }

    fn members(&self, strategy: Strategy, ended: Key) -> impl Iterator<Item = Member<Key>> {
        let first = match (strategy, self.list.get(&ended)) {
            (Strategy::OneForOne | Strategy::RestForOne, Some(child)) => child.place,
            _ => 0,
        };
        let last = if strategy == Strategy::OneForOne { first } else { Place::MAX };
        let group = self.order.range(first..=last);
        let group = group.filter_map(|(_, key)| Some((*key, self.list.get(key)?)));
        group.filter(|(_, child)| !child.leaves()).map(|(key, child)| Member {
            key,
            running: matches!(child.state, State::Running(_)),
            temporary: child.spec.restart == Restart::Temporary,
        })
    }
}

impl Child {
    fn new(spec: Arc<ChildSpec>, place: Place) -> Self {
        Self {
            spec,
            state: State::Down,
            restarts: 0,
            last_exit: None,
            attempts: 0,
            put_off: None,
            orphan: None,
            place,
        }
    }

    /// Whether a process of it was killed and has not yielded.
    pub(crate) fn is_orphaned(&self) -> bool {
        self.orphan.as_ref().is_some_and(|orphan| !orphan.remains.are_gone())
    }

    /// Whether it is forgotten when its orphan is gone.
    fn leaves(&self) -> bool {
        self.orphan.as_ref().is_some_and(|orphan| orphan.leaves)
    }

    /// How long the present incarnation has run at `now`.
    pub(crate) fn age(&self, now: Duration) -> Option<Duration> {
        match &self.state {
            State::Running(running) => Some(now.saturating_sub(running.since)),
            State::Down | State::Restarting => None,
        }
    }

    /// How long after `now` its next start is tried, if that was put off for a while.
    pub(crate) fn next_attempt(&self, now: Duration) -> Option<Duration> {
        self.put_off.as_ref().map(|put_off| put_off.due.saturating_sub(now)).filter(|left| !left.is_zero())
    }

    fn counts(&self) -> bool {
        self.spec.significant && !matches!(self.state, State::Down)
    }
}
