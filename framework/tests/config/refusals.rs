//! What is wrong is told with its place, its path, what was expected, what came, and what to do.

use std::path::Path;

use mistersmith::config::{Configuration, Known, Sources};

use super::{agent, domain, known, parse};

#[track_caller]
fn refused(text: &str, lines: &[&str]) {
    match parse(text) {
        Ok(_) => panic!("this was taken:\n{text}"),
        Err(problems) => assert_eq!(problems.to_string(), lines.join("\n"), "\nfor\n{text}"),
    }
}

#[test]
fn a_wrong_value_is_refused_with_what_it_should_be() {
    for (text, line) in [
        (
            "domains:\n  agent_lifecycle:\n    restarts: many",
            "smith.yaml:3:15: domains.agent_lifecycle.restarts: expected a whole number from 0 to 4294967295, \
             got \"many\"",
        ),
        (
            "domains: { agent_lifecycle: { restarts: -1 } }",
            "smith.yaml:1:41: domains.agent_lifecycle.restarts: expected a whole number from 0 to 4294967295, \
             got \"-1\"",
        ),
        (
            "supervision: { root: { restarts: \"3\" } }",
            "smith.yaml:1:34: supervision.root.restarts: expected a whole number from 0 to 4294967295, got \"3\"; \
             remove the quotes",
        ),
        (
            "supervision: { root: { period: 0 } }",
            "smith.yaml:1:32: supervision.root.period: expected whole seconds from 1 to 4294967295, such as 5 or 5s, \
             got \"0\"",
        ),
        (
            "supervision: { root: { strategy: one_for_al } }",
            "smith.yaml:1:34: supervision.root.strategy: expected one of one_for_one, one_for_all, rest_for_one, got \
             \"one_for_al\"; did you mean `one_for_all`?",
        ),
        (
            "agents: { registry: { enabled: no } }",
            "smith.yaml:1:32: agents.registry.enabled: expected true or false, got \"no\"; did you mean `false`?",
        ),
        (
            "agents: { domains: agent_lifecycle }",
            "smith.yaml:1:20: agents.domains: expected a list of names, got \"agent_lifecycle\"; \
             write [agent_lifecycle]",
        ),
        (
            "agents: { domains: [security, security] }",
            "smith.yaml:1:31: agents.domains: expected each name once, got \"security\"; remove one",
        ),
        (
            "agents: { domains: [agent_livecycle] }",
            "smith.yaml:1:21: agents.domains: expected one of agent_lifecycle, security, got \"agent_livecycle\"; \
             did you mean `agent_lifecycle`?",
        ),
        ("agent: { type: many }", "smith.yaml:1:16: agent.type: expected single, got \"many\""),
        (
            "agent_limits: { max_memory: 1.5GB }",
            "smith.yaml:1:29: agent_limits.max_memory: expected a size of at least 1 byte, such as 512MB, 64KiB or \
             4096, or unlimited, got \"1.5GB\"; write a whole number in the next smaller unit",
        ),
        (
            "domain_limits: { message_rate_limit: 100k }",
            "smith.yaml:1:38: domain_limits.message_rate_limit: expected a rate of at least 1, such as 100k/sec, \
             5000/s or 2M/min, or unlimited, got \"100k\"",
        ),
        (
            "agent_limits: { max_message_queue: unlimited }",
            "smith.yaml:1:36: agent_limits.max_message_queue: expected a whole number from 1 to 4294967295, got \
             \"unlimited\"",
        ),
        (
            "domains: { security: { agents: { auth: { shutdown: brutal-kill } } } }",
            "smith.yaml:1:52: domains.security.agents.auth.shutdown: expected milliseconds, a duration such as 5s, \
             infinity or brutal_kill, got \"brutal-kill\"; did you mean `brutal_kill`?",
        ),
        (
            "control: { listen: 0.0.0.0:7070 }",
            "smith.yaml:1:20: control.listen: expected a loopback address with a port, such as 127.0.0.1:0 or \
             [::1]:7070, got \"0.0.0.0:7070\"; whoever reaches it can stop agents, so only this machine may; for \
             others put an authenticating proxy in front",
        ),
        (
            "control: { listen: localhost:7070 }",
            "smith.yaml:1:20: control.listen: expected a loopback address with a port, such as 127.0.0.1:0 or \
             [::1]:7070, got \"localhost:7070\"; did you mean 127.0.0.1:7070?",
        ),
        (
            "node: { name: Smith & Sons }",
            "smith.yaml:1:15: node.name: expected a name of a-z, 0-9, _ and -, at most 64 bytes, got \
             \"Smith & Sons\"",
        ),
        (
            "node:\n  name:",
            "smith.yaml:2:7: node.name: expected a value, got nothing; remove the key to keep the default",
        ),
        ("control:\n  token_file: ''", "smith.yaml:2:15: control.token_file: expected a path, got \"\""),
        ("node: smith", "smith.yaml:1:7: node: expected a map of settings, got \"smith\""),
        ("- node", "smith.yaml:1:1: expected a map of settings, got a list"),
        ("log: { level: [info] }", "smith.yaml:1:15: log.level: expected one value, got a list"),
        (
            "domains: { security: { agents: { auth: { settings: { tries: [3] } } } } }",
            "smith.yaml:1:61: domains.security.agents.auth.settings.tries: expected one value, got a list",
        ),
        (
            "heartbeat: { interval: 10us }",
            "smith.yaml:1:24: heartbeat.interval: expected a duration of at least 1ms, got \"10us\"",
        ),
    ] {
        refused(text, &[line]);
    }
}

#[test]
fn a_backoff_without_its_times_is_refused_and_so_are_times_that_contradict_each_other() {
    refused(
        "domains:\n  security:\n    backoff: { factor: 3 }\n",
        &[
            "smith.yaml:3:16: domains.security.backoff.first: expected a duration, such as 100ms, got nothing",
            "smith.yaml:3:16: domains.security.backoff.max: expected a duration, such as 100ms, got nothing",
        ],
    );
    refused(
        "supervision: { root: { backoff: { first: 2s, max: 1s } } }\n",
        &[
            "smith.yaml:1:51: supervision.root.backoff.max: expected a duration no shorter than `first`, got \"1s\"",
        ],
    );
}

#[test]
fn an_unknown_key_is_refused_with_those_that_exist_and_the_nearest() {
    refused(
        "supervision:\n  root:\n    stratgy: one_for_all\n",
        &[
            "smith.yaml:3:5: supervision.root.stratgy: expected one of strategy, restarts, period, backoff, got an unknown key; \
           did you mean `strategy`?",
        ],
    );
    refused(
        "domains: { agent_lifecycle: { agents: { health_moniter: {} } } }",
        &["smith.yaml:1:41: domains.agent_lifecycle.agents.health_moniter: expected one of agent_registry, \
           health_monitor, lifecycle_manager, resource_governor, got an unknown key; did you mean `health_monitor`?"],
    );
    refused(
        "\"a b\\n\": 1",
        &[
            "smith.yaml:1:1: \"a b\\n\": expected one of node, agent, agents, agent_limits, domain_limits, supervision, \
           domains, events, control, log, heartbeat, got an unknown key",
        ],
    );
}

#[test]
fn what_is_no_yaml_is_refused_where_it_stops_being_it() {
    for (text, line) in [
        ("node: { name: smith", "smith.yaml:1:7: expected YAML, got unclosed bracket '{'"),
        (
            "node:\n\tname: x",
            "smith.yaml:2:2: expected YAML, got tabs disallowed within this context (block indentation)",
        ),
        ("node: a: b", "smith.yaml:1:8: expected YAML, got mapping values are not allowed in this context"),
        (
            "node:\n  name: a\n  name: b\n",
            "smith.yaml:3:3: expected each key once, got \"name\" again, after smith.yaml:2:3; remove one",
        ),
        ("node: {}\n---\nlog: {}\n", "smith.yaml:2:1: expected one document, got a second one"),
        (
            "node: !mine { name: a }",
            "smith.yaml:1:13: expected a plain value, got a tag; remove the word that begins with `!`",
        ),
        ("? [a]\n: b", "smith.yaml:1:3: expected a key, got a map or a list"),
        ("log: *nowhere", "smith.yaml:1:6: expected YAML, got while parsing node, found unknown anchor"),
        (
            "log: &a { level: *a }",
            "smith.yaml:1:18: expected an alias of a value that is complete, got one within itself",
        ),
    ] {
        refused(text, &[line]);
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_where_they_stand() {
    let problems = Configuration::parse("smith.yaml", b"node:\n  name: \xe4\n", &known()).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "smith.yaml:2:9: expected UTF-8, got the byte 0xe4; save the file as UTF-8"
    );
}

#[test]
fn a_file_that_is_not_there_or_too_large_is_refused_by_name() {
    let known = known();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let missing = folder.join("no such file.yaml");
    let problems = Configuration::load(&Sources::new(&known).file(&missing)).unwrap_err();
    assert_eq!(
        problems.to_string(),
        format!(
            "{}: expected a readable file, got No such file or directory (os error 2); check the path and who may \
             read it",
            missing.display()
        )
    );
    let large = folder.join("config_too_large.yaml");
    std::fs::write(&large, format!("# {}\n", "x".repeat(1 << 20))).unwrap();
    let problems = Configuration::load(&Sources::new(&known).file(&large)).unwrap_err();
    assert_eq!(problems.to_string(), format!("{}: expected at most 1 MiB, got more", large.display()));
}

#[test]
fn every_mistake_of_every_source_is_told_at_once_and_in_order() {
    let known = known();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("config_many_mistakes.yaml");
    std::fs::write(&file, "log: { level: loud }\nheartbeat: { interval: 5, missed: 0 }\n").unwrap();
    let sources = Sources::new(&known)
        .file(&file)
        .environment([("SMITH_NODE__NAM", "x"), ("OTHER", "y"), ("SMITH_LOG__LEVEL", "9")].map(owned))
        .flags([("node.name", "A"), ("log.level", "info"), ("", "x"), ("agents.domains", "[x")].map(owned));
    let problems = Configuration::load(&sources).unwrap_err();
    let lines = problems.iter().map(|problem| format!("{}|{}", problem.place, problem.path));
    let file = file.display();
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            format!("{file}:1:15|log.level"),
            format!("{file}:2:24|heartbeat.interval"),
            format!("{file}:2:35|heartbeat.missed"),
            "environment SMITH_LOG__LEVEL|log.level".to_owned(),
            "environment SMITH_NODE__NAM|node.nam".to_owned(),
            "flag --set node.name|node.name".to_owned(),
            "flag --set |".to_owned(),
            "flag --set agents.domains|".to_owned(),
        ]
    );
}

#[test]
fn where_nothing_is_known_nothing_can_be_named() {
    let problems = Configuration::parse("a", b"{agent: {type: single}, domains: {x: {}}}", &Known::new());
    assert_eq!(
        problems.unwrap_err().to_string(),
        "a:1:16: agent.type: expected no type, as no agent here runs alone, got \"single\"; write agents.domains\n\
         a:1:35: domains.x: expected nothing here, for there is none, got an unknown key"
    );
    assert!(Known::new().domain(domain("a"), [agent("b")]).single_agent().is_none());
}

fn owned((left, right): (&str, &str)) -> (String, String) {
    (left.to_owned(), right.to_owned())
}
