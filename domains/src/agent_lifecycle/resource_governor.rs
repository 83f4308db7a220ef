//! The resource governor: keeps limits, reports where they are overstepped, and corrects a domain that is over its
//! own.
//!
//! A process of its own because it must act when everybody else is busy, and so shares its queue with nobody.
//!
//! How strong each limit is: mailbox, tasks and message rate of an agent hold, by its seat, at every message. Memory
//! is what the agent accounts for, and ends it at its next accounting; processor time paces it between messages
//! below one core, and is reported above. The number of a domain's agents holds. A domain's memory and message rate
//! are sampled here: over the limit at one look is a warning, at two in a row the busiest agents get a lower rate
//! (fairly: nobody who wants less than an equal share), or the agent that holds the most memory is suspended. Both
//! are lifted when the domain is well within its limit again. A suspended agent frees no memory by itself: it does
//! so by its timers or a restart, or somebody raises the limit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mistersmith::agent::{Agent, Context, Control, Handle, HandleInfo, Limits as AgentLimits, MailboxLimits};
use mistersmith::contract::{Answer, Ask};
use mistersmith::domain::DomainLimits;
use mistersmith::identity::DomainName;
use mistersmith::system::System;

use super::contract::resource_governor::{
    AgentAllowance, Allowance, Limit, Limits, Refusal, ResourceGovernor, SetLimit, Usage, Violations,
};
use super::governance::{Account, allowance};
use crate::settings::AgentReader;

/// What every incarnation is built from.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    interval: Duration,
    account: Arc<Mutex<Account>>,
}

impl Setup {
    pub(super) fn read(settings: &mut AgentReader<'_>) -> Self {
        Self { interval: settings.duration("interval", Duration::from_secs(1)), account: Arc::default() }
    }
}

/// The agent.
pub(super) struct ResourceGovernorAgent {
    account: Arc<Mutex<Account>>,
}

/// Time to look at everybody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look;

impl Agent for ResourceGovernorAgent {
    type Contract = ResourceGovernor;
    type Args = Setup;

    async fn init(setup: Setup, context: &mut Context<Self>) -> anyhow::Result<Self> {
        context.send_interval(setup.interval, Look);
        Ok(Self { account: setup.account })
    }
}

impl HandleInfo<Look> for ResourceGovernorAgent {
    async fn handle_info(&mut self, _: Look, context: &mut Context<Self>) -> anyhow::Result<()> {
        if let Some(system) = System::around(context) {
            self.account().look(&system, context.id());
        }
        Ok(())
    }
}

impl Handle<Limits> for ResourceGovernorAgent {
    async fn handle(&mut self, request: Limits, context: &mut Context<Self>) -> Answer<Limits> {
        let named =
            System::around(context).ok_or(Refusal::NotReady).and_then(|system| name(&system, &request.of));
        Limits::answer(named.map(|named| self.allowance(&named)))
    }
}

impl Handle<Usage> for ResourceGovernorAgent {
    async fn handle(&mut self, request: Usage, context: &mut Context<Self>) -> Answer<Usage> {
        let Some(system) = System::around(context) else { return Usage::refuse(Refusal::NotReady) };
        if let Some(domain) = &request.domain
            && let Err(refusal) = name(&system, domain.as_str())
        {
            return Usage::refuse(refusal);
        }
        Usage::respond(self.account().usage(request.domain.as_ref()))
    }
}

impl Handle<SetLimit> for ResourceGovernorAgent {
    async fn handle(&mut self, request: SetLimit, context: &mut Context<Self>) -> Answer<SetLimit> {
        let Some(system) = System::around(context) else { return SetLimit::refuse(Refusal::NotReady) };
        SetLimit::answer(self.set(&system, &request))
    }
}

impl Handle<Violations> for ResourceGovernorAgent {
    async fn handle(&mut self, request: Violations, _: &mut Context<Self>) -> Answer<Violations> {
        Violations::respond(self.account().violations(request.since))
    }
}

/// What a limit can be of.
enum Named {
    Agent(Arc<dyn Control>),
    Domain(DomainName, DomainLimits),
}

impl ResourceGovernorAgent {
    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, system: &System, request: &SetLimit) -> Result<Allowance, Refusal> {
        match name(system, &request.of)? {
            Named::Agent(agent) => self.set_agent(&agent, request)?,
            Named::Domain(domain, limits) => {
                system.set_domain_limits(&domain, changed_domain(limits, request)?);
            }
        }
        Ok(self.allowance(&name(system, &request.of)?))
    }

    fn set_agent(&self, agent: &Arc<dyn Control>, request: &SetLimit) -> Result<(), Refusal> {
        let (facts, value) = (agent.facts(), request.value);
        let limits = match request.limit {
            Limit::MemoryBytes => AgentLimits { memory_bytes: value, ..facts.limits },
            Limit::CpuPercent => AgentLimits { cpu_percent: value, ..facts.limits },
            Limit::Tasks => AgentLimits { tasks: value, ..facts.limits },
            Limit::MessagesPerSecond => {
                let messages_per_second = self.account().set_rate(agent.id(), value);
                AgentLimits { messages_per_second, ..facts.limits }
            }
            Limit::Mailbox => {
                let capacity = usize::try_from(value).ok().filter(|capacity| *capacity > 0);
                let expected =
                    || "a whole number of messages, at least 1: a mailbox is always bounded".to_owned();
                let capacity = capacity.ok_or_else(|| Refusal::Value { expected: expected(), got: value })?;
                agent.set_mailbox(MailboxLimits { capacity, when_full: facts.when_full });
                return Ok(());
            }
            Limit::Agents => {
                let known = "memory_bytes, cpu_percent, tasks, messages_per_second, mailbox";
                return Err(no_such_limit(format!("agent {}", agent.id()), known));
            }
        };
        agent.set_limits(limits);
        Ok(())
    }

    fn allowance(&self, named: &Named) -> Allowance {
        match named {
            Named::Domain(name, limits) => Allowance::Domain(allowance(name, *limits)),
            Named::Agent(agent) => {
                let facts = agent.facts();
                let AgentLimits { memory_bytes, cpu_percent, tasks, messages_per_second } = facts.limits;
                let (messages_per_second, throttled_to) =
                    self.account().rate(agent.id(), messages_per_second);
                Allowance::Agent(AgentAllowance {
                    id: agent.id().clone(),
                    memory_bytes,
                    cpu_percent,
                    tasks,
                    messages_per_second,
                    mailbox: facts.capacity as u64,
                    throttled_to,
                })
            }
        }
    }
}

/// The domain or the agent of this name: an agent's has a slash in it, or is a part of a UUID.
fn name(system: &System, of: &str) -> Result<Named, Refusal> {
    let domain = DomainName::new(of).ok();
    if let Some((domain, limits)) =
        domain.and_then(|name| system.domain_limits(&name).map(|limits| (name, limits)))
    {
        return Ok(Named::Domain(domain, limits));
    }
    system.agent(of).map(Named::Agent).map_err(|unknown| {
        if of.contains('/') {
            return Refusal::NoSuchAgent(unknown.into());
        }
        let known = system.domains().iter().map(ToString::to_string).collect();
        Refusal::NoSuchDomain { domain: of.to_owned(), known }
    })
}

fn changed_domain(limits: DomainLimits, request: &SetLimit) -> Result<DomainLimits, Refusal> {
    let value = request.value;
    match request.limit {
        Limit::Agents => Ok(DomainLimits { agents: value, ..limits }),
        Limit::MemoryBytes => Ok(DomainLimits { memory_bytes: value, ..limits }),
        Limit::MessagesPerSecond => Ok(DomainLimits { messages_per_second: value, ..limits }),
        Limit::CpuPercent | Limit::Tasks | Limit::Mailbox => {
            Err(no_such_limit(format!("domain {}", request.of), "agents, memory_bytes, messages_per_second"))
        }
    }
}

fn no_such_limit(of: String, known: &str) -> Refusal {
    Refusal::NoSuchLimit { of, known: known.split(", ").map(str::to_owned).collect() }
}
