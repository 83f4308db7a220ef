//! The agent that a person means, among those of a log.

use super::{EventLog, LifeChange, ReadError};
use crate::identity::AgentKey;

/// How many agents are listed in an error.
const LISTED: usize = 50;

/// Why no agent of a log is meant.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownOwner {
    /// The log has no such agent.
    #[error("the log has no events of \"{wanted}\"; it has those of: {}", listed(known))]
    None {
        /// What was given.
        wanted: String,
        /// The agents that it has events of.
        known: Vec<String>,
    },
    /// It has several.
    #[error("\"{wanted}\" means several agents: {}; give the instance", listed(matching))]
    Several {
        /// What was given.
        wanted: String,
        /// The agents it means.
        matching: Vec<String>,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

fn listed(agents: &[String]) -> String {
    match agents {
        [] => "nobody".to_owned(),
        few if few.len() <= LISTED => few.join(", "),
        many => format!("{} and {} more", many[..LISTED].join(", "), many.len() - LISTED),
    }
}

/// The agent of a log that `wanted` means: `domain/name#instance`, `domain/name`, `name`, or the beginning of an
/// instance's UUID (four characters at least); the first of these that means somebody.
///
/// # Errors
/// When none is meant, or several are; the error lists them.
///
/// # Cancel safety
/// Reading changes nothing.
pub async fn owner(log: &dyn EventLog, wanted: &str) -> Result<AgentKey, UnknownOwner> {
    let agents = log.agents().await?;
    // A life that lies beside a state belongs to the agent that has both.
    let lives: std::collections::HashSet<_> = agents.iter().map(LifeChange::key).collect();
    let owners: Vec<_> = agents.into_iter().filter(|agent| !lives.contains(agent)).collect();
    let means: [fn(&AgentKey, &str) -> bool; 3] = [is_exactly, is_named, begins_with];
    let mut matching: Vec<_> = means
        .iter()
        .map(|is_meant| owners.iter().filter(|agent| is_meant(agent, wanted)).collect::<Vec<_>>())
        .find(|matching| !matching.is_empty())
        .unwrap_or_default();
    match (matching.pop(), matching.is_empty()) {
        (Some(agent), true) => Ok(agent.clone()),
        (Some(last), false) => {
            matching.push(last);
            let matching = matching.into_iter().map(ToString::to_string).collect();
            Err(UnknownOwner::Several { wanted: wanted.to_owned(), matching })
        }
        (None, _) => {
            let mut known: Vec<_> =
                owners.iter().map(|agent| format!("{}/{}", agent.domain, agent.name)).collect();
            known.sort_unstable();
            known.dedup();
            Err(UnknownOwner::None { wanted: wanted.to_owned(), known })
        }
    }
}

fn is_exactly(agent: &AgentKey, wanted: &str) -> bool {
    wanted == agent.to_string() || wanted == format!("{}/{}", agent.domain, agent.name)
}

fn is_named(agent: &AgentKey, wanted: &str) -> bool {
    wanted == agent.name.to_string()
}

fn begins_with(agent: &AgentKey, wanted: &str) -> bool {
    wanted.len() >= 4 && agent.instance.to_string().starts_with(&wanted.to_lowercase())
}
