//! The path by which an end is tried: nothing happens, and what would is told.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use mistersmith::exit::Exit;
use mistersmith::system::{System, UnknownAgent};

use super::Shared;
use super::answer::{Answer, No, read};
use super::look::unknown;
use crate::control::api::{DryRunReport, DryRunRequest, EndRequest, Problem, ProblemCode};

const EXPECTED: &str = r#"{"ends": [{"child": "text", "exit": "error"}]}"#;

/// How many ends may be tried at once: each is told at its whole length.
const MOST: usize = 100;

pub(super) async fn dry_run(State(shared): State<Arc<Shared>>, body: Body) -> Answer<DryRunReport> {
    let asked = read::<DryRunRequest>(&shared, body, EXPECTED).await?;
    if asked.ends.is_empty() || asked.ends.len() > MOST {
        let message = format!("expected 1 to {MOST} ends to try, got {}", asked.ends.len());
        return Err(Problem::new(ProblemCode::BadBody, message).expected(EXPECTED).into());
    }
    let ends = asked.ends.into_iter().map(|EndRequest { child, exit }| {
        let exit: Result<Exit, _> = exit.parse();
        exit.map(|exit| (child, exit)).map_err(|error| Problem::new(ProblemCode::BadBody, error.to_string()))
    });
    let ends = ends.collect::<Result<Vec<_>, Problem>>()?;
    let system = &shared.system;
    let mut dry_run =
        system.dry_run().ok_or_else(|| No::new(ProblemCode::Stopping, "the system has not started"))?;
    let report = DryRunReport::of(&mut dry_run, ends, |child| path_of(system, child));
    match report.refused {
        Some(problem) if report.forecasts.is_empty() => Err(problem.into()),
        _ => Ok(Json(report)),
    }
}

/// The path of an agent, by any name that it has; what is no agent is left to be found in the tree.
fn path_of(system: &System, child: &str) -> Result<String, Problem> {
    match system.agent(child) {
        Ok(agent) => Ok(system.path(&agent).unwrap_or_else(|| child.to_owned())),
        Err(UnknownAgent::None { .. }) => Ok(child.to_owned()),
        Err(several @ UnknownAgent::Several { .. }) => Err(unknown(&several)),
    }
}
