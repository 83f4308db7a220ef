//! What stays of an agent while its incarnations come and go: who it is, its mailbox, its limits, its life.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::life::Life;
use super::limits::Ledger;
use super::mailbox::Mailbox;
use super::process::AgentProcess;
use super::{Agent, Facts, Limits, MailboxLimits, Surroundings};
use crate::contract::Contract;
use crate::engine::{self, Process};
use crate::identity::lifecycle::AgentState;
use crate::identity::{AgentId, Capability};
use crate::registry::{Pulse, Reservation};
use crate::routing::AgentRef;
use crate::supervisor::{Occupant, Start, Starting, Under};

/// The lasting part of one agent.
pub(crate) struct Seat<A: Agent> {
    pub(super) id: Arc<AgentId>,
    /// The agent as others hold it: what its registrations point at.
    pub(super) myself: Arc<AgentRef<A::Contract>>,
    pub(super) args: A::Args,
    pub(super) capabilities: Box<[Capability]>,
    pub(super) surroundings: Arc<Surroundings>,
    pub(super) mailbox: Arc<Mailbox<A::Contract>>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) life: Life,
    /// Its place in the registry, which its incarnations take one after the other.
    _reservation: Reservation,
    process: Mutex<Option<Process>>,
    /// The id as text, made when it is first written down.
    text: OnceLock<Arc<str>>,
}

/// What a seat is made from.
pub(super) struct SeatPlan<A: Agent> {
    pub(super) id: AgentId,
    pub(super) args: A::Args,
    pub(super) capabilities: Vec<Capability>,
    pub(super) mailbox: MailboxLimits,
    pub(super) limits: Limits,
}

impl<A: Agent> Seat<A> {
    pub(super) fn new(plan: SeatPlan<A>, surroundings: &Arc<Surroundings>) -> Arc<Self> {
        let (id, pulse) = (Arc::new(plan.id), Arc::new(Pulse::default()));
        let clock = &surroundings.clock;
        let mailbox = Mailbox::new(plan.mailbox, Arc::clone(&pulse), Ledger::new(plan.limits), clock.clone());
        let mailbox = Arc::new(mailbox);
        let myself = AgentRef::new(Arc::clone(&id), Arc::<Mailbox<_>>::clone(&mailbox), clock.clone());
        let life = Life::after(surroundings.last_incarnation(id.instance));
        Arc::new(Self {
            _reservation: surroundings.registry.reserve(id.instance),
            id,
            myself: Arc::new(myself),
            args: plan.args,
            capabilities: plan.capabilities.into(),
            surroundings: Arc::clone(surroundings),
            mailbox,
            pulse,
            life,
            process: Mutex::default(),
            text: OnceLock::new(),
        })
    }

    pub(super) fn state(&self) -> AgentState {
        self.life.state()
    }

    pub(super) fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn facts(&self) -> Facts {
        let mailbox = self.mailbox.limits();
        Facts {
            agent: self.id.to_string(),
            contract: A::Contract::NAME.to_owned(),
            capabilities: self.capabilities.to_vec(),
            incarnation: self.life.incarnation(),
            state: self.state(),
            queued: self.mailbox.queued(),
            capacity: mailbox.capacity,
            when_full: mailbox.when_full,
            dead_letters: self.mailbox.dead_letters(),
            handled: self.pulse.handled(),
            limits: self.mailbox.ledger().limits(),
            usage: self.mailbox.ledger().usage(),
        }
    }
}

/// A seat as a supervised child.
pub(super) struct Seated<A: Agent>(pub(super) Arc<Seat<A>>);

impl<A: Agent> Start for Seated<A> {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(async {
            if self.0.life.is_last() {
                self.0.retire_for("ended for good");
                return Ok(engine::Launch::Ignored.into());
            }
            let reopened = self.0.reopen();
            let launched = engine::start::<AgentProcess<A>>(&under.parent, Arc::clone(&self.0), None).await;
            match &launched {
                Ok(engine::Launch::Running(process)) => {
                    under.parent.joins.note(&self.0.surroundings.system, self.0.id.domain.text(), process);
                    *self.0.process() = Some(process.clone());
                }
                Ok(engine::Launch::Ignored) => self.0.retire_for("not needed"),
                // A first start that fails is not tried again; a restart that fails is, and the queue waits for it.
                Err(exit) if reopened => self.0.retire_for(&exit.to_string()),
                Err(_) => {}
            }
            Ok(launched?.into())
        })
    }

    fn retire(&self) {
        self.0.retire_for("not started again");
    }

    fn fence(&self) {
        self.0.fence();
        if let Some(process) = &*self.0.process() {
            engine::leave(&self.0.surroundings.system, self.0.id.domain.text(), process);
        }
    }

    fn is_retired(&self) -> bool {
        self.0.life.is_last()
    }

    fn occupant(&self) -> Option<Occupant> {
        let agent = self.0.text.get_or_init(|| self.0.id.to_string().into());
        Some(Occupant { agent: Arc::clone(agent), incarnation: self.0.life.incarnation().number() })
    }

    fn facts(&self) -> serde_json::Map<String, serde_json::Value> {
        match serde_json::to_value(self.0.facts()) {
            Ok(serde_json::Value::Object(facts)) => facts,
            _ => serde_json::Map::new(),
        }
    }
}

impl<A: Agent> fmt::Debug for Seat<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seat({})", self.id)
    }
}
