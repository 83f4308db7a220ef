//! The steps of an agent's life: each is one step for the lifecycle, the mailbox, the registry and the agent
//! itself, taken under one lock, so that none of them ever tells another story than the others.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Agent;
use super::mailbox::Phase;
use super::seat::Seat;
use crate::engine::Waker;
use crate::identity::Incarnation;
use crate::identity::lifecycle::{AgentState, Change, Lifecycle, Stage};
use crate::registry::Registration;

/// Where an agent is in its life.
pub(super) struct Life {
    now: Mutex<Now>,
    has_news: AtomicBool,
}

#[derive(Default)]
struct Now {
    incarnation: u64,
    /// No further incarnation is to begin.
    is_last: bool,
    lifecycle: Lifecycle,
    /// What somebody put the agent into, suspended or draining: it outlives the incarnation.
    held: Option<Box<AgentState>>,
    /// What was decided from outside and the agent has not heard yet.
    news: Vec<Change>,
}

impl Life {
    /// The life of an instance whose last incarnation was this one.
    pub(super) fn after(last: Incarnation) -> Self {
        let now = Now { incarnation: last.number(), ..Now::default() };
        Self { now: Mutex::new(now), has_news: AtomicBool::new(false) }
    }

    pub(super) fn state(&self) -> AgentState {
        self.now().lifecycle.state().clone()
    }

    pub(super) fn incarnation(&self) -> Incarnation {
        Incarnation::new(self.now().incarnation)
    }

    pub(super) fn set_last(&self, last: bool) {
        self.now().is_last = last;
    }

    /// Whether no further incarnation is to begin.
    pub(super) fn is_last(&self) -> bool {
        self.now().is_last
    }

    /// Whether there is something that the agent is to hear: looked at between two messages, without the lock.
    pub(super) fn has_news(&self) -> bool {
        self.has_news.load(Acquire)
    }

    /// What the agent is to hear.
    pub(super) fn news(&self) -> Vec<Change> {
        let mut now = self.now();
        self.has_news.store(false, Release);
        std::mem::take(&mut now.news)
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an incarnation goes through.
impl<A: Agent> Seat<A> {
    /// The agent is started; nothing of an earlier life holds when it had been gone.
    pub(super) fn reopen(&self) -> bool {
        let mut now = self.life.now();
        let reopened = self.mailbox.reopen();
        if reopened {
            now.held = None;
        }
        reopened
    }

    /// A new incarnation begins; its number, or `None` when the one before it was to be the last. One before it that has
    /// not ended, although it was killed, counts as
    /// ended from here on.
    pub(super) fn begin(&self) -> Option<Incarnation> {
        let mut now = self.life.now();
        if now.is_last {
            return None;
        }
        if !now.lifecycle.state().stage().may_become(Stage::Registering) {
            self.pulse.end();
            let ended = AgentState::Terminated { reason: "killed, but it does not yield".to_owned() };
            self.step_by_id(&mut now, ended);
        }
        now.incarnation += 1;
        self.mailbox.ledger().begin();
        let started_at = self.surroundings.clock.now();
        self.step(&mut now, AgentState::Registering { started_at }, |_, _| {});
        Some(Incarnation::new(now.incarnation))
    }

    /// The incarnation is in the registry, which knows it as registered.
    pub(super) fn registered(&self) {
        let registry_id = self.surroundings.registry.id();
        self.step(&mut self.life.now(), AgentState::Registered { registry_id }, |_, _| {});
    }

    /// The incarnation begins to work, unless the agent was suspended or draining when the one before ended: then
    /// it still is. Returns what the agent is to hear.
    pub(super) fn open(
        &self,
        incarnation: Incarnation,
        waker: Waker,
        registration: &Registration,
    ) -> Vec<Change> {
        let mut now = self.life.now();
        now.news.clear();
        let tell = |stage, reason: &str| _ = registration.set_stage(stage, reason);
        let active = self.step(&mut now, self.active(registration.record().registered_at), tell);
        let phase = self.mailbox.open(incarnation, waker);
        let held = now.held.clone().filter(|_| matches!(phase, Phase::Suspended | Phase::Draining));
        let held = held.and_then(|held| self.step(&mut now, *held, tell));
        active.into_iter().chain(held).collect()
    }

    /// The incarnation has ended, and leaves the registry. One that was replaced before it ended says nothing.
    pub(super) fn end(&self, incarnation: Incarnation, registration: Option<Registration>, reason: String) {
        let mut now = self.life.now();
        self.mailbox.leave(incarnation);
        if now.incarnation == incarnation.number() {
            self.pulse.end();
            self.step(&mut now, AgentState::Terminated { reason }, |stage, reason| {
                _ = registration.map(|registration| registration.end(stage, reason));
            });
        }
    }

    /// The present incarnation was killed and does not yield: it takes no further message, and what waits is for the
    /// next one. Its place in the registry stays its own until it is gone.
    pub(super) fn fence(&self) {
        let mut now = self.life.now();
        self.mailbox.leave(Incarnation::new(now.incarnation));
        self.pulse.end();
        let ended = AgentState::Terminated { reason: "killed, but it does not yield".to_owned() };
        self.step_by_id(&mut now, ended);
    }

    /// The agent has ended and is not started again: what waits for it comes back.
    pub(super) fn retire_for(&self, reason: &str) {
        let ended = AgentState::Terminated { reason: reason.to_owned() };
        self.step_by_id(&mut self.life.now(), ended);
        self.mailbox.close();
    }

    fn active(&self, since: Duration) -> AgentState {
        AgentState::Active { since, message_count: self.pulse.handled() }
    }

    /// As [`Self::step`], of an incarnation that may have an entry in the registry, which is looked for.
    fn step_by_id(&self, now: &mut Now, next: AgentState) -> Option<Change> {
        let incarnation = Incarnation::new(now.incarnation);
        let registry = &self.surroundings.registry;
        self.step(now, next, |stage, reason| _ = registry.set_stage(&self.id, incarnation, stage, reason))
    }

    /// Takes the agent a step on, tells the registry by `tell`, and then the log; an illegal step is refused, and logged.
    fn step(&self, now: &mut Now, next: AgentState, tell: impl FnOnce(Stage, &str)) -> Option<Change> {
        match now.lifecycle.advance(next) {
            Ok(change) => {
                let (stage, reason) = (change.to.stage(), change.reason());
                tell(stage, reason);
                self.surroundings.changed(&self.id, Incarnation::new(now.incarnation), &change);
                tracing::debug!(agent = %self.id, to = stage.name(), reason, "stage");
                Some(change)
            }
            Err(illegal) => {
                tracing::debug!(agent = %self.id, %illegal, "stage refused");
                None
            }
        }
    }
}

/// What those do who run the system; false when the agent is not in a stage where that means anything.
impl<A: Agent> Seat<A> {
    pub(super) fn suspend_for(&self, reason: &str) -> bool {
        let mut now = self.life.now();
        let suspended = self.mailbox.suspend(reason);
        if suspended {
            self.hold(&mut now, Some(AgentState::Suspended { reason: reason.to_owned() }));
        }
        suspended
    }

    pub(super) fn go_on(&self) -> bool {
        let mut now = self.life.now();
        let suspended = self.mailbox.phase() == Phase::Suspended;
        if suspended {
            self.hold(&mut now, None);
            self.mailbox.resume();
        }
        suspended
    }

    pub(super) fn begin_drain(&self, reason: &str, deadline: Duration) -> bool {
        let mut now = self.life.now();
        let draining = self.mailbox.drain();
        if draining {
            self.hold(&mut now, Some(AgentState::Draining { reason: reason.to_owned(), deadline }));
        }
        draining
    }

    /// Puts the agent into a state, or back to work. One that is down at the moment enters it when it is up.
    fn hold(&self, now: &mut Now, held: Option<AgentState>) {
        let next = held.clone().unwrap_or_else(|| self.active(self.surroundings.clock.now()));
        now.held = held.map(Box::new);
        if let Some(change) = self.step_by_id(now, next) {
            now.news.push(change);
            self.life.has_news.store(true, Release);
        }
    }
}
