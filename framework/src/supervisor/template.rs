//! What the instances of a dynamic supervisor have in common, and how one is made from its arguments.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::children::Key;
use super::start::{Start, Starting, Under};
use super::{ChildId, ChildSpec, Occupant, Restart, SpecProblem, SupervisorSpec};
use crate::exit::Exit;

/// What an instance is started from.
pub(super) type Arguments = Arc<dyn Any + Send + Sync>;

/// A specification without a start, and what makes a start from arguments.
#[derive(Clone)]
pub(super) struct Template {
    pub(super) child: Arc<ChildSpec>,
    make: Arc<Make>,
    arguments: TypeId,
    arguments_name: &'static str,
}

type Make = dyn Fn(&Arguments) -> Option<Box<dyn Start>> + Send + Sync;

impl Template {
    pub(super) fn new<A, S>(child: ChildSpec, make: impl Fn(&A) -> S + Send + Sync + 'static) -> Self
    where
        A: Send + Sync + 'static,
        S: Start,
    {
        Self {
            child: Arc::new(child),
            make: Arc::new(move |arguments| Some(Box::new(make(arguments.downcast_ref::<A>()?)))),
            arguments: TypeId::of::<A>(),
            arguments_name: type_name::<A>(),
        }
    }

    /// What instances are started from.
    pub(super) fn arguments(&self) -> TypeId {
        self.arguments
    }

    /// The specification of the instance of this number.
    pub(super) fn instance(&self, number: Key, arguments: Arguments) -> ChildSpec {
        let filled = Filled {
            make: Arc::clone(&self.make),
            keeps: self.child.restart != Restart::Temporary,
            arguments: Mutex::new(Some(arguments)),
            made: OnceLock::new(),
        };
        self.child.numbered(number, Arc::new(filled))
    }

    /// The specification that takes the place of `spec`, which an earlier template made. An instance whose
    /// arguments were not kept cannot be started again, and keeps its own.
    pub(super) fn instead_of(&self, number: Key, spec: &ChildSpec) -> Option<ChildSpec> {
        Some(self.instance(number, spec.start.arguments()?))
    }
}

impl ChildSpec {
    /// The same as an instance of this number that is started by `start`.
    pub(super) fn numbered(&self, number: Key, start: Arc<dyn Start>) -> Self {
        Self { id: ChildId::from(format!("{}#{number}", self.id)), start, ..self.clone() }
    }
}

/// Equal when everything that is data is equal and both make the same thing.
impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.child == other.child && Arc::ptr_eq(&self.make, &other.make)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({:?} from {})", self.child, self.arguments_name)
    }
}

/// The start of a template: there is nothing to start before there are arguments.
pub(super) struct Unfilled;

impl Start for Unfilled {
    fn start<'a>(&'a self, _: &'a Under) -> Starting<'a> {
        Box::pin(async {
            Err(Exit::error(anyhow::anyhow!("a template starts nothing; start an instance of it")))
        })
    }

    fn problems(&self, id: &ChildId) -> Vec<SpecProblem> {
        vec![SpecProblem::TemplateAsChild { id: id.clone() }]
    }
}

/// The start of an instance: made when it is first needed, from arguments that are kept for a later template only
/// if the instance may be started again.
struct Filled {
    make: Arc<Make>,
    keeps: bool,
    arguments: Mutex<Option<Arguments>>,
    made: OnceLock<Box<dyn Start>>,
}

impl Filled {
    fn made(&self) -> Option<&dyn Start> {
        if self.made.get().is_none() {
            let mut kept = self.arguments.lock().unwrap_or_else(PoisonError::into_inner);
            let made = (self.make)(kept.as_ref()?)?;
            if !self.keeps {
                *kept = None;
            }
            let _ = self.made.set(made);
        }
        self.made.get().map(|made| &**made)
    }
}

impl Start for Filled {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(async move {
            let made = self
                .made()
                .ok_or_else(|| Exit::error(anyhow::anyhow!("its arguments are of another type")))?;
            made.start(under).await
        })
    }

    fn retire(&self) {
        if let Some(made) = self.made.get() {
            made.retire();
        }
    }

    fn fence(&self) {
        if let Some(made) = self.made.get() {
            made.fence();
        }
    }

    fn occupant(&self) -> Option<Occupant> {
        self.made.get()?.occupant()
    }

    fn below(&self) -> Option<SupervisorSpec> {
        self.made.get()?.below()
    }

    fn respecify(&self, spec: &SupervisorSpec) {
        if let Some(made) = self.made.get() {
            made.respecify(spec);
        }
    }

    fn stays_retired(&self) -> bool {
        self.made.get().is_some_and(|made| made.stays_retired())
    }

    fn is_retired(&self) -> bool {
        self.made.get().is_some_and(|made| made.is_retired())
    }

    fn adopted(&self) -> Option<Box<dyn Any + Send>> {
        self.made.get()?.adopted()
    }

    fn facts(&self) -> serde_json::Map<String, serde_json::Value> {
        self.made.get().map(|made| made.facts()).unwrap_or_default()
    }

    fn arguments(&self) -> Option<Arguments> {
        self.arguments.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
