//! From a configuration to a system: which domains and agents run, and how much each may use.

use mistersmith::agent::{AgentSpec, Limits, MailboxLimits, WhenFull};
use mistersmith::config::{self, Configuration, DomainSettings, Limit, Rate, Run};
use mistersmith::domain::{DomainLimits, DomainSpec, OnGiveUp};
use mistersmith::identity::DomainName;
use mistersmith::registry::Heartbeat;
use mistersmith::system::{Builder, LifeRetention, System};

use crate::agent_lifecycle;
use crate::roster::{Entry, ROSTER};
use crate::settings::{SettingProblem, SetupError};

/// The system that a configuration describes. [`Builder::check`] says what is wrong with it as a whole.
///
/// # Errors
/// [`SetupError`]: every setting that an agent does not understand.
pub fn assemble(configuration: &Configuration) -> Result<Builder, SetupError> {
    let supervision = configuration.supervision;
    let heartbeat = &configuration.heartbeat;
    let builder = System::builder(&configuration.node.name)
        .root(supervision.root)
        .domains(supervision.domains)
        .heartbeat(Heartbeat { interval: heartbeat.interval, missed: heartbeat.missed })
        .keep_lives(LifeRetention {
            changes: configuration.events.keep_changes.most(),
            deeds: configuration.events.keep_deeds.most(),
        });
    Ok(domains(configuration)?.into_iter().fold(builder, Builder::domain))
}

/// The domains that run by this configuration, each as it says.
///
/// # Errors
/// As [`assemble`].
pub fn domains(configuration: &Configuration) -> Result<Vec<DomainSpec>, SetupError> {
    let (mut domains, mut problems) = (Vec::new(), Vec::new());
    for entry in ROSTER {
        match domain(entry, configuration) {
            Ok(domain) => domains.extend(domain),
            Err(SetupError::Settings(more)) => problems.extend::<Vec<SettingProblem>>(more),
            Err(error) => return Err(error),
        }
    }
    if problems.is_empty() { Ok(domains) } else { Err(SetupError::Settings(problems)) }
}

/// One domain, if it runs.
fn domain(entry: &Entry, configuration: &Configuration) -> Result<Option<DomainSpec>, SetupError> {
    let name = DomainName::new(entry.name)?;
    let settings = configuration.domains.get(&name).cloned().unwrap_or_default();
    let spec = (entry.domain)(&settings)?;
    if !configuration.agents.run.includes(&name) {
        return Ok(None);
    }
    let alone = matches!(configuration.agents.run, Run::Single { .. });
    let mut on_demand = Vec::new();
    let flags = settings.flags.apply(spec.supervision());
    let limits = limits_of_domain(spec.domain_limits(), configuration.limits_of_domain(&name));
    let gives_up = settings.on_give_up.map_or(spec.gives_up(), |on_give_up| match on_give_up {
        config::OnGiveUp::Escalate => OnGiveUp::Escalate,
        config::OnGiveUp::Degrade => OnGiveUp::Degrade,
    });
    let spec = spec.flags(flags).limits(limits).on_give_up(gives_up).map_agents(|agent| {
        let runs = runs(configuration, &name, &agent);
        let agent = shaped(agent, configuration, &name, &settings);
        if runs {
            return Some(agent);
        }
        on_demand.push(agent);
        None
    });
    let on_demand = on_demand.into_iter().filter(|_| !alone);
    Ok(Some(on_demand.fold(spec, DomainSpec::on_demand)))
}

fn runs(configuration: &Configuration, domain: &DomainName, agent: &AgentSpec) -> bool {
    let is_registry = domain.as_str() == agent_lifecycle::NAME && agent.name().as_str() == "agent_registry";
    configuration.runs(domain, agent.name()) && (configuration.agents.registry_enabled || !is_registry)
}

/// The agent as the configuration says, where it says something.
fn shaped(
    agent: AgentSpec,
    configuration: &Configuration,
    domain: &DomainName,
    settings: &DomainSettings,
) -> AgentSpec {
    let name = agent.name().clone();
    let capacity = configuration.mailbox_capacity(domain, &name);
    let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
    let own = settings.agents.get(&name).cloned().unwrap_or_default();
    let when_full =
        own.mailbox.when_full.map_or(agent.mailbox_limits().when_full, |when_full| match when_full {
            config::WhenFull::Refuse => WhenFull::Refuse,
            config::WhenFull::Wait => WhenFull::Wait,
            config::WhenFull::ShedOldest => WhenFull::ShedOldest,
        });
    let limits = limits_of_agent(agent.agent_limits(), configuration.limits_of_agent(domain, &name));
    let agent = agent.mailbox(MailboxLimits { capacity, when_full }).limits(limits);
    let agent = own.restart.into_iter().fold(agent, AgentSpec::restart);
    let agent = own.shutdown.into_iter().fold(agent, AgentSpec::shutdown);
    own.instances.into_iter().fold(agent, AgentSpec::instances)
}

fn limits_of_agent(code: Limits, said: config::AgentLimits) -> Limits {
    Limits {
        memory_bytes: most(said.max_memory, |size| size.bytes(), code.memory_bytes),
        cpu_percent: most(said.max_cpu_shares, u64::from, code.cpu_percent),
        tasks: most(said.max_concurrent_tasks, u64::from, code.tasks),
        messages_per_second: code.messages_per_second,
    }
}

fn limits_of_domain(code: DomainLimits, said: config::DomainLimits) -> DomainLimits {
    DomainLimits {
        agents: most(said.max_agents, u64::from, code.agents),
        memory_bytes: most(said.max_total_memory, |size| size.bytes(), code.memory_bytes),
        messages_per_second: most(said.message_rate_limit, per_second, code.messages_per_second),
    }
}

/// What is said, with 0 for no limit; what the code says where nothing is.
fn most<T>(said: Option<Limit<T>>, number: impl FnOnce(T) -> u64, code: u64) -> u64 {
    said.map_or(code, |limit| limit.most().map_or(0, number))
}

/// A rate below one in a second counts as one: 0 would mean no limit.
fn per_second(rate: Rate) -> u64 {
    let seconds = rate.per.duration().as_secs().max(1);
    rate.count.div_ceil(seconds).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mistersmith::config::Per;

    #[test]
    fn a_slow_rate_is_still_a_limit() {
        assert_eq!(per_second(Rate { count: 5, per: Per::Hour }), 1);
        assert_eq!(per_second(Rate { count: 100_000, per: Per::Second }), 100_000);
        assert_eq!(most(Some(Limit::Unlimited), per_second, 7), 0);
        assert_eq!(most(None, per_second, 7), 7);
    }
}
