//! What a supervisor knows, kept where anybody can read it without asking the keeper.

use std::any::TypeId;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::children::{Children, Key};
use super::left::{Below, Left};
use super::past::Recorder;
use super::supervisor_spec::{Instances, Kind, SupervisorSpec};
use super::{Budget, ChildSpec, Flags};
use crate::engine::Begun;

/// What a supervisor knows, readable from outside at any moment.
#[derive(Debug)]
pub(super) struct Board {
    rules: Mutex<Rules>,
    children: Mutex<Children>,
    budget: Mutex<Budget>,
    /// When all its children were up, on the system's clock.
    came_up: OnceLock<Duration>,
    /// The event with which it gave up or shut itself down, or because of which it is stopped.
    end_event: Mutex<Option<u64>>,
    /// Its specification at its own supervisor, if that got another one while this incarnation ran.
    specified_above: Mutex<Option<Arc<ChildSpec>>>,
    attempt: Mutex<Option<Attempt>>,
    /// What the attempt has begun.
    begun: Begun,
}

/// A start of a child that is under way, or came to nothing.
#[derive(Debug)]
struct Attempt {
    child: Key,
    /// What is started, if it is a supervisor.
    below: Option<Below>,
}

/// What a new specification may change.
#[derive(Debug)]
struct Rules {
    flags: Flags,
    kind: Kind,
}

impl Board {
    pub(super) fn new(spec: &SupervisorSpec, recorder: Recorder) -> Arc<Self> {
        let rules = Mutex::new(Rules { flags: spec.flags, kind: spec.kind.clone() });
        let budget = Mutex::new(Budget::new(spec.flags.intensity));
        let children = Mutex::new(Children::new(spec.is_dynamic(), recorder));
        Arc::new(Self {
            rules,
            children,
            budget,
            came_up: OnceLock::new(),
            end_event: Mutex::default(),
            specified_above: Mutex::default(),
            attempt: Mutex::default(),
            begun: Begun::default(),
        })
    }

    pub(super) fn flags(&self) -> Flags {
        self.rules().flags
    }

    /// What holds for all instances, if it is a dynamic supervisor.
    pub(super) fn instances(&self) -> Option<Instances> {
        match &self.rules().kind {
            Kind::Static => None,
            Kind::Dynamic(instances) => Some(instances.clone()),
        }
    }

    pub(super) fn is_dynamic(&self) -> bool {
        matches!(self.rules().kind, Kind::Dynamic(_))
    }

    /// What instances are started from, if it is a dynamic supervisor. It stays so.
    pub(super) fn arguments(&self) -> Option<TypeId> {
        self.rules().kind.arguments()
    }

    /// Changes the rules; the restarts that were counted stay counted.
    pub(super) fn set_rules(&self, flags: Flags, kind: Kind) {
        *self.rules() = Rules { flags, kind };
        self.budget().set_intensity(flags.intensity);
    }

    pub(super) fn children(&self) -> MutexGuard<'_, Children> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The specifications of all children.
    pub(super) fn specs(&self) -> Vec<Arc<ChildSpec>> {
        self.children().iter().map(|(_, child)| Arc::clone(&child.spec)).collect()
    }

    pub(super) fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn came_up(&self) -> Option<Duration> {
        self.came_up.get().copied()
    }

    pub(super) fn is_up(&self, since: Duration) {
        // A supervisor comes up once.
        let _ = self.came_up.set(since);
    }

    pub(super) fn end_event(&self) -> MutexGuard<'_, Option<u64>> {
        self.end_event.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its own supervisor will start it from this specification.
    pub(super) fn is_specified_above(&self, spec: Arc<ChildSpec>) {
        *self.specified_above.lock().unwrap_or_else(PoisonError::into_inner) = Some(spec);
    }

    /// Its own supervisor has to know of its new specification, too, if it would start it from another.
    pub(super) fn tell_above(&self, spec: &SupervisorSpec) {
        let above = self.specified_above.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(above) = above {
            above.start.respecify(spec);
        }
    }

    /// What its children are begun under.
    pub(super) fn begun(&self) -> Begun {
        self.begun.clone()
    }

    /// A start of this child is under way.
    pub(super) fn attempts(&self, child: Key) {
        self.begun.forget();
        *self.attempt() = Some(Attempt { child, below: None });
    }

    /// The child that is being started is this supervisor.
    pub(super) fn attempts_below(&self, below: Below) {
        if let Some(attempt) = &mut *self.attempt() {
            attempt.below = Some(below);
        }
    }

    /// The start that was under way has led to a child, or nothing more is to be done about it.
    pub(super) fn attempted(&self) {
        *self.attempt() = None;
    }

    /// What is left of a start of this child that came to nothing, if anything is.
    pub(super) fn abandoned(&self, child: Key) -> Option<Left> {
        let remains = self.begun.remains().filter(|remains| !remains.are_gone())?;
        let attempt = self.attempt();
        let attempt = attempt.as_ref().filter(|attempt| attempt.child == child)?;
        Some(Left { remains, below: attempt.below.clone() })
    }

    fn attempt(&self) -> MutexGuard<'_, Option<Attempt>> {
        self.attempt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
