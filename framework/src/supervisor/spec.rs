//! A child and a supervisor as values: printed, compared and checked before anything starts.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::{AutoShutdown, ChildType, Flags, Restart, Shutdown, Supervisor};
use crate::clock::Clock;
use crate::engine::{Launch, Parent, Process, RactorChild};
use crate::exit::Exit;

use super::{History, Occupant};

/// What a child is called in its supervisor; unique there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ChildId(Arc<str>);

impl ChildId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: AsRef<str>> From<T> for ChildId {
    fn from(id: T) -> Self {
        Self(id.as_ref().into())
    }
}

impl fmt::Display for ChildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ChildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// Where a child is started: below which supervisor, on which clock, writing to which history.
#[derive(Clone)]
pub struct Under {
    pub(crate) parent: Parent,
    pub(crate) clock: Clock,
    pub(crate) history: History,
    pub(crate) path: Arc<str>,
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

    /// What it starts, if that is a supervisor whose children are known before it starts.
    fn below(&self) -> Option<SupervisorSpec> {
        None
    }

    /// Whether one that has ended for good says at every further start that it is not needed.
    fn stays_retired(&self) -> bool {
        false
    }

    /// What a tree shows of it beside the supervisor's own facts.
    fn facts(&self) -> serde_json::Map<String, serde_json::Value> {
        serde_json::Map::new()
    }
}

impl<M: Send + 'static> Start for RactorChild<M> {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(async { Ok(self.launch(&under.parent).await?.into()) })
    }
}

/// One child of a supervisor: what it is, and what is done when it ends.
///
/// ```
/// use mistersmith::supervisor::{ChildSpec, Flags, Restart, Strategy, SupervisorSpec};
///
/// let below = SupervisorSpec::new("below", Flags::new(Strategy::OneForOne, 3, 5));
/// let child = ChildSpec::supervisor(below).restart(Restart::Transient);
/// assert_eq!(child.id().as_str(), "below");
/// ```
#[derive(Clone)]
pub struct ChildSpec {
    pub(crate) id: ChildId,
    pub(crate) restart: Restart,
    pub(crate) shutdown: Shutdown,
    pub(crate) child_type: ChildType,
    pub(crate) significant: bool,
    pub(crate) start_timeout: Option<Duration>,
    pub(crate) start: Arc<dyn Start>,
}

impl ChildSpec {
    /// A permanent worker that is given 5 s to stop and 30 s to start.
    pub fn worker(id: impl Into<ChildId>, start: impl Start) -> Self {
        Self::new(id.into(), ChildType::Worker, Some(Duration::from_secs(30)), Arc::new(start))
    }

    /// A permanent supervisor under its own name, given as much time as its children need.
    #[must_use]
    pub fn supervisor(spec: SupervisorSpec) -> Self {
        Self::new(spec.name.clone(), ChildType::Supervisor, None, Arc::new(spec))
    }

    /// A permanent supervisor that is put together anew at each start.
    pub(crate) fn branch(id: impl Into<ChildId>, start: impl Start) -> Self {
        Self::new(id.into(), ChildType::Supervisor, None, Arc::new(start))
    }

    fn new(
        id: ChildId,
        child_type: ChildType,
        start_timeout: Option<Duration>,
        start: Arc<dyn Start>,
    ) -> Self {
        let shutdown = Shutdown::default_of(child_type);
        let restart = Restart::Permanent;
        Self { id, restart, shutdown, child_type, significant: false, start_timeout, start }
    }

    /// With this restart type.
    #[must_use]
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// Stopped this way.
    #[must_use]
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// Significant for its supervisor's [`AutoShutdown`], or not.
    #[must_use]
    pub fn significant(mut self, significant: bool) -> Self {
        self.significant = significant;
        self
    }

    /// With this limit on each start; `None` for no limit.
    #[must_use]
    pub fn start_timeout(mut self, limit: Option<Duration>) -> Self {
        self.start_timeout = limit;
        self
    }

    /// What the child is called.
    #[must_use]
    pub fn id(&self) -> &ChildId {
        &self.id
    }
}

impl fmt::Debug for ChildSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildSpec")
            .field("id", &self.id)
            .field("restart", &self.restart)
            .field("shutdown", &self.shutdown)
            .field("type", &self.child_type)
            .field("significant", &self.significant)
            .field("start_timeout", &self.start_timeout)
            .finish_non_exhaustive()
    }
}

/// Equal when everything that is data is equal and both start the same thing.
impl PartialEq for ChildSpec {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.restart == other.restart
            && self.shutdown == other.shutdown
            && self.child_type == other.child_type
            && self.significant == other.significant
            && self.start_timeout == other.start_timeout
            && Arc::ptr_eq(&self.start, &other.start)
    }
}

/// A supervisor: its name, its flags, and its children in start order.
#[derive(Clone, Debug, PartialEq)]
pub struct SupervisorSpec {
    pub(crate) name: ChildId,
    pub(crate) flags: Flags,
    pub(crate) children: Vec<Arc<ChildSpec>>,
}

impl SupervisorSpec {
    /// A supervisor without children.
    pub fn new(name: impl Into<ChildId>, flags: Flags) -> Self {
        Self { name: name.into(), flags, children: Vec::new() }
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

    /// Everything that is wrong with it, in the order of its children; empty when nothing is. What its child
    /// supervisors say of themselves is checked when they start.
    #[must_use]
    pub fn check(&self) -> Vec<SpecProblem> {
        let mut problems = Vec::new();
        if self.flags.intensity.period_seconds == 0 {
            problems.push(SpecProblem::ZeroPeriod);
        }
        let mut seen = std::collections::HashSet::new();
        for child in &self.children {
            problems.extend(child.check(self.flags.auto_shutdown));
            if !seen.insert(&child.id) {
                problems.push(SpecProblem::DuplicateChild { id: child.id.clone() });
            }
        }
        problems
    }
}

impl ChildSpec {
    pub(crate) fn check(&self, auto_shutdown: AutoShutdown) -> Option<SpecProblem> {
        if !self.significant {
            return None;
        }
        let id = self.id.clone();
        if auto_shutdown == AutoShutdown::Never {
            return Some(SpecProblem::SignificantWithoutAutoShutdown { id });
        }
        (self.restart == Restart::Permanent).then_some(SpecProblem::SignificantAndPermanent { id })
    }
}

/// Something that is wrong with a specification.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecProblem {
    /// A period of no seconds.
    #[error("the period of the restart intensity is 0 s; expected at least 1 s")]
    ZeroPeriod,
    /// Two children of one id.
    #[error("child {id} is specified twice; expected ids that differ")]
    DuplicateChild {
        /// The id.
        id: ChildId,
    },
    /// A significant child where significance has no effect.
    #[error(
        "child {id} is significant, but its supervisor's auto_shutdown is never; set one or clear the other"
    )]
    SignificantWithoutAutoShutdown {
        /// The child.
        id: ChildId,
    },
    /// A significant child that never ends for good.
    #[error("child {id} is significant and permanent; a significant child is transient or temporary")]
    SignificantAndPermanent {
        /// The child.
        id: ChildId,
    },
}

/// What a running child is, beside its specification.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub(crate) process: Process,
    pub(crate) supervisor: Option<Box<Supervisor>>,
    pub(crate) since: Duration,
}
