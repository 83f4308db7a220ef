//! The paths that do something to an agent: kill, drain, suspend, resume.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use mistersmith::agent::{Control, ControlError};

use super::Shared;
use super::answer::{Answer, No, read};
use super::look::selected;
use crate::control::api::{DrainReport, DrainRequest, KillReport, ProblemCode, StageReport, SuspendRequest};

type Selector = Result<Path<String>, PathRejection>;

/// The longest that anybody may wait here, in milliseconds.
pub(super) const MOST_MILLIS: u64 = 600_000;

pub(super) async fn kill(State(shared): State<Arc<Shared>>, selector: Selector) -> Answer<KillReport> {
    let agent = selected(&shared.system, selector)?;
    tracing::info!(agent = %agent.id(), "killed by hand");
    Ok(Json(KillReport { agent: agent.id().to_string(), killed: agent.kill() }))
}

pub(super) async fn drain(
    State(shared): State<Arc<Shared>>,
    selector: Selector,
    body: Body,
) -> Answer<DrainReport> {
    let agent = selected(&shared.system, selector)?;
    let asked = read::<DrainRequest>(&shared, body, r#"{"reason": "text", "limit_ms": 30000}"#).await?;
    let limit = limit("limit_ms", asked.limit_ms)?;
    let reason = asked.reason.unwrap_or_else(|| "drained by hand".to_owned());
    tracing::info!(agent = %agent.id(), %reason, "drained by hand");
    let drained = shared.system.drain(&agent, &reason, limit).await.map_err(wrong_stage)?;
    Ok(Json(DrainReport { agent: agent.id().to_string(), drained }))
}

pub(super) async fn suspend(
    State(shared): State<Arc<Shared>>,
    selector: Selector,
    body: Body,
) -> Answer<StageReport> {
    let agent = selected(&shared.system, selector)?;
    let asked = read::<SuspendRequest>(&shared, body, r#"{"reason": "text"}"#).await?;
    tracing::info!(agent = %agent.id(), reason = %asked.reason, "suspended by hand");
    agent.suspend(&asked.reason).map_err(wrong_stage)?;
    Ok(staged(agent.as_ref()))
}

pub(super) async fn resume(State(shared): State<Arc<Shared>>, selector: Selector) -> Answer<StageReport> {
    let agent = selected(&shared.system, selector)?;
    tracing::info!(agent = %agent.id(), "resumed by hand");
    agent.resume().map_err(wrong_stage)?;
    Ok(staged(agent.as_ref()))
}

/// A time that a client gave, in milliseconds, or 30 seconds.
pub(super) fn limit(field: &str, millis: Option<u64>) -> Result<Duration, No> {
    match millis.unwrap_or(30_000) {
        millis if millis > MOST_MILLIS => {
            let message = format!("expected a {field} of at most {MOST_MILLIS}, got {millis}");
            Err(No::new(ProblemCode::BadBody, message))
        }
        millis => Ok(Duration::from_millis(millis)),
    }
}

fn staged(agent: &dyn Control) -> Json<StageReport> {
    Json(StageReport { agent: agent.id().to_string(), stage: agent.facts().state.stage() })
}

fn wrong_stage(error: ControlError) -> No {
    No::new(ProblemCode::WrongStage, error.to_string())
}
