//! What can be a child: whatever can be started again and again below a supervisor.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::board::Board;
use super::template::Arguments;
use super::{ChildId, ChildSpec, History, Occupant, SpecProblem, Supervisor, SupervisorSpec};
use crate::clock::Clock;
use crate::engine::{Launch, Parent, Process, RactorChild};
use crate::exit::Exit;

/// Where a child is started: below which supervisor, on which clock, writing to which history.
#[derive(Clone)]
pub struct Under {
    pub(crate) parent: Parent,
    pub(crate) clock: Clock,
    pub(crate) history: History,
    pub(crate) path: Arc<str>,
    /// What its supervisor knows.
    pub(super) board: Arc<Board>,
    /// What the child is called that is being started.
    pub(crate) child: ChildId,
    /// The event that its supervisor is carrying out, if there is one.
    pub(crate) cause: Option<u64>,
}

impl fmt::Debug for Under {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Under({})", self.path)
    }
}

/// A child that was started.
pub struct Launched {
    pub(crate) launch: Launch,
    pub(crate) supervisor: Option<Supervisor>,
}

impl fmt::Debug for Launched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.launch {
            Launch::Running(process) => write!(f, "Launched({process:?})"),
            Launch::Ignored => f.write_str("Launched(ignored)"),
        }
    }
}

impl From<Launch> for Launched {
    fn from(launch: Launch) -> Self {
        Self { launch, supervisor: None }
    }
}

/// The future of a start.
pub type Starting<'a> = Pin<Box<dyn Future<Output = Result<Launched, Exit>> + Send + 'a>>;

/// What can be a child: agents, supervisors, and ractor actors ([`RactorChild`]).
///
/// A child outlives its incarnations: it is asked to start, again and again, and told when it will not be started
/// again. This trait cannot be implemented outside of this crate, because nobody else can make a [`Launched`].
pub trait Start: Send + Sync + 'static {
    /// Starts a new incarnation and returns when it is initialised.
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a>;

    /// Hears that the present incarnation has ended and none will follow, unless somebody asks for it.
    fn retire(&self) {}

    /// Who runs there, or ran there last, if it is an agent.
    fn occupant(&self) -> Option<Occupant> {
        None
    }

    /// Hears that the present incarnation was killed and does not yield: nothing of it counts any more.
    fn fence(&self) {}

    /// What it starts, if that is a supervisor whose children are known before it starts.
    fn below(&self) -> Option<SupervisorSpec> {
        None
    }

    /// Hears that the supervisor that runs there took a new specification, from which it is to start from now on.
    fn respecify(&self, _spec: &SupervisorSpec) {}

    /// Whether one that has ended for good says at every further start that it is not needed.
    fn stays_retired(&self) -> bool {
        false
    }

    /// Whether it would say at a start of now that it is not needed.
    fn is_retired(&self) -> bool {
        false
    }

    /// What a tree shows of it beside the supervisor's own facts.
    fn facts(&self) -> serde_json::Map<String, serde_json::Value> {
        serde_json::Map::new()
    }

    /// Everything that is wrong with it as the child of this id, as far as can be told before it is started.
    fn problems(&self, _id: &ChildId) -> Vec<SpecProblem> {
        Vec::new()
    }

    /// Where the running actor is found, if it is a ractor actor: an [`Adopted`](super::Adopted) of its messages.
    #[doc(hidden)]
    fn adopted(&self) -> Option<Box<dyn Any + Send>> {
        None
    }

    /// The arguments that it is made from, if it is an instance that may be started again.
    #[doc(hidden)]
    fn arguments(&self) -> Option<Arguments> {
        None
    }
}

impl<M: Send + 'static> Start for RactorChild<M> {
    fn adopted(&self) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(Self::adopted(self)))
    }

    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(async { Ok(self.launch(&under.parent).await?.into()) })
    }
}

/// What a running child is, beside its specification.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    /// What it was started from: not always the child's specification of now.
    pub(crate) spec: Arc<ChildSpec>,
    pub(crate) process: Process,
    pub(crate) supervisor: Option<Box<Supervisor>>,
    pub(crate) since: Duration,
}
