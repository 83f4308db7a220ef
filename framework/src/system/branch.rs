//! A domain that was given seats for its agents, and the list of all of them: what lasts while supervisors come
//! and go.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use super::UpgradeError;
use crate::agent::{AgentSpec, Control, Made, Surroundings};
use crate::domain::{DomainLimits, DomainProblem, DomainSpec, OnGiveUp};
use crate::engine::Launch;
use crate::identity::{AgentId, DomainName};
use crate::supervisor::{ChildId, ChildSpec, Flags, Restart, Start, Starting, SupervisorSpec, Under};

/// One domain with the seats of its agents. Agents added while it runs are added here, so that a restart of the
/// domain brings them back.
pub(super) struct Branch {
    pub(super) spec: DomainSpec,
    seats: Mutex<Vec<Seat>>,
    limits: Mutex<DomainLimits>,
    /// It has given up and is to stay down, whatever is restarted around it.
    degraded: AtomicBool,
}

/// One seat: the child, and the handle to run it by.
#[derive(Clone)]
pub(super) struct Seat {
    pub(super) child: Arc<ChildSpec>,
    pub(super) control: Arc<dyn Control>,
    /// Its number among the instances of the agent.
    pub(super) number: u32,
    /// Why it was ended by hand, if it was: no restart brings it back.
    pub(super) ended: Option<Arc<str>>,
}

impl Seat {
    fn new(made: Made, number: u32) -> Self {
        Self { child: Arc::new(made.child), control: made.control, number, ended: None }
    }
}

impl Branch {
    pub(super) fn new(spec: DomainSpec, surroundings: &Arc<Surroundings>) -> Arc<Self> {
        let instances = spec.agents.iter().map(|agent| agent.instances as usize).sum();
        let mut seats = Vec::with_capacity(instances);
        for agent in &spec.agents {
            for number in 1..=agent.instances {
                seats.push(Seat::new(agent.seat(&spec.name, number, surroundings), number));
            }
        }
        let limits = Mutex::new(spec.limits);
        Arc::new(Self { spec, seats: Mutex::new(seats), limits, degraded: AtomicBool::new(false) })
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

    /// Gives one more agent a seat, if the domain has room.
    pub(super) fn add(
        &self,
        spec: &AgentSpec,
        surroundings: &Arc<Surroundings>,
    ) -> Result<(AgentId, Arc<ChildSpec>), DomainProblem> {
        let limit = self.limits().agents;
        let mut seats = self.seats();
        let agents = seats.len() as u64 + 1;
        if limit != 0 && agents > limit {
            return Err(DomainProblem::TooManyAgents { domain: self.name().clone(), agents, limit });
        }
        let is_taken = |number: &u32| {
            let id = AgentSpec::child_id(spec.name(), *number);
            let same = |seat: &Seat| seat.number == *number && seat.control.id().name == *spec.name();
            seats.iter().any(|seat| same(seat) || *seat.child.id() == id)
        };
        let number = (1..).find(|number| !is_taken(number)).unwrap_or(u32::MAX);
        let seat = Seat::new(spec.seat(self.name(), number, surroundings), number);
        let added = (seat.control.id().clone(), Arc::clone(&seat.child));
        seats.push(seat);
        Ok(added)
    }

    /// Gives another version of an agent a seat behind that one's, as the same instance and its next incarnation.
    pub(super) fn add_beside(
        &self,
        control: &Arc<dyn Control>,
        spec: &AgentSpec,
        surroundings: &Arc<Surroundings>,
    ) -> Result<(AgentId, Arc<ChildSpec>), UpgradeError> {
        let old = control.id();
        if *spec.name() != old.name {
            return Err(UpgradeError::OtherAgent { expected: old.name.clone(), got: spec.name().clone() });
        }
        if *spec.agent_version() == old.version {
            return Err(UpgradeError::SameVersion(old.version.clone()));
        }
        let mut seats = self.seats();
        let place = seats.iter().position(|seat| seat.control.id() == old);
        let place = place.ok_or_else(|| UpgradeError::NotHere(old.clone()))?;
        if seats.iter().filter(|seat| seat.control.id().instance == old.instance).count() > 1 {
            return Err(UpgradeError::UnderWay);
        }
        // From here on no incarnation begins on the old seat, so that their numbers do not meet.
        control.set_last(true);
        surroundings.leaves_seat(old.instance, control.facts().incarnation);
        let number = seats[place].number;
        let mut made = spec.seat(self.name(), number, surroundings);
        if made.child.id == *seats[place].child.id() {
            made.child.id = ChildId::from(format!("{}@{}", made.child.id, spec.agent_version()));
        }
        let seat = Seat::new(made, number);
        let added = (seat.control.id().clone(), Arc::clone(&seat.child));
        seats.insert(place + 1, seat);
        Ok(added)
    }

    /// Takes away the seat of one agent.
    pub(super) fn remove(&self, id: &AgentId, surroundings: &Surroundings) {
        self.seats().retain(|seat| {
            let stays = seat.control.id() != id;
            if !stays {
                surroundings.leaves_seat(id.instance, seat.control.facts().incarnation);
            }
            stays
        });
    }

    /// Takes away all seats.
    pub(super) fn clear(&self, surroundings: &Surroundings) {
        for seat in self.seats().drain(..) {
            surroundings.leaves_seat(seat.control.id().instance, seat.control.facts().incarnation);
        }
    }

    /// Notes that an agent is ended by hand, and why: no restart starts it again. What it is called in its supervisor.
    pub(super) fn end_for_good(&self, id: &AgentId, reason: &str) -> Option<ChildId> {
        let mut seats = self.seats();
        let seat = seats.iter_mut().find(|seat| seat.control.id() == id)?;
        seat.control.set_last(true);
        seat.ended = Some(reason.into());
        Some(seat.child.id().clone())
    }

    /// Why this child of the domain was ended by hand, if it was.
    pub(super) fn ended(&self, child: &ChildId) -> Option<Arc<str>> {
        self.seats().iter().find(|seat| seat.child.id() == child)?.ended.clone()
    }

    pub(super) fn is_degraded(&self) -> bool {
        self.degraded.load(Ordering::Acquire)
    }

    /// Sets whether it is degraded; whether it was.
    pub(super) fn set_degraded(&self, degraded: bool) -> bool {
        self.degraded.swap(degraded, Ordering::AcqRel)
    }

    /// Drains all agents at the same time, each at most for `limit`.
    pub(super) async fn drain(&self, reason: &str, limit: Duration) {
        let agents: Vec<_> = self.seats().iter().map(|seat| Arc::clone(&seat.control)).collect();
        let mut draining: Vec<_> = agents.iter().map(|agent| agent.drain(reason, limit)).collect();
        std::future::poll_fn(|context| {
            draining.retain_mut(|drain| drain.as_mut().poll(context).is_pending());
            if draining.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
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
        let seats = self.seats();
        seats.iter().fold(spec, |spec, seat| spec.shared_child(Arc::clone(&seat.child)))
    }
}

struct BranchStart(Arc<Branch>);

impl Start for BranchStart {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(async {
            if self.0.is_degraded() {
                return Ok(Launch::Ignored.into());
            }
            self.0.supervisor().start(under).await
        })
    }

    fn below(&self) -> Option<SupervisorSpec> {
        Some(self.0.supervisor())
    }

    fn is_retired(&self) -> bool {
        self.0.is_degraded()
    }

    fn stays_retired(&self) -> bool {
        self.0.spec.on_give_up == OnGiveUp::Degrade
    }

    /// The domain has given up, and is not started again: or it is being removed, and then it does not matter.
    fn retire(&self) {
        if self.0.spec.on_give_up == OnGiveUp::Degrade {
            self.0.set_degraded(true);
        }
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

    fn supervisor(&self) -> SupervisorSpec {
        let spec = SupervisorSpec::new(DOMAINS, self.flags);
        self.list().iter().fold(spec, |spec, branch| spec.child(branch.child()))
    }
}

/// All domains as one child.
pub(super) struct BranchesStart(pub(super) Arc<Branches>);

/// What the supervisor of the domains is called.
pub(super) const DOMAINS: &str = "domains";

impl Start for BranchesStart {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        let spec = self.0.supervisor();
        Box::pin(async move { spec.start(under).await })
    }

    fn below(&self) -> Option<SupervisorSpec> {
        Some(self.0.supervisor())
    }

    fn retire(&self) {
        for branch in self.0.list().iter() {
            branch.supervisor().retire();
        }
    }
}
