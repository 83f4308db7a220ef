//! `kill`, `drain`, `suspend`, `resume` and `health`: one question, one sentence.

use std::time::Duration;

use super::Output;
use super::failure::{Failure, Outcome};
use crate::control::api::DrainRequest;
use crate::control::client::ControlClient;

pub(super) async fn kill(client: &ControlClient, id: &str, output: &mut Output) -> Result<Outcome, Failure> {
    let report = client.kill(id).await?;
    if !report.killed {
        output
            .complain(&format!("{} has no process to kill; it is down, or being restarted", report.agent))?;
        return Ok(Outcome::Refused);
    }
    output.line(&format!("{} is killed; what its supervisor did then is in the restarts", report.agent))?;
    Ok(Outcome::Done)
}

pub(super) async fn drain(
    client: &ControlClient,
    id: &str,
    limit: Duration,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let limit_ms = Some(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX));
    let report = client.drain(id, &DrainRequest { reason: None, limit_ms }).await?;
    if !report.drained {
        output.complain(&format!(
            "{} has ended; {limit:?} were not enough for what waited, and what was left came back",
            report.agent
        ))?;
        return Ok(Outcome::Refused);
    }
    output.line(&format!("{} has handled what waited, and has ended", report.agent))?;
    Ok(Outcome::Done)
}

pub(super) async fn suspend(
    client: &ControlClient,
    id: &str,
    reason: &str,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let report = client.suspend(id, reason).await?;
    output.line(&format!("{} is {}", report.agent, report.stage.name()))?;
    Ok(Outcome::Done)
}

pub(super) async fn resume(
    client: &ControlClient,
    id: &str,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let report = client.resume(id).await?;
    output.line(&format!("{} is {}", report.agent, report.stage.name()))?;
    Ok(Outcome::Done)
}

pub(super) async fn health(
    client: &ControlClient,
    json: bool,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let health = client.health().await?;
    if json {
        output.json(&health)?;
    } else {
        let not = if health.ready { "" } else { "not " };
        output.line(&format!("{} is {not}ready", health.system))?;
        for line in health.reasons.iter().chain(&health.notes) {
            output.line(&format!("  {line}"))?;
        }
    }
    Ok(if health.ready { Outcome::Done } else { Outcome::Refused })
}
