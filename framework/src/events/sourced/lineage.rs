//! The state of an agent with replicas, made of all its changes at once: the meaning of each resolution, written down.
//!
//! The [weave](super::weave) takes changes as they come, and gives the same state where it takes them at all. Pure,
//! without a log.

use std::collections::HashMap;
use std::slice;

use super::EventSourced;
use super::resolution::{Resolution, Resolving};
use super::weave::Weave;
use crate::events::dot::Turn;
use crate::events::{Dot, VectorClock};

/// One change of a history.
pub(super) struct Past<E> {
    pub(super) dot: Dot,
    pub(super) version: VectorClock,
    /// Nothing where a correction passes it over.
    pub(super) event: Option<E>,
}

/// A history that is being made into a state, change by change.
pub(super) struct Lineage<S: EventSourced> {
    resolving: Resolving<S>,
    begin: S,
    history: Vec<Past<S::Event>>,
    /// In which order the changes are applied.
    order: Vec<usize>,
    /// The changes in whose states each was decided: the newest that it knew of, in the order of their turns.
    parents: Vec<Vec<usize>>,
    /// How many changes still need the state after each.
    needed: Vec<usize>,
    /// The states that are needed still; with the last writer's resolution the one state, under the last change.
    states: HashMap<usize, S>,
    /// The applied changes that no other one has followed, in the order in which they were applied.
    tips: Vec<usize>,
}

/// A change whose causes are not all there, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missing(pub(super) usize);

impl<E> Past<E> {
    fn turn(&self) -> Turn {
        Turn::of(&self.dot, &self.version)
    }
}

impl<S: EventSourced> Lineage<S> {
    /// A history, causes before effects.
    ///
    /// # Errors
    /// When a cause is missing, or comes after its effect.
    pub(super) fn new(
        begin: S,
        resolving: Resolving<S>,
        history: Vec<Past<S::Event>>,
    ) -> Result<Self, Missing> {
        let mut order: Vec<_> = (0..history.len()).collect();
        let mut parents = families(&history)?;
        if matches!(resolving.resolution, Resolution::LastWriter) {
            order.sort_by_cached_key(|index| history[*index].turn());
            // One after the other, whoever knew of whom.
            parents = vec![Vec::new(); history.len()];
            for pair in order.windows(2) {
                parents[pair[1]].push(pair[0]);
            }
        }
        let mut needed = vec![0; history.len()];
        parents.iter().flatten().for_each(|parent| needed[*parent] += 1);
        Ok(Self {
            resolving,
            begin,
            history,
            order,
            parents,
            needed,
            states: HashMap::new(),
            tips: Vec::new(),
        })
    }

    /// The changes, in the order in which they are to be applied.
    pub(super) fn order(&self) -> Vec<usize> {
        self.order.clone()
    }

    /// The changes, in the order of their turns, which is the same on every replica: they can be applied in this one, too.
    pub(super) fn order_of_turns(&self) -> Vec<usize> {
        let mut order = self.order.clone();
        order.sort_by_cached_key(|index| self.history[*index].turn());
        order
    }

    /// Applies a change; all before it in the order are applied.
    ///
    /// # Errors
    /// When it cannot be applied.
    pub(super) fn apply(&mut self, index: usize) -> anyhow::Result<()> {
        let parents = std::mem::take(&mut self.parents[index]);
        self.tips.retain(|tip| !parents.contains(tip));
        self.tips.push(index);
        let seen = parents.into_iter().filter_map(|parent| self.take(parent)).collect();
        let state = self.resolving.grown(&self.begin, seen, self.history[index].event.as_ref())?;
        self.states.insert(index, state);
        Ok(())
    }

    /// The state after a change, for one of those that need it.
    fn take(&mut self, index: usize) -> Option<S> {
        self.needed[index] -= 1;
        if self.needed[index] == 0 {
            return self.states.remove(&index);
        }
        self.states.get(&index).map(|state| self.resolving.copy(state))
    }

    /// Looks at what has come of the changes applied so far, which are the first in the order of turns: one state, or all
    /// siblings.
    pub(super) fn look<T>(&self, look: impl FnOnce(&[S]) -> T) -> T {
        let state = |tip: &usize| self.states.get(tip).unwrap_or(&self.begin);
        match &self.tips[..] {
            [] => look(slice::from_ref(&self.begin)),
            [tip] => look(slice::from_ref(state(tip))),
            tips => {
                let states: Vec<_> = tips.iter().map(|tip| self.resolving.copy(state(tip))).collect();
                match self.resolving.merged(&states) {
                    Some(merged) => look(slice::from_ref(&merged)),
                    None => look(&states),
                }
            }
        }
    }

    /// What all of them have led to: the states that no change has followed.
    pub(super) fn finish(self) -> Weave<S> {
        let Self { resolving, begin, history, states, .. } = self;
        let tips = states.into_iter().map(|(index, state)| {
            let Past { dot, version, .. } = &history[index];
            (dot.clone(), version.clone(), state)
        });
        Weave::of(begin, resolving, tips)
    }
}

/// For each change the newest ones that it knew of, in the order of their turns.
fn families<E>(history: &[Past<E>]) -> Result<Vec<Vec<usize>>, Missing> {
    let mut places: HashMap<(&str, u64), usize> = HashMap::with_capacity(history.len());
    let mut families = Vec::with_capacity(history.len());
    for (index, past) in history.iter().enumerate() {
        let before = past.version.before(&past.dot);
        let known: Option<Vec<_>> =
            before.iter().map(|(replica, count)| places.get(&(replica.as_str(), count)).copied()).collect();
        let known = known.ok_or(Missing(index))?;
        let is_newest = |one: &usize| {
            let knew_of_it =
                |other: &usize| other != one && history[*other].version.knows(&history[*one].dot);
            !known.iter().any(knew_of_it)
        };
        let mut parents: Vec<_> = known.iter().copied().filter(is_newest).collect();
        parents.sort_by_cached_key(|parent| history[*parent].turn());
        families.push(parents);
        places.insert((past.dot.replica.as_str(), past.dot.count), index);
    }
    Ok(families)
}
