//! The blocks of the first design, and the example file, load and act on a running system.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

use std::time::Duration;

use mistersmith::agent::WhenFull;
use mistersmith::clock::Clock;
use mistersmith::config::{Configuration, Sources};
use mistersmith::domain::{DomainLimits, OnGiveUp};
use mistersmith::supervisor::{Backoff, Flags, Strategy};
use mistersmith::system::System;
use mistersmith_domains::settings::SetupError;
use mistersmith_domains::{node, roster};

fn configured(text: &str) -> Configuration {
    let known = roster::known().unwrap();
    match Configuration::parse("test.yaml", text.as_bytes(), &known) {
        Ok(loaded) => loaded.configuration,
        Err(problems) => panic!("{problems}"),
    }
}

async fn started(text: &str) -> System {
    node::assemble(&configured(text)).unwrap().clock(Clock::seeded(1)).start().await.unwrap()
}

fn names(system: &System) -> Vec<String> {
    system.agents().iter().map(|agent| agent.id().name.to_string()).collect()
}

const ALL: [&str; 4] = ["agent_registry", "lifecycle_manager", "resource_governor", "health_monitor"];

#[tokio::test(start_paused = true)]
async fn the_limits_of_the_design_are_in_force() {
    let system = started(include_str!("../../framework/tests/fixtures/limits.yaml")).await;
    for agent in system.agents() {
        let facts = agent.facts();
        assert_eq!((facts.capacity, facts.limits.tasks), (10_000, 100), "{}", facts.agent);
        assert_eq!((facts.limits.memory_bytes, facts.limits.cpu_percent), (512_000_000, 200));
    }
    let expected = DomainLimits { agents: 10, memory_bytes: 4_000_000_000, messages_per_second: 100_000 };
    for domain in system.domains() {
        assert_eq!(system.domain_limits(&domain), Some(expected), "{domain}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_limits_that_are_in_force_are_those_that_are_written() {
    let text = "agent_limits: { max_message_queue: 7, max_concurrent_tasks: 3, max_memory: 1MB }\n\
                domain_limits: { max_agents: unlimited, message_rate_limit: 120/min }\n";
    let system = started(text).await;
    for agent in system.agents() {
        let facts = agent.facts();
        assert_eq!((facts.capacity, facts.limits.tasks, facts.limits.memory_bytes), (7, 3, 1_000_000));
    }
    let limits = system.domain_limits(&system.domains()[0]).unwrap();
    assert_eq!((limits.agents, limits.messages_per_second, limits.memory_bytes), (0, 2, 4_000_000_000));
}

#[tokio::test(start_paused = true)]
async fn a_single_agent_of_phase_2_runs_alone() {
    let system = started(include_str!("../../framework/tests/fixtures/phase_2.yaml")).await;
    assert_eq!(names(&system), ["agent_registry"]);
    assert!(system.domain_specs()[0].on_demand_agents().is_empty());
    assert!(system.readiness().ready);
}

#[tokio::test(start_paused = true)]
async fn the_domains_of_phase_3_run_and_others_do_not() {
    for text in [
        include_str!("../../framework/tests/fixtures/phase_3.yaml"),
        include_str!("../../framework/tests/fixtures/migration.yaml"),
    ] {
        let system = started(text).await;
        assert_eq!(
            system.domains().iter().map(|name| name.as_str()).collect::<Vec<_>>(),
            ["agent_lifecycle"]
        );
        assert_eq!(names(&system), ALL);
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_is_not_enabled_waits_to_be_demanded() {
    for text in [
        "agents: { registry: { enabled: false } }",
        "domains: { agent_lifecycle: { agents: { agent_registry: { enabled: false } } } }",
    ] {
        let system = started(text).await;
        assert_eq!(names(&system), ALL[1..]);
        assert_eq!(system.domain_specs()[0].on_demand_agents()[0].name().as_str(), "agent_registry");
    }
}

#[tokio::test(start_paused = true)]
async fn everything_that_the_example_says_of_a_domain_and_an_agent_is_so() {
    let system = started(include_str!("../../docs/smith.example.yaml")).await;
    let spec = &system.domain_specs()[0];
    let (first, max) = (Duration::from_millis(100), Duration::from_secs(5));
    let backoff = Backoff { first, factor: 2, max, jitter_percent: 20 };
    assert_eq!(spec.supervision(), Flags::new(Strategy::OneForOne, 5, 10).backoff(backoff));
    assert_eq!(spec.gives_up(), OnGiveUp::Degrade);
    let limits = DomainLimits { agents: 20, memory_bytes: 4_000_000_000, messages_per_second: 0 };
    assert_eq!(system.domain_limits(spec.name()), Some(limits));
    let facts = system.agent("agent_lifecycle/health_monitor").unwrap().facts();
    assert_eq!((facts.capacity, facts.when_full), (1_000, WhenFull::Refuse));
    assert_eq!(facts.limits.memory_bytes, 64 * 1024 * 1024);
}

#[tokio::test(start_paused = true)]
async fn more_instances_than_a_domain_may_have_are_refused_before_anything_starts() {
    let text = "domains: { agent_lifecycle: { agents: { health_monitor: { instances: 9 } } } }";
    let problems = node::assemble(&configured(text)).unwrap().check();
    assert_eq!(
        problems[0].to_string(),
        "domain agent_lifecycle has 12 agents, its limit is 10; raise the limit, or split the domain"
    );
}

#[test]
fn a_setting_that_no_agent_knows_is_refused_with_its_place() {
    let known = roster::known().unwrap();
    let path = "domains.agent_lifecycle.agents.health_monitor.settings.intervall";
    let sources = Sources::new(&known).flags([(path.to_owned(), "5s".to_owned())]);
    let configuration = Configuration::load(&sources).unwrap().configuration;
    let Err(SetupError::Settings(problems)) = node::assemble(&configuration) else { panic!("it was taken") };
    assert_eq!(problems[0].to_string(), format!("{path}: expected one of interval, got an unknown key"));
}
