//! The tree as it was at a moment that has passed.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use mistersmith::system::System;
use serde::Deserialize;

use super::Shared;
use super::answer::{Answer, No};
use crate::control::api::{PastProcess, PastReport, Problem, ProblemCode};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PastQuery {
    #[serde(default)]
    event: Option<u64>,
    #[serde(default)]
    seconds_ago: Option<f64>,
}

const PAST_QUERY: &str = "event=NUMBER or seconds_ago=SECONDS, one of them";

pub(super) async fn past(
    State(shared): State<Arc<Shared>>,
    query: Result<Query<PastQuery>, QueryRejection>,
) -> Answer<PastReport> {
    let bad = |message: String| Problem::new(ProblemCode::BadQuery, message).expected(PAST_QUERY);
    let Query(query) = query.map_err(|error| bad(format!("the query cannot be read: {error}")))?;
    let system = &shared.system;
    let at = match query {
        PastQuery { event: Some(number), seconds_ago: None } => moment_of(system, number)?,
        PastQuery { event: None, seconds_ago: Some(seconds) } => {
            let ago = Duration::try_from_secs_f64(seconds);
            let ago =
                ago.map_err(|_| bad(format!("seconds_ago takes a number of seconds, got {seconds}")))?;
            system.clock().now().saturating_sub(ago)
        }
        _ => return Err(bad("a moment is named by one number".to_owned()).into()),
    };
    let past =
        system.tree_at(at).ok_or_else(|| No::new(ProblemCode::Stopping, "the system has not started"))?;
    let past = past.map_err(|error| No::new(ProblemCode::NotKept, error.to_string()))?;
    let root = PastProcess::from(&past.root);
    Ok(Json(PastReport { system: system.name().to_owned(), pid: std::process::id(), at: past.at, root }))
}

/// When an event happened: what it led to is later.
fn moment_of(system: &System, number: u64) -> Result<Duration, Problem> {
    let events = system.history().since(number.saturating_sub(1));
    let event = events.first().filter(|event| event.number == number);
    event.map(|event| event.at).ok_or_else(|| {
        let newest = system.history().newest();
        let message = match events.first() {
            Some(oldest) => format!("event {number} is not kept any more; the oldest is {}", oldest.number),
            None => format!("there is no event {number}; the newest is {newest}"),
        };
        Problem::new(ProblemCode::NotKept, message)
    })
}
