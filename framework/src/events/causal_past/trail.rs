//! The way down the events of one agent: which of them are in the past, and why. Nothing is read here.

use std::collections::BTreeMap;

use super::{Influence, Link};
use crate::events::{EventPlace, Replica, Sequence, StateEvent};

/// At most so many events of one agent are read ahead.
const AHEAD: u64 = 64;

/// So many causes that the way down comes to by itself are remembered for each agent whose state has no replicas; of
/// further ones is said that they are predecessors, which they are, too.
const WANTED: usize = 1024;

/// The events of one agent that have not been looked at.
#[derive(Debug, Default)]
pub(super) struct Trail {
    /// What was read of them, the oldest first; the last one is the head.
    read: Vec<StateEvent>,
    /// How many were read at a time.
    stride: u64,
    /// What led to an event of another agent, with that event.
    wanted: BTreeMap<Sequence, EventPlace>,
    /// For each replica of the state how many of its changes something in the past knew of, and what that was.
    known: BTreeMap<Replica, (u64, EventPlace)>,
    /// The last event in the past that has no version: all before it are in the past.
    after_all: Option<EventPlace>,
    /// The last of its events that is in the past.
    past: Option<EventPlace>,
}

/// The events of an agent before another.
pub(super) enum Before {
    /// The last of them, the oldest first; none where there are none.
    Events(Vec<StateEvent>),
    /// They are compacted.
    Compacted,
}

impl From<StateEvent> for Trail {
    fn from(head: StateEvent) -> Self {
        Self { read: vec![head], ..Self::default() }
    }
}

impl Trail {
    /// The newest event that has not been looked at.
    pub(super) fn head(&self) -> Option<&StateEvent> {
        self.read.last()
    }

    /// Goes down from here. What had been read further down is read again.
    pub(super) fn begin_at(&mut self, head: StateEvent) {
        (self.read, self.stride) = (vec![head], 0);
    }

    /// This event of it led to that one.
    pub(super) fn wants(&mut self, sequence: Sequence, effect: EventPlace) {
        if self.wanted.len() < WANTED || self.head().is_some_and(|head| !head.causality.is_empty()) {
            self.wanted.entry(sequence).or_insert(effect);
        }
    }

    /// Why the head is in the past: what it led to, and how. `None` where it is not: it happened on a replica, and
    /// nothing in the past knew of it.
    pub(super) fn reason_for(&self, head: &StateEvent) -> Option<(EventPlace, Link)> {
        if let Some(effect) = self.wanted.get(&head.sequence) {
            return Some((effect.clone(), Link::Cause));
        }
        let knew = head.dot().and_then(|dot| {
            let (count, knew) = self.known.get(&dot.replica)?;
            (*count >= dot.count).then_some(knew)
        });
        let led_to = knew.or(self.after_all.as_ref())?;
        Some((led_to.clone(), Link::Predecessor))
    }

    /// Notes that this event is in the past.
    pub(super) fn note(&mut self, event: &StateEvent) {
        self.past = Some(event.place());
        let Some(dot) = event.dot() else {
            self.after_all = self.past.clone();
            return;
        };
        for (replica, count) in event.causality.before(&dot).iter() {
            let is_less = |(known, _): &(u64, EventPlace)| count < *known;
            // Of its own replica only what it knew of is still to come.
            if *replica == dot.replica || !self.known.get(replica).is_some_and(is_less) {
                self.known.insert(replica.clone(), (count, event.place()));
            }
        }
    }

    /// How many events before the head are to be read, if that has to be done before stepping down.
    pub(super) fn stride(&self) -> Option<u64> {
        (self.read.len() == 1).then(|| (2 * self.stride).clamp(1, AHEAD))
    }

    /// Steps down from the head, which was `event`, to what stands before it; what is missing there.
    pub(super) fn step_down(&mut self, event: &StateEvent, before: Option<Before>) -> Option<Influence> {
        self.stride = self.stride().unwrap_or(self.stride);
        self.wanted.remove(&event.sequence);
        self.read.pop();
        match before {
            Some(Before::Events(events)) => self.read = events,
            Some(Before::Compacted) => {
                let sequence = Sequence::new(event.sequence.number() - 1);
                let (agent, led_to) = (event.agent.clone(), self.past.clone()?);
                let event = EventPlace { agent, sequence };
                return Some(Influence::Missing { event, led_to, link: Link::Predecessor, compacted: true });
            }
            None => {}
        }
        None
    }
}
