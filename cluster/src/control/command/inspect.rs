//! `inspect`: everything that is known of one agent.

use super::failure::{Failure, Outcome};
use super::output::{Span, Tone};
use super::{Output, restarts, words};
use crate::control::api::{AgentDetail, AgentReport};
use crate::control::client::ControlClient;

pub(super) async fn show(
    client: &ControlClient,
    selector: &str,
    json: bool,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let detail = client.agent(selector).await?;
    if json {
        output.json(&detail)?;
        return Ok(Outcome::Done);
    }
    output.line(&detail.entry.agent.agent)?;
    for (name, value) in facts(&detail) {
        output.spans(&[Span(format!("  {name:<14}"), Tone::Quiet), value])?;
    }
    output.line("actions")?;
    for action in &detail.actions {
        let kind = if action.kind == mistersmith::contract::ReplyKind::Stream { " (a stream)" } else { "" };
        output.line(&format!("  {}{kind}", action.action))?;
    }
    if !detail.events.is_empty() {
        output.line("history")?;
        restarts::print(&detail.events, output)?;
    }
    Ok(Outcome::Done)
}

fn facts(detail: &AgentDetail) -> Vec<(&'static str, Span)> {
    let AgentReport { limits, usage, .. } = &detail.entry.agent;
    let (agent, child) = (&detail.entry.agent, detail.entry.child.as_ref());
    let mut facts = vec![("state", words::stage(agent, child))];
    if let Some(reason) = &agent.ended {
        let text = format!("by hand: {reason}; no restart brings it back");
        facts.push(("ended", Span::plain(text)));
    }
    if let Some(reason) = &agent.reason {
        facts.push(("reason", Span::plain(reason)));
    }
    facts.push(("health", words::health(agent.health.as_ref())));
    if let Some(child) = child {
        facts.push(("restart", Span::plain(child.restart.to_string())));
        facts.push(("restarts", Span::plain(agent.restarts().to_string())));
        facts.extend(child.age_seconds.map(|age| ("age", Span::plain(words::span(age)))));
        facts.extend(child.last_exit.as_ref().map(|exit| ("last exit", Span::plain(&exit.text))));
    }
    let queue =
        format!("{} of {} waiting, when full: {}", agent.queued, agent.capacity, name_of(&agent.when_full));
    let memory = format!("{} bytes of {}", usage.memory_bytes, or_none(limits.memory_bytes));
    let busy = words::span(usage.busy_nanos as f64 / 1e9);
    let longest = words::span(usage.longest_poll_nanos as f64 / 1e9);
    facts.extend([
        ("incarnation", Span::plain(agent.incarnation.to_string())),
        ("contract", Span::plain(&agent.contract)),
        (
            "capabilities",
            Span::plain(if agent.capabilities.is_empty() {
                "none".to_owned()
            } else {
                agent.capabilities.join(", ")
            }),
        ),
        ("mailbox", Span::plain(queue)),
        ("handled", Span::plain(agent.handled.to_string())),
        ("dead letters", Span::plain(agent.dead_letters.to_string())),
        ("busy", Span::plain(format!("{busy}, at most {longest} at a time"))),
        ("memory", Span::plain(memory)),
        ("tasks", Span::plain(format!("{} of {}", usage.tasks, or_none(limits.tasks)))),
        ("refused", Span::plain(format!("{} because of its limits", usage.refused))),
    ]);
    facts
}

fn or_none(limit: u64) -> String {
    if limit == 0 { "no limit".to_owned() } else { limit.to_string() }
}

fn name_of(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => "?".to_owned(),
    }
}
