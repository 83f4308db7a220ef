//! What an action takes, for somebody whose payload could not even be sent.

use serde_json::Value;

use super::call::Asked;
use crate::control::api::{AgentReport, ContractList, ContractReport};
use crate::control::client::ControlClient;

/// What would have been right, as far as the node can say.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// What there is instead of a domain, an agent or an action that there is not; on a line of its own, or empty.
    pub(super) hint: String,
    /// The schema of what the action takes.
    pub(super) schema: Option<Value>,
}

/// Asks the node; a node that does not answer is no reason to say something else about the payload.
pub(super) async fn of(client: &ControlClient, asked: &Asked) -> Expected {
    let (Ok(agents), Ok(contracts)) = tokio::join!(client.agents(), client.contracts()) else {
        return Expected::default();
    };
    let agents: Vec<_> = agents.agents.into_iter().map(|entry| entry.agent).collect();
    among(&agents, contracts, asked)
}

fn among(agents: &[AgentReport], contracts: ContractList, asked: &Asked) -> Expected {
    let Asked { domain, agent: wanted, action, .. } = asked;
    let (wanted, _) = wanted.split_once('#').unwrap_or((wanted, ""));
    let at_home: Vec<_> = agents.iter().filter(|agent| agent.domain == *domain).collect();
    if at_home.is_empty() {
        let domains = agents.iter().map(|agent| agent.domain.as_str());
        return instead(format!("there is no domain \"{domain}\"; there is"), domains);
    }
    let named = at_home.iter().find(|agent| agent.name == wanted);
    let Some(agent) = named.or_else(|| at_home.iter().find(|agent| agent.instance.starts_with(wanted)))
    else {
        let names = at_home.iter().map(|agent| agent.name.as_str());
        return instead(format!("there is no agent \"{wanted}\" in domain {domain}; there is"), names);
    };
    let Some(ContractReport { contract, requests, .. }) =
        contracts.contracts.into_iter().find(|known| known.contract == agent.contract)
    else {
        return Expected::default();
    };
    match requests.iter().find(|request| request.action == *action) {
        Some(request) => Expected { hint: String::new(), schema: Some(request.request.clone()) },
        None => {
            let actions = requests.iter().map(|request| request.action.as_str());
            instead(format!("{contract} has no action `{action}`; it has"), actions)
        }
    }
}

/// What there is, each once.
fn instead<'a>(what: String, known: impl Iterator<Item = &'a str>) -> Expected {
    let mut names: Vec<&str> = Vec::new();
    for name in known {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Expected { hint: format!("\n{what}: {}", names.join(", ")), schema: None }
}
