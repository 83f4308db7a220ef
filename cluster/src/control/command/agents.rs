//! `agents`: all agents in one table.

use super::failure::{Failure, Outcome};
use super::output::Span;
use super::table::Table;
use super::{Output, words};
use crate::control::api::AgentEntry;
use crate::control::client::ControlClient;

/// How much of a UUID is shown: enough to tell agents apart, and to name one.
const INSTANCE: usize = 8;

pub(super) async fn show(
    client: &ControlClient,
    json: bool,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let list = client.agents().await?;
    if json {
        output.json(&list)?;
        return Ok(Outcome::Done);
    }
    if list.agents.is_empty() {
        output.line("there are no agents")?;
        return Ok(Outcome::Done);
    }
    let headings = [
        "AGENT", "INSTANCE", "VERSION", "STATE", "HEALTH", "RESTARTS", "QUEUED", "HANDLED", "AGE", "CONTRACT",
    ];
    let mut table = Table::new(&headings);
    list.agents.iter().for_each(|entry| table.cells(cells(entry)));
    table.show(output)?;
    Ok(Outcome::Done)
}

fn cells(AgentEntry { agent, child }: &AgentEntry) -> Vec<Span> {
    let age = child.as_ref().and_then(|child| child.age_seconds).map(words::span);
    vec![
        Span::plain(format!("{}/{}", agent.domain, agent.name)),
        Span::plain(agent.instance.get(..INSTANCE).unwrap_or(&agent.instance)),
        Span::plain(&agent.version),
        words::stage(agent, child.as_ref()),
        words::health(agent.health.as_ref()),
        Span::plain(agent.restarts().to_string()),
        Span::plain(format!("{}/{}", agent.queued, agent.capacity)),
        Span::plain(agent.handled.to_string()),
        Span::plain(age.unwrap_or_default()),
        Span::plain(&agent.contract),
    ]
}
