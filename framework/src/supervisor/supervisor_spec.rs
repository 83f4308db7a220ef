//! A supervisor as a value: its name, its flags, and its children in start order.

use std::any::TypeId;
use std::sync::{Arc, Mutex, PoisonError};

use super::start::{Start, Starting, Under};
use super::template::Template;
use super::{ChildId, ChildSpec, Flags, SpecProblem, Supervisor};

/// A supervisor: its name, its flags, and its children in start order.
#[derive(Clone, Debug, PartialEq)]
pub struct SupervisorSpec {
    pub(crate) name: ChildId,
    pub(crate) flags: Flags,
    pub(crate) children: Vec<Arc<ChildSpec>>,
    pub(super) kind: Kind,
}

/// Which children a supervisor has.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Those that are specified, and those that are added under ids of their own.
    Static,
    /// Instances that come and go.
    Dynamic(Instances),
}

/// What is decided for all instances of a dynamic supervisor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Instances {
    /// What they have in common; `None` when each has a specification of its own.
    pub(super) template: Option<Template>,
    /// How many there may be, those that are being restarted included; `None` for any number.
    pub(super) limit: Option<usize>,
}

impl Kind {
    /// What instances are started from, if there are any.
    pub(super) fn arguments(&self) -> Option<TypeId> {
        match self {
            Self::Static => None,
            Self::Dynamic(Instances { template: Some(template), .. }) => Some(template.arguments()),
            Self::Dynamic(Instances { template: None, .. }) => Some(TypeId::of::<ChildSpec>()),
        }
    }
}

impl SupervisorSpec {
    /// A supervisor without children.
    pub fn new(name: impl Into<ChildId>, flags: Flags) -> Self {
        Self { name: name.into(), flags, children: Vec::new(), kind: Kind::Static }
    }

    /// Whether its children are instances.
    pub(super) fn is_dynamic(&self) -> bool {
        matches!(self.kind, Kind::Dynamic(_))
    }

    /// With one more child, started after those before it.
    #[must_use]
    pub fn child(self, child: ChildSpec) -> Self {
        self.shared_child(Arc::new(child))
    }

    /// As [`SupervisorSpec::child`], for a specification that others hold too.
    pub(crate) fn shared_child(mut self, child: Arc<ChildSpec>) -> Self {
        self.children.push(child);
        self
    }
}

/// A supervisor as a child of another.
impl Start for SupervisorSpec {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(async { Supervisor::launch_below(Current::new(self.clone()), under).await })
    }

    fn below(&self) -> Option<SupervisorSpec> {
        Some(self.clone())
    }

    /// What is below is not started again either.
    fn retire(&self) {
        for child in &self.children {
            child.start.retire();
        }
    }

    fn problems(&self, id: &ChildId) -> Vec<SpecProblem> {
        let below = |problem| SpecProblem::Below { id: id.clone(), problem: Box::new(problem) };
        self.check().into_iter().map(below).collect()
    }
}

/// The specification that a supervisor is started from, again and again, and that is replaced while it runs.
#[derive(Clone)]
pub(super) struct Current(Arc<Mutex<Arc<SupervisorSpec>>>);

impl Current {
    pub(super) fn new(spec: SupervisorSpec) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(spec))))
    }

    pub(super) fn get(&self) -> Arc<SupervisorSpec> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set(&self, spec: SupervisorSpec) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(spec);
    }
}

impl Start for Current {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(Supervisor::launch_below(self.clone(), under))
    }

    fn below(&self) -> Option<SupervisorSpec> {
        Some((*self.get()).clone())
    }

    fn respecify(&self, spec: &SupervisorSpec) {
        self.set(spec.clone());
    }

    fn retire(&self) {
        self.get().retire();
    }

    fn problems(&self, id: &ChildId) -> Vec<SpecProblem> {
        self.get().problems(id)
    }
}
