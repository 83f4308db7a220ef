//! A domain that was given seats for its agents, and the list of all of them: what lasts while supervisors come
//! and go.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::agent::{AgentSpec, Control, Surroundings};
use crate::domain::{DomainLimits, DomainSpec, OnGiveUp};
use crate::identity::{AgentName, DomainName};
use crate::supervisor::{ChildSpec, Flags, Restart, Start, Starting, SupervisorSpec, Under};

/// One domain with the seats of its agents. Agents added while it runs are added here, so that a restart of the
/// domain brings them back.
pub(super) struct Branch {
    pub(super) spec: DomainSpec,
    seats: Mutex<Vec<Seat>>,
    limits: Mutex<DomainLimits>,
}

/// One seat: the child, and the handle to run it by.
#[derive(Clone)]
pub(super) struct Seat {
    pub(super) child: Arc<ChildSpec>,
    pub(super) control: Arc<dyn Control>,
}

impl Branch {
    pub(super) fn new(spec: DomainSpec, surroundings: &Arc<Surroundings>) -> Arc<Self> {
        let mut seats = Vec::new();
        for agent in &spec.agents {
            for number in 1..=agent.instances {
                let made = agent.seat(&spec.name, number, surroundings);
                seats.push(Seat { child: Arc::new(made.child), control: made.control });
            }
        }
        let limits = Mutex::new(spec.limits);
        Arc::new(Self { spec, seats: Mutex::new(seats), limits })
    }

    pub(super) fn name(&self) -> &DomainName {
        &self.spec.name
    }

    pub(super) fn seats(&self) -> MutexGuard<'_, Vec<Seat>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn limits(&self) -> MutexGuard<'_, DomainLimits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lowest number that no instance of this agent has.
    pub(super) fn free_number(&self, name: &AgentName) -> u32 {
        let seats = self.seats();
        let taken = |number: u32| {
            let id = AgentSpec::child_id(name, number);
            seats.iter().any(|seat| *seat.child.id() == id)
        };
        (1..).find(|&number| !taken(number)).unwrap_or(u32::MAX)
    }

    /// The domain as a child. One that degrades is transient: giving up is a polite exit, so it stays down.
    pub(super) fn child(self: &Arc<Self>) -> ChildSpec {
        let restart = match self.spec.on_give_up {
            OnGiveUp::Escalate => Restart::Permanent,
            OnGiveUp::Degrade => Restart::Transient,
        };
        ChildSpec::branch(self.spec.name.as_str(), BranchStart(Arc::clone(self))).restart(restart)
    }

    fn supervisor(&self) -> SupervisorSpec {
        let spec = SupervisorSpec::new(self.spec.name.as_str(), self.spec.flags);
        self.seats().iter().fold(spec, |spec, seat| spec.shared_child(Arc::clone(&seat.child)))
    }
}

struct BranchStart(Arc<Branch>);

impl Start for BranchStart {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(async { self.0.supervisor().start(under).await })
    }

    fn retire(&self) {
        self.0.supervisor().retire();
    }
}

/// All domains, in start order.
pub(super) struct Branches {
    pub(super) flags: Flags,
    list: Mutex<Vec<Arc<Branch>>>,
}

impl Branches {
    pub(super) fn new(flags: Flags, list: Vec<Arc<Branch>>) -> Arc<Self> {
        Arc::new(Self { flags, list: Mutex::new(list) })
    }

    pub(super) fn list(&self) -> MutexGuard<'_, Vec<Arc<Branch>>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All domains as one child.
pub(super) struct BranchesStart(pub(super) Arc<Branches>);

/// What the supervisor of the domains is called.
pub(super) const DOMAINS: &str = "domains";

impl Start for BranchesStart {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        let spec = SupervisorSpec::new(DOMAINS, self.0.flags);
        let spec = self.0.list().iter().fold(spec, |spec, branch| spec.child(branch.child()));
        Box::pin(async move { spec.start(under).await })
    }

    fn retire(&self) {
        for branch in self.0.list().iter() {
            branch.supervisor().retire();
        }
    }
}
