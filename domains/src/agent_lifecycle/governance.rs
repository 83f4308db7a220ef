//! What the resource governor keeps account of: the last look at each agent, corrections in force, violations.
//!
//! It outlives the governor's incarnations, so that a correction is lifted even when the one who made it is gone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use mistersmith::agent::{Control, Facts, Limits};
use mistersmith::domain::DomainLimits;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::identity::{AgentId, DomainName, InstanceId};
use mistersmith::system::System;

use super::contract::resource_governor::{AgentUsage, DomainAllowance, DomainUsage, Limit, Violation};
use super::rules::domain_use::{Act, Seen, Standing};
use super::rules::fair::shares;

/// How many violations are kept.
const KEPT: usize = 1_000;

/// The account.
#[derive(Debug, Default)]
pub(super) struct Account {
    agents: BTreeMap<InstanceId, Before>,
    domains: BTreeMap<DomainName, Domain>,
    violations: VecDeque<Violation>,
    numbered: u64,
}

/// What the last look saw of an agent.
#[derive(Clone, Copy, Debug)]
struct Before {
    at: Duration,
    handled: u64,
    busy_nanos: u64,
    refused: u64,
}

#[derive(Debug, Default)]
struct Domain {
    rate: Standing,
    memory: Standing,
    memory_before: u64,
    throttled: BTreeMap<InstanceId, Throttle>,
    suspended: BTreeSet<InstanceId>,
    usage: Option<DomainUsage>,
}

/// A lower rate that is in force, and the one that the agent has otherwise.
#[derive(Clone, Copy, Debug)]
struct Throttle {
    own: u64,
    to: u64,
}

/// One agent at one look.
struct Look {
    agent: Arc<dyn Control>,
    facts: Facts,
    usage: AgentUsage,
    refused: u64,
}

impl Account {
    /// Looks at everybody once, and acts on what it sees. `myself` is never held back.
    pub(super) fn look(&mut self, system: &System, myself: &AgentId) {
        let (agents, domains) = (system.agents(), system.domains());
        self.agents.retain(|instance, _| agents.iter().any(|agent| agent.id().instance == *instance));
        self.domains.retain(|name, _| domains.contains(name));
        for name in domains {
            let Some(limits) = system.domain_limits(&name) else { continue };
            let of_domain = agents.iter().filter(|agent| agent.id().domain == name);
            let now = system.clock().now();
            let looks: Vec<_> = of_domain.map(|agent| self.look_at(agent, now)).collect();
            let mut domain = self.domains.remove(&name).unwrap_or_default();
            self.report_agents(system, &looks, &domain);
            self.keep_rate(system, &name, &mut domain, limits, &looks, myself);
            self.keep_memory(system, &name, &mut domain, limits, &looks, myself);
            domain.usage = Some(domain.summary(&name, limits, looks));
            self.domains.insert(name, domain);
        }
    }

    /// What the last look saw of all domains, or of one.
    pub(super) fn usage(&self, of: Option<&DomainName>) -> Vec<DomainUsage> {
        let wanted = self.domains.iter().filter(|(name, _)| of.is_none_or(|of| of == *name));
        wanted.filter_map(|(_, domain)| domain.usage.clone()).collect()
    }

    /// The violations with a higher number.
    pub(super) fn violations(&self, since: u64) -> Vec<Violation> {
        self.violations.iter().filter(|violation| violation.number > since).cloned().collect()
    }

    /// The rate that an agent has when it is not held back, and the lower one that is in force if it is.
    pub(super) fn rate(&self, id: &AgentId, in_force: u64) -> (u64, Option<u64>) {
        let throttle = self.domains.get(&id.domain).and_then(|domain| domain.throttled.get(&id.instance));
        throttle.map_or((in_force, None), |throttle| (throttle.own, Some(throttle.to)))
    }

    /// Changes the rate of an agent; a lower one that is in force stays in force. The rate in force since.
    pub(super) fn set_rate(&mut self, id: &AgentId, own: u64) -> u64 {
        let domain = self.domains.get_mut(&id.domain);
        let Some(throttle) = domain.and_then(|domain| domain.throttled.get_mut(&id.instance)) else {
            return own;
        };
        throttle.own = own;
        lower(own, throttle.to)
    }

    fn look_at(&mut self, agent: &Arc<dyn Control>, now: Duration) -> Look {
        let facts = agent.facts();
        let usage = facts.usage;
        let seen =
            Before { at: now, handled: facts.handled, busy_nanos: usage.busy_nanos, refused: usage.refused };
        let before = self.agents.insert(agent.id().instance, seen).unwrap_or(Before { at: now, ..seen });
        let nanos = u64::try_from((now - before.at).as_nanos()).unwrap_or(u64::MAX);
        let per_second = |count: u64| {
            u64::try_from(u128::from(count) * 1_000_000_000 / u128::from(nanos.max(1))).unwrap_or(u64::MAX)
        };
        let busy = usage.busy_nanos.saturating_sub(before.busy_nanos);
        let used = AgentUsage {
            id: agent.id().clone(),
            memory_bytes: usage.memory_bytes,
            cpu_percent: per_second(busy) / 10_000_000,
            longest_poll_micros: usage.longest_poll_nanos / 1_000,
            tasks: usage.tasks,
            queued: facts.queued as u64,
            messages_per_second: per_second(facts.handled.saturating_sub(before.handled)),
            refused: usage.refused,
        };
        let refused = usage.refused.saturating_sub(before.refused);
        Look { agent: Arc::clone(agent), facts, usage: used, refused }
    }

    /// Tells where agents were at their own limits. What is enforced there is enforced by the agent's seat.
    fn report_agents(&mut self, system: &System, looks: &[Look], domain: &Domain) {
        for Look { agent, facts, usage, refused } in looks {
            let (limits, id) = (facts.limits, agent.id());
            let mut found = Vec::new();
            if *refused > 0 && limits.tasks != 0 && usage.tasks >= limits.tasks {
                found.push((Limit::Tasks, limits.tasks, usage.tasks, format!("{refused} refused")));
            } else if *refused > 0 && !domain.throttled.contains_key(&id.instance) {
                let (allowed, used) = (limits.messages_per_second, usage.messages_per_second);
                found.push((Limit::MessagesPerSecond, allowed, used, format!("{refused} refused")));
            }
            if usage.queued >= facts.capacity as u64 {
                let action = "further messages do not fit".to_owned();
                found.push((Limit::Mailbox, facts.capacity as u64, usage.queued, action));
            }
            if limits.memory_bytes != 0 && usage.memory_bytes > limits.memory_bytes {
                let action = "it ends when it accounts for its memory again".to_owned();
                found.push((Limit::MemoryBytes, limits.memory_bytes, usage.memory_bytes, action));
            }
            if limits.cpu_percent != 0 && usage.cpu_percent > limits.cpu_percent {
                let paced = limits.cpu_percent < 100;
                let action = if paced { "it is paced between messages" } else { "reported" };
                found.push((Limit::CpuPercent, limits.cpu_percent, usage.cpu_percent, action.to_owned()));
            }
            for (limit, allowed, used, action) in found {
                self.record(system, id.to_string(), limit, (allowed, used), action);
            }
        }
    }

    fn keep_rate(
        &mut self,
        system: &System,
        name: &DomainName,
        domain: &mut Domain,
        limits: DomainLimits,
        looks: &[Look],
        myself: &AgentId,
    ) {
        domain.throttled.retain(|instance, _| looks.iter().any(|look| look.agent.id().instance == *instance));
        let held_back =
            |look: &Look| look.refused > 0 && domain.throttled.contains_key(&look.agent.id().instance);
        let (used, allowed) = (rate_of(looks), limits.messages_per_second);
        let seen = Seen { used, allowed, held_back: looks.iter().any(held_back) };
        let (standing, act) = domain.rate.after(seen);
        domain.rate = standing;
        let mut tell = |action: String| {
            self.record(system, name.to_string(), Limit::MessagesPerSecond, (allowed, used), action);
        };
        match act {
            Act::Nothing => {}
            Act::Warn => tell("warned".to_owned()),
            Act::Lift => domain.lift_rate(looks),
            Act::Correct => {
                let others: Vec<_> = looks.iter().filter(|look| look.agent.id() != myself).collect();
                let wishes: Vec<_> = others.iter().map(|look| look.usage.messages_per_second).collect();
                let mine = used.saturating_sub(wishes.iter().sum());
                for (look, share) in others.iter().zip(shares(allowed.saturating_sub(mine), &wishes)) {
                    if let Some(to) = share.filter(|to| domain.throttle(look, *to)) {
                        tell(format!("{} is held to {to} messages/s", look.agent.id()));
                    }
                }
            }
        }
    }

    fn keep_memory(
        &mut self,
        system: &System,
        name: &DomainName,
        domain: &mut Domain,
        limits: DomainLimits,
        looks: &[Look],
        myself: &AgentId,
    ) {
        let used = memory_of(looks);
        let grown = used > std::mem::replace(&mut domain.memory_before, used);
        let (standing, act) =
            domain.memory.after(Seen { used, allowed: limits.memory_bytes, held_back: false });
        domain.memory = standing;
        let mut tell = |action: String| {
            let amount = (limits.memory_bytes, used);
            self.record(system, name.to_string(), Limit::MemoryBytes, amount, action);
        };
        match act {
            Act::Nothing => {}
            Act::Warn => tell("warned".to_owned()),
            Act::Lift => domain.lift_suspensions(looks),
            // One at a time: what it holds is not freed by suspending it, it only cannot grow by more messages.
            Act::Correct if !grown && !domain.suspended.is_empty() => {}
            Act::Correct => {
                let can_go = |look: &&Look| {
                    look.agent.id() != myself
                        && look.facts.state.stage() == Stage::Active
                        && look.usage.memory_bytes > 0
                };
                let worst = looks.iter().filter(can_go).max_by_key(|look| look.usage.memory_bytes);
                let Some(worst) = worst else { return tell("no agent of it can be suspended".to_owned()) };
                let (id, most) = (worst.agent.id(), limits.memory_bytes);
                let reason = format!(
                    "domain {name} accounts for {used} bytes of memory and may for {most}; this agent holds the most"
                );
                if worst.agent.suspend(&reason).is_ok() {
                    domain.suspended.insert(id.instance);
                    tell(format!("{id} is suspended"));
                }
            }
        }
    }

    fn record(
        &mut self,
        system: &System,
        of: String,
        limit: Limit,
        (allowed, used): (u64, u64),
        action: String,
    ) {
        tracing::warn!(%of, ?limit, allowed, used, %action, "limit overstepped");
        if self.violations.len() == KEPT {
            self.violations.pop_front();
        }
        self.numbered += 1;
        let (number, wall_millis) = (self.numbered, system.clock().wall_millis());
        self.violations.push_back(Violation { number, wall_millis, of, limit, allowed, used, action });
    }
}

impl Domain {
    /// Holds an agent to a rate; whether that is news.
    fn throttle(&mut self, look: &Look, to: u64) -> bool {
        let limits = look.facts.limits;
        let throttle = Throttle { own: limits.messages_per_second, to };
        let held = self.throttled.entry(look.agent.id().instance).or_insert(throttle);
        let news = held.to != to || limits.messages_per_second == held.own;
        held.to = to;
        look.agent.set_limits(Limits { messages_per_second: lower(held.own, to), ..limits });
        news
    }

    fn lift_rate(&mut self, looks: &[Look]) {
        for look in looks {
            if let Some(Throttle { own, .. }) = self.throttled.remove(&look.agent.id().instance) {
                tracing::info!(agent = %look.agent.id(), "its own message rate is in force again");
                look.agent.set_limits(Limits { messages_per_second: own, ..look.facts.limits });
            }
        }
    }

    fn lift_suspensions(&mut self, looks: &[Look]) {
        for look in looks {
            // One that somebody else has resumed, or ended, is no concern of ours any more.
            if self.suspended.remove(&look.agent.id().instance) && look.agent.resume().is_ok() {
                tracing::info!(agent = %look.agent.id(), "resumed: its domain is within its memory again");
            }
        }
    }

    fn summary(&self, name: &DomainName, limits: DomainLimits, looks: Vec<Look>) -> DomainUsage {
        let held = self
            .throttled
            .iter()
            .map(|(instance, throttle)| format!("instance {instance} is held to {} messages/s", throttle.to));
        let suspended = self.suspended.iter().map(|instance| format!("instance {instance} is suspended"));
        DomainUsage {
            limits: allowance(name, limits),
            memory_bytes: memory_of(&looks),
            messages_per_second: rate_of(&looks),
            corrections: held.chain(suspended).collect(),
            agents: looks.into_iter().map(|look| look.usage).collect(),
        }
    }
}

/// The limits of a domain as they are told.
pub(super) fn allowance(name: &DomainName, limits: DomainLimits) -> DomainAllowance {
    let DomainLimits { agents, memory_bytes, messages_per_second } = limits;
    DomainAllowance { domain: name.clone(), agents, memory_bytes, messages_per_second }
}

/// The lower of two rates, of which the first may be 0 for none.
fn lower(own: u64, to: u64) -> u64 {
    if own == 0 { to } else { own.min(to) }
}

fn rate_of(looks: &[Look]) -> u64 {
    looks.iter().map(|look| look.usage.messages_per_second).fold(0, u64::saturating_add)
}

fn memory_of(looks: &[Look]) -> u64 {
    looks.iter().map(|look| look.usage.memory_bytes).fold(0, u64::saturating_add)
}
