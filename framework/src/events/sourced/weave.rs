//! The state of an agent with replicas while changes come in, from here and from elsewhere: pure, without a log.
//!
//! It keeps the tips of the history, those changes that no other change knew of, each with the state after it. A
//! change that knew exactly of some of the tips is woven in at once; one that knew of an older state is late, and the
//! whole has to be made again ([lineage](super::lineage)).

use super::EventSourced;
use super::resolution::{Resolution, Resolving};
use crate::events::dot::Turn;
use crate::events::{Dot, VectorClock};

/// One change, and the version of the state after it.
pub(super) struct Change<'a, E> {
    pub(super) dot: &'a Dot,
    pub(super) version: &'a VectorClock,
    /// Nothing where a correction passes it over.
    pub(super) event: Option<&'a E>,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woven {
    /// It is in the state.
    In,
    /// It is not: it belongs before something that is.
    Late,
}

/// The state of an agent with replicas.
pub(super) struct Weave<S: EventSourced> {
    resolving: Resolving<S>,
    begin: S,
    /// In the order of their turns. With the last writer's resolution it is the change that had the last turn.
    tips: Vec<Tip>,
    /// The state after each.
    states: Vec<S>,
    /// What they are together, where that is asked for and they are several.
    merged: Option<S>,
}

/// A change that no other one knew of.
struct Tip {
    turn: Turn,
    dot: Dot,
    version: VectorClock,
}

impl<E> Change<'_, E> {
    fn tip(&self) -> Tip {
        Tip::new(self.dot.clone(), self.version.clone())
    }
}

impl Tip {
    fn new(dot: Dot, version: VectorClock) -> Self {
        Self { turn: Turn::of(&dot, &version), dot, version }
    }
}

impl<S: EventSourced> Weave<S> {
    /// A state without any change.
    pub(super) fn new(begin: S, resolving: Resolving<S>) -> Self {
        Self { resolving, begin, tips: Vec::new(), states: Vec::new(), merged: None }
    }

    /// The state with these tips, each with the version and the state after it.
    pub(super) fn of(
        begin: S,
        resolving: Resolving<S>,
        tips: impl IntoIterator<Item = (Dot, VectorClock, S)>,
    ) -> Self {
        let mut weave = Self::new(begin, resolving);
        for (dot, version, state) in tips {
            weave.put(Tip::new(dot, version), state);
        }
        weave.merge();
        weave
    }

    /// What a decision is made on: the one state; of siblings, the one whose last change has the last turn.
    pub(super) fn state(&self) -> &S {
        self.merged.as_ref().or(self.states.last()).unwrap_or(&self.begin)
    }

    /// All states that there are: several only where siblings are kept, in the order of their turns.
    pub(super) fn siblings(&self) -> &[S] {
        match self.resolving.resolution {
            Resolution::Siblings(_) if self.states.len() > 1 => &self.states,
            _ => std::slice::from_ref(self.state()),
        }
    }

    /// The tips, each with the version and the state after it.
    pub(super) fn tips(&self) -> impl Iterator<Item = (&Dot, &VectorClock, &S)> {
        self.tips.iter().zip(&self.states).map(|(tip, state)| (&tip.dot, &tip.version, state))
    }

    /// Weaves a change in, all of whose causes are in.
    ///
    /// # Errors
    /// When it cannot be applied; the state is spoiled then.
    pub(super) fn add(&mut self, change: &Change<'_, S::Event>) -> anyhow::Result<Woven> {
        match self.resolving.resolution {
            Resolution::LastWriter => self.follow(change),
            Resolution::Merge(_) | Resolution::Siblings(_) => self.branch(change),
        }
    }

    /// Takes a change that has its turn after all others.
    fn follow(&mut self, change: &Change<'_, S::Event>) -> anyhow::Result<Woven> {
        let tip = change.tip();
        if self.tips.first().is_some_and(|last| last.turn > tip.turn) {
            return Ok(Woven::Late);
        }
        let seen = std::mem::take(&mut self.states);
        let state = self.resolving.grown(&self.begin, seen, change.event)?;
        self.tips.clear();
        self.put(tip, state);
        Ok(Woven::In)
    }

    /// Takes a change that knew exactly of some of the tips.
    fn branch(&mut self, change: &Change<'_, S::Event>) -> anyhow::Result<Woven> {
        let past = change.version.before(change.dot);
        let known = |tip: &Tip| past.knows(&tip.dot);
        let joined = self
            .tips
            .iter()
            .filter(|tip| known(tip))
            .fold(VectorClock::new(), |all, tip| all.merged(&tip.version));
        if joined != past {
            return Ok(Woven::Late);
        }
        let tips = std::mem::take(&mut self.tips).into_iter().zip(std::mem::take(&mut self.states));
        let (seen, others): (Vec<_>, Vec<_>) = tips.partition(|(tip, _)| known(tip));
        (self.tips, self.states) = others.into_iter().unzip();
        let seen = seen.into_iter().map(|(_, state)| state).collect();
        let state = self.resolving.grown(&self.begin, seen, change.event)?;
        self.put(change.tip(), state);
        self.merge();
        Ok(Woven::In)
    }

    fn put(&mut self, tip: Tip, state: S) {
        let at = self.tips.partition_point(|other| other.turn < tip.turn);
        self.tips.insert(at, tip);
        self.states.insert(at, state);
    }

    fn merge(&mut self) {
        self.merged = if self.states.len() > 1 { self.resolving.merged(&self.states) } else { None };
    }
}
