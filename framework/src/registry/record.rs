//! What the registry knows of one agent.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Health, Heartbeat, Pulse, Sample};
use crate::identity::lifecycle::Stage;
use crate::identity::{AgentId, Capability, Incarnation};

/// What the registry knows of one incarnation of an agent.
///
/// Everything but the health and the stage stays as it was registered.
#[non_exhaustive]
pub struct Record {
    /// Who it is.
    pub id: Arc<AgentId>,
    /// Which start of it this is.
    pub incarnation: Incarnation,
    /// The name of the contract that it answers.
    pub contract: Cow<'static, str>,
    /// What it can be asked for; sorted, each once.
    pub capabilities: Vec<Capability>,
    /// Where it is; only whoever sends to it knows of what type this is.
    pub address: Arc<dyn Any + Send + Sync>,
    /// What its progress writes.
    pub pulse: Arc<Pulse>,
    /// When it was registered, on the clock of the system; zero before.
    pub registered_at: Duration,
    first_stage: Stage,
    /// Whether the health is a fit one, for those who only want to know that.
    fit: AtomicBool,
    standing: Mutex<Standing>,
}

/// How it is, and what that was judged by. Locked for a few instructions, never while anything is done.
struct Standing {
    health: Health,
    missed: u32,
    before: Option<Sample>,
    degraded: Option<String>,
}

impl Record {
    /// A record without capabilities, of an agent that is being initialised.
    ///
    /// The incarnations of an agent may share one pulse, as they share the mailbox that counts in it.
    #[must_use]
    pub fn new(
        id: impl Into<Arc<AgentId>>,
        incarnation: Incarnation,
        contract: impl Into<Cow<'static, str>>,
        address: Arc<dyn Any + Send + Sync>,
        pulse: Arc<Pulse>,
    ) -> Self {
        let standing = Standing { health: Health::Starting, missed: 0, before: None, degraded: None };
        Self {
            id: id.into(),
            incarnation,
            contract: contract.into(),
            capabilities: Vec::new(),
            address,
            pulse,
            registered_at: Duration::ZERO,
            first_stage: Stage::Registering,
            fit: AtomicBool::new(false),
            standing: Mutex::new(standing),
        }
    }

    /// The same, with these capabilities in place of those it had.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: impl IntoIterator<Item = Capability>) -> Self {
        self.capabilities = capabilities.into_iter().collect();
        self.capabilities.sort();
        self.capabilities.dedup();
        self
    }

    /// The same, of an agent that is in this stage when it is registered.
    #[must_use]
    pub fn with_stage(mut self, stage: Stage) -> Self {
        self.first_stage = stage;
        self
    }

    /// How it is now.
    #[must_use]
    pub fn health(&self) -> Health {
        self.standing().health.clone()
    }

    /// Whether work is sent there now.
    #[must_use]
    pub fn is_fit(&self) -> bool {
        self.fit.load(Ordering::Acquire)
    }

    /// The stage that it is in now.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.pulse.stage()
    }

    /// Where it is, if that is a `T`.
    #[must_use]
    pub fn address_as<T: Any>(&self) -> Option<&T> {
        self.address.downcast_ref()
    }

    /// Whether `id` names this agent; in which version does not matter, for an upgrade keeps the agent.
    #[must_use]
    pub fn answers_to(&self, id: &AgentId) -> bool {
        self.id.instance == id.instance && self.id.name == id.name && self.id.domain == id.domain
    }

    /// Begins its time in the registry: an older incarnation may have left its stage and its message in hand in
    /// the pulse.
    pub(super) fn begin(&self, rule: Heartbeat) {
        self.pulse.end();
        self.pulse.set_stage(self.first_stage);
        self.judge(rule);
    }

    /// Looks at the pulse; true when the count of missed looks has changed, so that the health may have.
    pub(super) fn look(&self) -> bool {
        let now = self.pulse.sample();
        let mut standing = self.standing();
        let missed = match self.pulse.stage() {
            Stage::Active => Heartbeat::count(standing.missed, standing.before, now),
            _ => 0,
        };
        standing.before = Some(now);
        std::mem::replace(&mut standing.missed, missed) != missed
    }

    pub(super) fn set_degraded(&self, reason: Option<String>) {
        self.standing().degraded = reason;
    }

    /// Judges it again; the health before and since, if that has changed.
    pub(super) fn judge(&self, rule: Heartbeat) -> Option<(Health, Health)> {
        let mut standing = self.standing();
        let health = rule.judge(self.pulse.stage(), standing.missed, standing.degraded.as_deref());
        if health == standing.health {
            return None;
        }
        self.fit.store(health.is_fit(), Ordering::Release);
        Some((std::mem::replace(&mut standing.health, health.clone()), health))
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("id", &self.id)
            .field("incarnation", &self.incarnation)
            .field("contract", &self.contract)
            .field("capabilities", &self.capabilities)
            .field("stage", &self.stage())
            .field("health", &self.health())
            .field("registered_at", &self.registered_at)
            .finish_non_exhaustive()
    }
}
