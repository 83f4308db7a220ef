//! A running system, as those hold it who use it and those who run it.

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use super::branch::{Branch, Branches, DOMAINS};
use super::recording::Recording;
use super::{Builder, Readiness, RecordingReport};
use crate::agent::{Agent, Context, Control, Surroundings};
use crate::clock::Clock;
use crate::contract::Contract;
use crate::domain::DomainSpec;
use crate::events::EventLog;
use crate::exit::Exit;
use crate::identity::{AgentId, AgentName, Capability, DomainName};
use crate::registry::Registry;
use crate::routing::{AgentRef, Group, NotFound, Router};
use crate::supervisor::{DryRun, History, Node, PastTree, Supervisor, TooLongAgo};

/// A running system. Cheap to clone; dropping it stops nothing.
#[derive(Clone)]
pub struct System(Arc<Inner>);

struct Inner {
    surroundings: Arc<Surroundings>,
    branches: Arc<Branches>,
    history: History,
    recording: Option<Arc<Recording>>,
    root: OnceLock<Supervisor>,
}

impl System {
    /// Begins a system of this name.
    #[must_use]
    pub fn builder(name: &str) -> Builder {
        Builder::new(name)
    }

    pub(super) fn new(
        surroundings: Arc<Surroundings>,
        branches: Arc<Branches>,
        history: History,
        recording: Option<Arc<Recording>>,
    ) -> Self {
        let inner = Inner { surroundings, branches, history, recording, root: OnceLock::new() };
        let system = Self(Arc::new(inner));
        system.0.surroundings.leave(Arc::downgrade(&system.0));
        system
    }

    pub(super) fn rooted(&self, root: Supervisor) {
        let _ = self.0.root.set(root);
    }

    /// The system in which an agent runs; `None` while that has not started, or after it has been dropped.
    #[must_use]
    pub fn around<A: Agent>(context: &Context<A>) -> Option<Self> {
        Self::of(context.surroundings())
    }

    /// The system that these are the surroundings of; `None` when it has been dropped.
    #[must_use]
    pub fn of(surroundings: &Surroundings) -> Option<Self> {
        surroundings.left::<Weak<Inner>>()?.upgrade().map(Self)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.surroundings.system
    }

    /// Its time and randomness.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.surroundings.clock
    }

    /// Where its agents are found.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.0.surroundings.registry
    }

    /// Routes requests to its agents, by the four patterns.
    #[must_use]
    pub fn router(&self) -> Router {
        self.0.surroundings.router()
    }

    /// What its supervisors decided, and why.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.0.history
    }

    /// Its event log, if it has one.
    #[must_use]
    pub fn event_log(&self) -> Option<&Arc<dyn EventLog>> {
        self.0.recording.as_ref().map(|recording| &recording.log)
    }

    /// How its event log takes what happens to agents; `None` when it has no log.
    #[must_use]
    pub fn recording(&self) -> Option<RecordingReport> {
        self.0.recording.as_ref().map(|recording| recording.report())
    }

    /// A healthy agent that answers contract `C`, if there is one.
    ///
    /// # Errors
    /// [`NotFound`].
    pub fn find<C: Contract>(&self) -> Result<AgentRef<C>, NotFound> {
        self.router().find(&Group::Contract(C::NAME.to_owned()))
    }

    /// A healthy agent that can do this, if there is one that answers contract `C`.
    ///
    /// # Errors
    /// [`NotFound`].
    pub fn find_capable<C: Contract>(&self, capability: &Capability) -> Result<AgentRef<C>, NotFound> {
        self.router().find(&Group::Capability(capability.clone()))
    }

    /// A healthy instance of the agent of this name, if there is one that answers contract `C`.
    ///
    /// # Errors
    /// [`NotFound`].
    pub fn find_named<C: Contract>(
        &self,
        domain: &DomainName,
        name: &AgentName,
    ) -> Result<AgentRef<C>, NotFound> {
        self.router().find(&Group::Name(domain.clone(), name.clone()))
    }

    /// The agent of this id, if it is registered and answers contract `C`.
    ///
    /// # Errors
    /// [`NotFound`].
    pub fn find_by_id<C: Contract>(&self, id: &AgentId) -> Result<AgentRef<C>, NotFound> {
        self.router().direct(id)
    }

    /// A handle on every agent, in start order, whether it runs or not.
    #[must_use]
    pub fn agents(&self) -> Vec<Arc<dyn Control>> {
        let list = self.0.branches.list();
        list.iter()
            .flat_map(|branch| {
                branch.seats().iter().map(|seat| Arc::clone(&seat.control)).collect::<Vec<_>>()
            })
            .collect()
    }

    /// The names of the domains, in start order.
    #[must_use]
    pub fn domains(&self) -> Vec<DomainName> {
        self.0.branches.list().iter().map(|branch| branch.name().clone()).collect()
    }

    /// The specifications of the domains, in start order.
    #[must_use]
    pub fn domain_specs(&self) -> Vec<DomainSpec> {
        self.0.branches.list().iter().map(|branch| branch.spec.clone()).collect()
    }

    /// The whole tree as data, as it is at this moment; waits for nobody. `None` before the system has started.
    #[must_use]
    pub fn tree(&self) -> Option<Node> {
        self.0.root.get().map(Supervisor::tree)
    }

    /// The whole tree as it was at a moment that has passed, on the system's clock. `None` before the system has
    /// started.
    ///
    /// # Errors
    /// [`TooLongAgo`] when the history does not reach back to that moment.
    #[must_use]
    pub fn tree_at(&self, at: Duration) -> Option<Result<PastTree, TooLongAgo>> {
        self.0.root.get().map(|root| root.tree_at(at))
    }

    /// What would follow if an agent, a domain or a supervisor ended now: who is down is down, and what was spent is
    /// spent. Nothing happens. `None` before the system has started.
    ///
    /// ```
    /// use mistersmith::exit::Exit;
    /// use mistersmith::system::System;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> anyhow::Result<()> {
    /// let system = System::builder("shop").start().await?;
    /// let mut dry_run = system.dry_run().expect("it has started");
    /// assert!(dry_run.end("registry", Exit::Killed)?.to_string().contains("left: 2 of 3 restarts"));
    /// # system.stop().await;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn dry_run(&self) -> Option<DryRun> {
        self.0.root.get().map(Supervisor::dry_run)
    }

    /// Whether it is ready, and why not.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let domains = self.domains_supervisor();
        let mut readiness =
            Readiness::of(domains.as_ref(), &self.0.branches, self.registry(), self.history());
        readiness.add(self.0.recording.as_ref().and_then(|recording| recording.reason()));
        readiness
    }

    /// Lets all agents finish what waits for them, then stops everything in reverse order; returns when everything
    /// is gone. The domains are drained one after the other, the last started first, the agents of one at the same
    /// time. They have `limit` in all, and no domain more than its share of what is left.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the system as far stopped as it is.
    pub async fn shut_down(&self, limit: Duration) -> Exit {
        let deadline = self.clock().deadline(limit);
        let branches: Vec<_> = self.branches().list().clone();
        for (position, branch) in branches.iter().enumerate().rev() {
            let left = deadline.left(self.clock().now()).unwrap_or_default();
            let share = left / u32::try_from(position + 1).unwrap_or(u32::MAX);
            branch.drain("the system shuts down", share).await;
        }
        self.stop().await
    }

    /// Stops everything in reverse order, each agent after the message in hand. Returns when everything is gone.
    ///
    /// # Cancel safety
    /// It stops, whether or not somebody waits.
    pub async fn stop(&self) -> Exit {
        let exit = match self.0.root.get() {
            Some(root) => root.stop(Exit::Shutdown).await,
            None => Exit::Shutdown,
        };
        self.retire_all();
        exit
    }

    /// Waits until the system has ended, by itself or because it was stopped; how it ended. Cancel safe.
    pub async fn ended(&self) -> Exit {
        let exit = match self.0.root.get() {
            Some(root) => root.ended().await,
            None => Exit::Shutdown,
        };
        self.retire_all();
        exit
    }

    /// Kills everything at once: no agent cleans up.
    pub fn kill(&self) {
        if let Some(root) = self.0.root.get() {
            root.kill();
        }
    }

    fn retire_all(&self) {
        use crate::supervisor::Start;
        super::branch::BranchesStart(Arc::clone(&self.0.branches)).retire();
    }

    /// The supervisor of the domains, if it runs at this moment.
    #[must_use]
    pub fn domains_supervisor(&self) -> Option<Supervisor> {
        self.0.root.get()?.child(DOMAINS)
    }

    pub(super) fn surroundings(&self) -> &Arc<Surroundings> {
        &self.0.surroundings
    }

    pub(super) fn branches(&self) -> &Branches {
        &self.0.branches
    }

    pub(super) fn branch(&self, name: &DomainName) -> Option<Arc<Branch>> {
        self.0.branches.list().iter().find(|branch| branch.name() == name).cloned()
    }
}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "System({})", self.name())
    }
}
