//! The example file loads, and the documentation speaks of everything that can be set.

use mistersmith::agent::{MailboxLimits, WhenFull};
use mistersmith::config::{Configuration, OnGiveUp, SupervisionSettings};
use mistersmith::domain::{self as domains, DomainSpec};
use mistersmith::supervisor::{Flags, Restart, Strategy};
use mistersmith::testing::{ScriptedAgent, Spawn};

use super::{accepted, agent, domain, parse};

const EXAMPLE: &str = include_str!("../../../docs/smith.example.yaml");
const DOCUMENTATION: &str = include_str!("../../../docs/configuration.md");

#[test]
fn the_example_loads_and_says_what_it_seems_to_say() {
    let configuration = accepted(EXAMPLE);
    let lifecycle = &configuration.domains[&domain("agent_lifecycle")];
    assert_eq!(lifecycle.flags.strategy, Some(Strategy::OneForOne));
    assert_eq!(lifecycle.on_give_up, Some(OnGiveUp::Degrade));
    assert_eq!(lifecycle.agents[&agent("health_monitor")].restart, Some(Restart::Permanent));
    assert_eq!(configuration.control.listen.to_string(), "127.0.0.1:0");
}

/// Each row of the table, from what the code does when nobody says anything.
#[test]
fn the_policies_of_the_documentation_are_those_of_the_code() {
    let flags = |of: Flags| format!("`{}`, at most {}", of.strategy, of.intensity);
    let SupervisionSettings { root, domains: above_domains, .. } = Configuration::default().supervision;
    let agent = ScriptedAgent::new("clerk").spec().unwrap();
    let own = DomainSpec::new("office", root).unwrap();
    let MailboxLimits { capacity, when_full } = agent.mailbox_limits();
    assert_eq!(
        (capacity, when_full, own.gives_up()),
        (10_000, WhenFull::Refuse, domains::OnGiveUp::Escalate)
    );
    let agent = format!("{agent:?}");
    for said in ["restart: Permanent", "shutdown: After(5s)", "start_timeout: Some(30s)"] {
        assert!(agent.contains(said), "expected {said} in {agent}");
    }
    for (policy, is) in [
        ("restarts of the root", flags(root).as_str()),
        ("restarts of the supervisor over all domains", &flags(above_domains)),
        ("a domain that gives up", "`escalate`"),
        ("restart of an agent", "`permanent`"),
        ("time for an agent to start", "30 s"),
        ("time for an agent to stop", "5 s"),
        ("mailbox of an agent", "10,000 messages, `refuse`"),
    ] {
        let row = format!("| {policy} | {is} |");
        assert!(DOCUMENTATION.contains(&row), "expected the row {row}");
    }
}

#[test]
fn every_setting_of_the_example_is_in_the_documentation() {
    for value in parse(EXAMPLE).unwrap().effective() {
        let rows = rows(&value.path);
        let found = rows.iter().any(|row| DOCUMENTATION.contains(&format!("| `{row}` |")));
        assert!(found, "{}: expected a row for one of {rows:?}", value.path);
    }
}

/// What a row of the documentation may call a setting: its whole path, or its keys within a repeated part.
fn rows(path: &str) -> Vec<String> {
    let within = ["agent_lifecycle.", "health_monitor.", "limits.", "root.", "domains."];
    let inner = within.iter().filter_map(|part| path.rsplit_once(part).map(|(_, inner)| inner.to_owned()));
    let settings = path.split_once(".settings.").map(|_| "settings".to_owned());
    [path.to_owned()].into_iter().chain(inner).chain(settings).collect()
}

#[test]
fn the_example_shows_every_setting_that_there_is() {
    for key in [
        "name",
        "enabled",
        "domains",
        "max_memory",
        "max_cpu_shares",
        "max_message_queue",
        "max_concurrent_tasks",
        "max_agents",
        "max_total_memory",
        "message_rate_limit",
        "strategy",
        "restarts",
        "period",
        "backoff",
        "first",
        "factor",
        "max",
        "jitter_percent",
        "on_give_up",
        "restart",
        "shutdown",
        "instances",
        "capacity",
        "when_full",
        "settings",
        "listen",
        "token_file",
        "level",
        "format",
        "interval",
        "missed",
    ] {
        assert!(EXAMPLE.contains(&format!("{key}:")), "no {key}");
    }
}
