//! Partitions: so many copies of one child, over which work is spread by key (Elixir's `PartitionSupervisor`).
//!
//! One process that everybody needs is a bottleneck. [`Partitions`] starts several alike under a supervisor of their
//! own, with the ids `0`, `1` and so on, and says for each key which of them it belongs to.

mod error;
mod key;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Mutex;

pub use error::{NoPartitionError, ResizeError};
pub use key::PartitionKey;

use super::present::Present;
use super::start::{Start, Starting, Under};
use super::{
    AutoShutdown, ChildId, ChildSpec, Flags, History, RestartChildError, SpecProblem, Supervisor,
    SupervisorSpec,
};
use crate::clock::Clock;
use crate::exit::Exit;

/// So many copies of one child, each with a handle `H` by which it is reached. Clones are the same.
///
/// It is a value that can be specified as a child, and by which the running partitions are found, through all
/// restarts.
///
/// ```
/// use mistersmith::clock::Clock;
/// use mistersmith::exit::Exit;
/// use mistersmith::supervisor::{ChildSpec, Flags, History, Partitions, Strategy, SupervisorSpec};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> anyhow::Result<()> {
/// let flags = Flags::new(Strategy::OneForOne, 3, 5);
/// // Eight supervisors of sessions instead of one; the handle is the number, for want of a better one.
/// let sessions = Partitions::new("sessions", flags, 8, |partition| {
///     (ChildSpec::supervisor(SupervisorSpec::dynamic("sessions", flags)), partition)
/// });
/// let supervisor = sessions.start(&Clock::machine(), &History::default()).await.map_err(anyhow::Error::msg)?;
///
/// assert_eq!(*sessions.get(11)?, 3);
/// let of_ada = sessions.supervisor_of("ada")?.dynamic::<ChildSpec>().expect("it is dynamic, without a template");
/// assert_eq!(of_ada.count_children().await?.specs, 0);
///
/// assert_eq!(sessions.resize(2).await?, 8);
/// assert_eq!(*sessions.get(11)?, 1);
/// supervisor.stop(Exit::Shutdown).await;
/// # Ok(())
/// # }
/// ```
pub struct Partitions<H>(Arc<Inner<H>>);

struct Inner<H> {
    present: Present,
    handles: Vec<H>,
    /// How many there are at present: the first so many.
    size: AtomicUsize,
    /// One resize at a time.
    resizing: Mutex<()>,
}

impl<H: Send + Sync + 'static> Partitions<H> {
    /// So many partitions: for each number, from 0 on, `make` gives the child and its handle. The child's id becomes
    /// the number.
    pub fn new(
        name: impl Into<ChildId>,
        flags: Flags,
        partitions: usize,
        make: impl Fn(usize) -> (ChildSpec, H),
    ) -> Self {
        let mut spec = SupervisorSpec::new(name, flags);
        let mut handles = Vec::with_capacity(partitions);
        for partition in 0..partitions {
            let (child, handle) = make(partition);
            spec = spec.child(child.called(partition.to_string()));
            handles.push(handle);
        }
        let (present, size) = (Present::new(spec), AtomicUsize::new(partitions));
        Self(Arc::new(Inner { present, handles, size, resizing: Mutex::default() }))
    }

    /// Everything that is wrong with it; empty when nothing is.
    #[must_use]
    pub fn check(&self) -> Vec<SpecProblem> {
        let spec = self.0.present.spec();
        let auto_shutdown = spec.flags.auto_shutdown;
        let mut problems = Vec::new();
        if self.0.handles.is_empty() {
            problems.push(SpecProblem::NoPartitions);
        }
        if auto_shutdown != AutoShutdown::Never {
            problems.push(SpecProblem::PartitionsAutoShutdown { auto_shutdown });
        }
        problems.extend(spec.check());
        problems
    }

    /// The permanent supervisor to supervise, with the defaults of [`ChildSpec::supervisor`]. Whenever it is started,
    /// there are as many partitions as at first.
    #[must_use]
    pub fn child(&self) -> ChildSpec {
        ChildSpec::branch(self.0.present.spec().name.clone(), self.clone())
    }

    /// Starts the partitions below a supervisor that has no parent.
    ///
    /// # Errors
    /// When the specification is wrong, or a partition does not start; nothing runs then.
    ///
    /// # Cancel safety
    /// Dropping the future kills what was started.
    pub async fn start(&self, clock: &Clock, history: &History) -> Result<Supervisor, Exit> {
        super::SpecProblems::in_all(self.check()).map_err(Exit::error)?;
        self.0.size.store(self.0.handles.len(), Ordering::Release);
        self.0.present.start_root(clock, history).await
    }

    /// The supervisor of the partitions, in its present incarnation; `None` before the first.
    #[must_use]
    pub fn supervisor(&self) -> Option<Supervisor> {
        self.0.present.running()
    }

    /// How many partitions there are at present.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.size.load(Ordering::Acquire)
    }

    /// The number of the partition of a key.
    ///
    /// # Errors
    /// When there are no partitions.
    pub fn number_of(&self, key: impl Into<PartitionKey>) -> Result<usize, NoPartitionError> {
        key.into().of(self.size()).ok_or(NoPartitionError::NoPartitions)
    }

    /// The handle of the partition of a key.
    ///
    /// # Errors
    /// When there are no partitions.
    pub fn get(&self, key: impl Into<PartitionKey>) -> Result<&H, NoPartitionError> {
        self.0.handles.get(self.number_of(key)?).ok_or(NoPartitionError::NoPartitions)
    }

    /// The partition of a key, if partitions are supervisors.
    ///
    /// # Errors
    /// When there are no partitions, or this one does not run, or is no supervisor.
    pub fn supervisor_of(&self, key: impl Into<PartitionKey>) -> Result<Supervisor, NoPartitionError> {
        let partition = self.number_of(key)?;
        let found = self.supervisor().and_then(|supervisor| supervisor.child(partition.to_string()));
        found.ok_or(NoPartitionError::NotRunning { partition })
    }

    /// Changes how many partitions there are, within the number at the start; returns how many there were. The
    /// highest are stopped, or the lowest of those that were stopped are started; look-ups do not find a partition
    /// before it is up, nor after it is to be stopped.
    ///
    /// # Errors
    /// When there cannot be so many, or a partition does not start: those before it are there then.
    ///
    /// # Cancel safety
    /// Dropping the future may leave some of the partitions started or stopped. Resize again.
    pub async fn resize(&self, wanted: usize) -> Result<usize, ResizeError> {
        let _one_at_a_time = self.0.resizing.lock().await;
        let most = self.0.handles.len();
        if wanted > most {
            return Err(ResizeError::TooMany { wanted, most });
        }
        let supervisor = self.supervisor().ok_or(ResizeError::NotRunning)?;
        let before = self.size();
        for partition in before..wanted {
            match supervisor.restart_child(partition.to_string()).await {
                // A group restart has revived it.
                Ok(_) | Err(RestartChildError::Running | RestartChildError::Restarting) => {}
                Err(error) => return Err(ResizeError::NotStarted { partition, error }),
            }
            self.0.size.store(partition + 1, Ordering::Release);
        }
        if wanted < before {
            self.0.size.store(wanted, Ordering::Release);
        }
        for partition in (wanted..before).rev() {
            let stopped = supervisor.terminate_child(partition.to_string()).await;
            stopped.map_err(|error| ResizeError::NotStopped { partition, error })?;
        }
        Ok(before)
    }
}

impl<H: Send + Sync + 'static> Start for Partitions<H> {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        self.0.size.store(self.0.handles.len(), Ordering::Release);
        self.0.present.start(under)
    }

    fn below(&self) -> Option<SupervisorSpec> {
        self.0.present.below()
    }

    fn respecify(&self, spec: &SupervisorSpec) {
        self.0.present.respecify(spec);
    }

    fn retire(&self) {
        self.0.present.retire();
    }

    fn problems(&self, id: &ChildId) -> Vec<SpecProblem> {
        let below = |problem| SpecProblem::Below { id: id.clone(), problem: Box::new(problem) };
        self.check().into_iter().map(below).collect()
    }
}

impl<H> Clone for Partitions<H> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<H> fmt::Debug for Partitions<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Partitions({}, {})", self.0.present.spec().name, self.0.size.load(Ordering::Acquire))
    }
}
