//! An agent as a value: who it is to be, what it starts from, and what it may use.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::seat::{Seat, SeatPlan, Seated};
use super::{Agent, Control, Limits, MailboxLimits, Surroundings};
use crate::contract::Contract;
use crate::identity::{AgentId, AgentName, Capability, DomainName, InstanceId, NameError, Version};
use crate::supervisor::{ChildId, ChildSpec, Restart, Shutdown};

/// An agent that is to be. What it can do besides answering its contract is said by capabilities.
#[derive(Clone)]
pub struct AgentSpec {
    pub(crate) name: AgentName,
    pub(crate) version: Version,
    pub(crate) contract: &'static str,
    pub(crate) capabilities: Vec<Capability>,
    pub(crate) instances: u32,
    pub(crate) restart: Restart,
    pub(crate) shutdown: Shutdown,
    pub(crate) start_timeout: Option<Duration>,
    pub(crate) mailbox: MailboxLimits,
    pub(crate) limits: Limits,
    make: Arc<dyn Make>,
}

/// Makes a seat, whatever the agent's type is.
trait Make: Send + Sync {
    fn make(&self, spec: &AgentSpec, id: AgentId, surroundings: &Arc<Surroundings>) -> Made;

    fn extra(&self) -> Option<Arc<dyn Any + Send + Sync>>;
}

/// An agent that was given its seat: the child to supervise, and the handle to run it by.
pub(crate) struct Made {
    pub(crate) child: ChildSpec,
    pub(crate) control: Arc<dyn Control>,
}

struct Builder<A: Agent>(A::Args);

impl<A: Agent> Make for Builder<A>
where
    A::Args: Sync,
{
    fn extra(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        A::extra(&self.0)
    }

    fn make(&self, spec: &AgentSpec, id: AgentId, surroundings: &Arc<Surroundings>) -> Made {
        let child_id = ChildId::from(id.name.as_str());
        let plan = SeatPlan::<A> {
            id,
            args: self.0.clone(),
            capabilities: spec.capabilities.clone(),
            mailbox: spec.mailbox,
            limits: spec.limits,
        };
        let seat = Seat::new(plan, surroundings);
        let child = ChildSpec::worker(child_id, Seated(Arc::clone(&seat)))
            .restart(spec.restart)
            .shutdown(spec.shutdown)
            .start_timeout(spec.start_timeout);
        Made { child, control: seat }
    }
}

impl AgentSpec {
    /// One permanent agent of version 1.0.0, with the default mailbox and limits, given 30 s to start and 5 s to
    /// stop.
    ///
    /// # Errors
    /// When `name` is not a name for an agent.
    pub fn new<A: Agent>(name: impl AsRef<str>, args: A::Args) -> Result<Self, NameError> {
        Ok(Self {
            name: AgentName::new(name)?,
            version: Version::new(1, 0, 0),
            contract: A::Contract::NAME,
            capabilities: Vec::new(),
            instances: 1,
            restart: Restart::Permanent,
            shutdown: Shutdown::After(Duration::from_secs(5)),
            start_timeout: Some(Duration::from_secs(30)),
            mailbox: MailboxLimits::default(),
            limits: Limits::default(),
            make: Arc::new(Builder::<A>(args)),
        })
    }

    /// With one more thing that it can do.
    #[must_use]
    pub fn capability(mut self, capability: Capability) -> Self {
        self.capabilities.push(capability);
        self
    }

    /// Of this version.
    #[must_use]
    pub fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// So many of them, each with a mailbox and a supervised life of its own.
    #[must_use]
    pub fn instances(mut self, instances: u32) -> Self {
        self.instances = instances;
        self
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

    /// With this limit on each start; `None` for no limit.
    #[must_use]
    pub fn start_timeout(mut self, limit: Option<Duration>) -> Self {
        self.start_timeout = limit;
        self
    }

    /// With such a mailbox.
    #[must_use]
    pub fn mailbox(mut self, mailbox: MailboxLimits) -> Self {
        self.mailbox = mailbox;
        self
    }

    /// With these limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &AgentName {
        &self.name
    }

    /// Its version.
    #[must_use]
    pub fn agent_version(&self) -> &Version {
        &self.version
    }

    /// The name of the contract that it answers.
    #[must_use]
    pub fn contract(&self) -> &'static str {
        self.contract
    }

    /// What it can do.
    #[must_use]
    pub fn capabilities(&self) -> &[Capability] {
        &self.capabilities
    }

    /// How many of it there are.
    #[must_use]
    pub fn instance_count(&self) -> u32 {
        self.instances
    }

    /// What it has for tools beside its contract ([`Agent::extra`]).
    #[must_use]
    pub fn extra(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        self.make.extra()
    }

    /// How much its mailbox holds.
    #[must_use]
    pub fn mailbox_limits(&self) -> MailboxLimits {
        self.mailbox
    }

    /// What it may use.
    #[must_use]
    pub fn agent_limits(&self) -> Limits {
        self.limits
    }

    /// Gives instance number `number` of it a seat in `domain`.
    pub(crate) fn seat(&self, domain: &DomainName, number: u32, surroundings: &Arc<Surroundings>) -> Made {
        let id = AgentId {
            domain: domain.clone(),
            name: self.name.clone(),
            instance: InstanceId::of(&surroundings.system, domain, &self.name, number),
            version: self.version.clone(),
        };
        let mut made = self.make.make(self, id, surroundings);
        made.child.id = Self::child_id(&self.name, number);
        made
    }

    /// What instance number `number` is called in its supervisor: the agent's name, and from the second on its
    /// number.
    pub(crate) fn child_id(name: &AgentName, number: u32) -> ChildId {
        match number {
            1 => ChildId::from(name.as_str()),
            number => ChildId::from(format!("{name}-{number}")),
        }
    }
}

impl fmt::Debug for AgentSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentSpec")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("contract", &self.contract)
            .field("capabilities", &self.capabilities)
            .field("instances", &self.instances)
            .field("restart", &self.restart)
            .field("shutdown", &self.shutdown)
            .field("start_timeout", &self.start_timeout)
            .field("mailbox", &self.mailbox)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
