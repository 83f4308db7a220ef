//! A later layer wins over an earlier one, value by value, and every value knows where it was written.

use std::path::PathBuf;

use mistersmith::config::{Configuration, Loaded, LogFormat, Run, Scalar, Sources};

use super::{agent, domain, known};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

#[track_caller]
fn load(file: Option<&str>, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Loaded {
    let known = known();
    let owned = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
    };
    let mut sources = Sources::new(&known).environment(owned(environment)).flags(owned(flags));
    sources.file = file.map(fixture);
    match Configuration::load(&sources) {
        Ok(loaded) => loaded,
        Err(problems) => panic!("{problems}"),
    }
}

#[test]
fn without_sources_everything_is_at_its_default() {
    let loaded = load(None, &[], &[]);
    assert_eq!(loaded.configuration, Configuration::default());
    assert!(loaded.effective().iter().all(|value| value.origin.to_string() == "default"));
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let environment = [
        ("SMITH_AGENT_LIMITS__MAX_CPU_SHARES", "300"),
        ("SMITH_AGENT_LIMITS__MAX_CONCURRENT_TASKS", "7"),
        ("SMITH_NODE__NAME", "left"),
    ];
    let flags = [("agent_limits.max_cpu_shares", "400"), ("log.format", "text"), ("log.format", "json")];
    let loaded = load(Some("limits.yaml"), &environment, &flags);
    let told = |path: &str| {
        loaded.explain(path).map(|value| format!("{} from {}", value.value, value.origin)).unwrap_or_default()
    };
    let file = fixture("limits.yaml").display().to_string();
    assert_eq!(told("agent_limits.max_memory"), format!("512MB from {file}:3:15"));
    assert_eq!(
        told("agent_limits.max_concurrent_tasks"),
        "7 from environment SMITH_AGENT_LIMITS__MAX_CONCURRENT_TASKS"
    );
    assert_eq!(told("agent_limits.max_cpu_shares"), "400 from flag --set agent_limits.max_cpu_shares");
    assert_eq!(told("node.name"), "left from environment SMITH_NODE__NAME");
    assert_eq!(told("heartbeat.missed"), "3 from default");
    assert_eq!(told("heartbeat.nothing"), "");
    assert_eq!(loaded.configuration.log.format, LogFormat::Json);
}

#[test]
fn the_order_of_the_environment_does_not_matter() {
    let (one, other) = (("SMITH_NODE__NAME", "loud"), ("SMITH_node__name", "quiet"));
    let there = load(None, &[one, other], &[]).configuration;
    assert_eq!(there, load(None, &[other, one], &[]).configuration);
    assert_eq!(there.node.name, "quiet");
}

#[test]
fn a_list_from_a_later_layer_replaces_the_whole_list() {
    let loaded = load(Some("phase_3.yaml"), &[("SMITH_AGENTS__DOMAINS", "[security]")], &[]);
    assert_eq!(loaded.configuration.agents.run, Run::Only(vec![domain("security")]));
    assert_eq!(loaded.explain("agents.domains").unwrap().value, "[security]");
}

#[test]
fn of_a_single_agent_and_a_list_of_domains_the_later_layer_wins() {
    let run = |file, flags: &[(&str, &str)]| load(Some(file), &[], flags).configuration.agents.run;
    assert!(matches!(run("phase_3.yaml", &[("agent.type", "single")]), Run::Single { .. }));
    assert!(matches!(run("phase_2.yaml", &[("agents.domains", "[security]")]), Run::Only(_)));
    assert!(
        matches!(run("phase_2.yaml", &[("agents.domains", "[]")]), Run::Only(domains) if domains.is_empty())
    );
}

#[test]
fn what_only_an_agent_understands_reaches_it_as_it_was_written() {
    let path = "domains.agent_lifecycle.agents.health_monitor.settings";
    let loaded = load(
        None,
        &[("SMITH_DOMAINS__AGENT_LIFECYCLE__AGENTS__HEALTH_MONITOR__SETTINGS__MISSED", "3")],
        &[
            (&format!("{path}.interval"), "5s"),
            (&format!("{path}.label"), "\"7\""),
            (&format!("{path}.loud"), "true"),
        ],
    );
    let (lifecycle, monitor) = (domain("agent_lifecycle"), agent("health_monitor"));
    let settings = &loaded.configuration.agent(&lifecycle, &monitor).unwrap().settings;
    assert_eq!(settings["interval"].duration(), Some(std::time::Duration::from_secs(5)));
    assert_eq!(settings["missed"], Scalar::Whole(3));
    assert_eq!(settings["label"], Scalar::Text("7".to_owned()));
    assert_eq!(settings["loud"], Scalar::Boolean(true));
}

#[test]
fn the_narrower_place_wins_and_can_lift_a_limit() {
    let path = "domains.agent_lifecycle.agents.health_monitor";
    let loaded = load(
        Some("limits.yaml"),
        &[],
        &[
            (&format!("{path}.limits.max_memory"), "unlimited"),
            (&format!("{path}.limits.max_message_queue"), "5"),
        ],
    );
    let configuration = loaded.configuration;
    let (lifecycle, monitor) = (domain("agent_lifecycle"), agent("health_monitor"));
    let limits = configuration.limits_of_agent(&lifecycle, &monitor);
    assert_eq!(limits.max_memory.and_then(|limit| limit.most()), None);
    assert_eq!(limits.max_cpu_shares.and_then(|limit| limit.most()), Some(200));
    assert_eq!(configuration.mailbox_capacity(&lifecycle, &monitor), 5);
    assert_eq!(configuration.mailbox_capacity(&lifecycle, &agent("agent_registry")), 10_000);
}

#[test]
fn a_disabled_agent_does_not_run_though_its_domain_does() {
    let path = "domains.agent_lifecycle.agents.health_monitor.enabled";
    let configuration = load(None, &[], &[(path, "false")]).configuration;
    assert!(!configuration.runs(&domain("agent_lifecycle"), &agent("health_monitor")));
    assert!(configuration.runs(&domain("agent_lifecycle"), &agent("agent_registry")));
}
