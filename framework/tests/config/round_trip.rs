//! A configuration that is shown as YAML and read again is the same configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use mistersmith::config::{
    AgentLimits, ByteSize, Configuration, DomainLimits, FlagOverrides, Limit, LogFormat, LogLevel, OnGiveUp,
    Per, Rate, Run, Scalar, WhenFull,
};
use mistersmith::supervisor::{Backoff, Flags, Restart, Shutdown, Strategy as Restarting};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::sample::select;

use super::{accepted, agent, domain};

fn most<T: Clone + std::fmt::Debug>(
    inner: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<Limit<T>>> {
    of(prop_oneof![Just(None), inner.prop_map(Some)])
        .prop_map(|limit| limit.map(|most| most.map_or(Limit::Unlimited, Limit::AtMost)))
}

fn agent_limits() -> impl Strategy<Value = AgentLimits> {
    let size = (1..=u64::MAX).prop_map(ByteSize::new);
    (most(size), most(1..=u32::MAX), of(1..=u32::MAX), most(1..=u32::MAX)).prop_map(
        |(memory, shares, queue, tasks)| {
            let mut limits = AgentLimits::default();
            limits.max_memory = memory;
            limits.max_cpu_shares = shares;
            limits.max_message_queue = queue;
            limits.max_concurrent_tasks = tasks;
            limits
        },
    )
}

fn domain_limits() -> impl Strategy<Value = DomainLimits> {
    let rate = (1..=u64::MAX, select(vec![Per::Second, Per::Minute, Per::Hour]));
    let size = (1..=u64::MAX).prop_map(ByteSize::new);
    (most(1..=u32::MAX), most(size), most(rate.prop_map(|(count, per)| Rate { count, per }))).prop_map(
        |(agents, memory, rate)| {
            let mut limits = DomainLimits::default();
            limits.max_agents = agents;
            limits.max_total_memory = memory;
            limits.message_rate_limit = rate;
            limits
        },
    )
}

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        any::<bool>().prop_map(Scalar::Boolean),
        any::<i64>().prop_map(Scalar::Whole),
        (-1e9..1e9_f64).prop_map(Scalar::Decimal),
        ".*".prop_map(Scalar::Text),
        select(vec![
            "", "~", "null", "true", "5", "1e3", "a: b", "- a", "a:", "#", "*a", "\u{feff}", "\u{85}",
            "'\"\\"
        ])
        .prop_map(|text| Scalar::Text(text.to_owned())),
    ]
}

fn restarting() -> impl Strategy<Value = Restarting> {
    select(vec![Restarting::OneForOne, Restarting::OneForAll, Restarting::RestForOne])
}

fn backoff() -> impl Strategy<Value = Backoff> {
    (1..=u32::MAX, 1..=u32::MAX, any::<u32>(), 0..=100_u32).prop_map(|(first, factor, more, jitter)| {
        let first = Duration::from_millis(first.into());
        Backoff::new(first, factor, first + Duration::from_millis(more.into())).jitter(jitter)
    })
}

fn overrides() -> impl Strategy<Value = FlagOverrides> {
    let flags = (of(restarting()), of(any::<u32>()), of(1..=u32::MAX), of(backoff()));
    flags.prop_map(|(strategy, restarts, period_seconds, backoff)| {
        let mut flags = FlagOverrides::default();
        flags.backoff = backoff;
        flags.strategy = strategy;
        flags.restarts = restarts;
        flags.period_seconds = period_seconds;
        flags
    })
}

fn shutdown() -> impl Strategy<Value = Shutdown> {
    prop_oneof![
        Just(Shutdown::Infinity),
        Just(Shutdown::BrutalKill),
        any::<u32>().prop_map(|millis| Shutdown::After(Duration::from_millis(millis.into()))),
    ]
}

fn run() -> impl Strategy<Value = Run> {
    let single = Run::Single { domain: domain("agent_lifecycle"), agent: agent("agent_registry") };
    let some = select(vec![vec![], vec!["security"], vec!["security", "agent_lifecycle"]]);
    prop_oneof![
        Just(Run::All),
        Just(single),
        some.prop_map(|names| Run::Only(names.into_iter().map(domain).collect())),
    ]
}

type Agent = (Option<bool>, Option<Shutdown>, Option<u32>, AgentLimits, BTreeMap<String, Scalar>);

fn one_agent() -> impl Strategy<Value = Agent> {
    let settings = btree_map("[a-z0-9_-]{1,8}", scalar(), 0..5);
    (of(any::<bool>()), of(shutdown()), of(1..=u32::MAX), agent_limits(), settings)
}

fn configuration() -> impl Strategy<Value = Configuration> {
    let upper = (restarting(), any::<u32>(), 1..=u32::MAX, "[a-z0-9_-]{1,64}", run(), any::<bool>());
    let lower = (overrides(), domain_limits(), vec(one_agent(), 0..2), of("[^\u{0}]{1,20}"), 1..=u32::MAX);
    (upper, lower, agent_limits(), domain_limits()).prop_map(|(upper, lower, agent_limits, domain_limits)| {
        let mut it = Configuration::default();
        it.supervision.root = Flags::new(upper.0, upper.1, upper.2);
        it.node.name = upper.3;
        it.agents.run = upper.4;
        it.agents.registry_enabled = upper.5;
        it.agent_limits = agent_limits;
        it.agent_limits.max_message_queue = Some(agent_limits.max_message_queue.unwrap_or(1));
        it.domain_limits = domain_limits;
        let security = it.domains.entry(domain("security")).or_default();
        security.flags = lower.0;
        security.limits = lower.1;
        for (enabled, shutdown, instances, limits, settings) in lower.2 {
            let auth = security.agents.entry(agent("auth")).or_default();
            auth.restart = enabled.map(|_| Restart::Transient);
            auth.mailbox.when_full = enabled.map(|_| WhenFull::ShedOldest);
            (auth.enabled, auth.shutdown, auth.instances) = (enabled, shutdown, instances);
            (auth.limits, auth.settings) = (limits, settings);
            security.on_give_up = Some(OnGiveUp::Degrade);
        }
        it.events.folder = lower.3.clone().map(PathBuf::from);
        it.events.enabled = upper.5;
        it.events.keep_changes = agent_limits.max_cpu_shares.unwrap_or(Limit::Unlimited);
        it.events.keep_deeds = domain_limits.max_agents.unwrap_or(Limit::AtMost(lower.4));
        it.control.token_file = lower.3.map(PathBuf::from);
        it.heartbeat.missed = lower.4;
        it.heartbeat.interval = Duration::from_millis(lower.4.into());
        (it.log.level, it.log.format) = (LogLevel::Trace, LogFormat::Json);
        it
    })
}

proptest! {
    #[test]
    fn what_is_shown_is_read_back(configuration in configuration()) {
        assert_eq!(accepted(&configuration.to_yaml()), configuration, "\n{configuration}");
    }
}

#[test]
fn the_default_configuration_is_shown_as_a_short_file() {
    assert_eq!(
        Configuration::default().to_yaml(),
        "node:\n  name: smith\nagents:\n  registry:\n    enabled: true\nagent_limits:\n  max_message_queue: 10000\n\
         supervision:\n  root:\n    strategy: one_for_all\n    restarts: 3\n    period: 5\n  domains:\n    \
         strategy: rest_for_one\n    restarts: 3\n    period: 5\nevents:\n  enabled: true\n  outlives: process\n  keep_changes: 1000\n  \
         keep_deeds: 10000\ncontrol:\n  listen: 127.0.0.1:0\nlog:\n  level: info\n  format: text\nheartbeat:\n  interval: 5s\n  missed: 3\n"
    );
}
