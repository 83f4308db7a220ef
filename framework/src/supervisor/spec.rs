//! One child as a value: what it is, and what is done when it ends.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::start::Start;
use super::supervisor_spec::Current;
use super::template::Unfilled;
use super::{ChildType, Restart, Shutdown, SupervisorSpec};

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

/// How long a worker may take to start, unless told otherwise.
const START_TIMEOUT: Duration = Duration::from_secs(30);

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
        Self::new(id.into(), ChildType::Worker, Some(START_TIMEOUT), Arc::new(start))
    }

    /// A permanent supervisor under its own name, given as much time as its children need.
    #[must_use]
    pub fn supervisor(spec: impl Into<SupervisorSpec>) -> Self {
        let spec = spec.into();
        Self::new(spec.name.clone(), ChildType::Supervisor, None, Arc::new(Current::new(spec)))
    }

    /// What the instances of a [dynamic supervisor](super::DynamicSpec::template) have in common: everything but
    /// what they start, with the defaults of [`ChildSpec::worker`] or [`ChildSpec::supervisor`].
    pub fn template(id: impl Into<ChildId>, child_type: ChildType) -> Self {
        let start_timeout = match child_type {
            ChildType::Worker => Some(START_TIMEOUT),
            ChildType::Supervisor => None,
        };
        Self::new(id.into(), child_type, start_timeout, Arc::new(Unfilled))
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

    /// Significant for its supervisor's [`AutoShutdown`](super::AutoShutdown), or not.
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

    /// The same under another id.
    pub(super) fn called(mut self, id: impl Into<ChildId>) -> Self {
        self.id = id.into();
        self
    }

    /// Hears that an incarnation has ended that was started from `before`, the specification that this one took
    /// the place of; if they start different things, the earlier one is not started again.
    pub(super) fn replaces(&self, before: &Self) {
        if !Arc::ptr_eq(&self.start, &before.start) {
            before.start.retire();
        }
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
