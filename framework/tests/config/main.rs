//! What the room `config` promises to those who write configuration files.

mod example;
mod hostile;
mod layers;
mod refusals;
mod round_trip;
mod seed;

use mistersmith::config::{Configuration, Known, Loaded, Problems};
use mistersmith::identity::{AgentName, DomainName};

fn domain(name: &str) -> DomainName {
    DomainName::new(name).expect("a name")
}

fn agent(name: &str) -> AgentName {
    AgentName::new(name).expect("a name")
}

/// Two domains, of which the first has four agents and the second one.
fn known() -> Known {
    let agents = ["agent_registry", "lifecycle_manager", "resource_governor", "health_monitor"].map(agent);
    Known::new()
        .domain(domain("agent_lifecycle"), agents)
        .domain(domain("security"), [agent("auth")])
        .single(domain("agent_lifecycle"), agent("agent_registry"))
}

fn parse(text: &str) -> Result<Loaded, Problems> {
    Configuration::parse("smith.yaml", text.as_bytes(), &known())
}

#[track_caller]
fn accepted(text: &str) -> Configuration {
    match parse(text) {
        Ok(loaded) => loaded.configuration,
        Err(problems) => panic!("{problems}"),
    }
}
