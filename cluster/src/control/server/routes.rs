//! What can be asked of the control interface: one line for each path.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware;
use axum::routing::{get, post};

use super::answer::No;
use super::{Shared, act, call, dry_run, guard, logged, look, past};
use crate::control::api::{Problem, ProblemCode};

const PATHS: [&str; 15] = [
    "GET /v1/tree",
    "GET /v1/past",
    "POST /v1/dry-run",
    "GET /v1/agents",
    "GET /v1/agents/{selector}",
    "GET /v1/agents/{selector}/events",
    "GET /v1/agents/{selector}/state",
    "POST /v1/agents/{selector}/kill",
    "POST /v1/agents/{selector}/drain",
    "POST /v1/agents/{selector}/suspend",
    "POST /v1/agents/{selector}/resume",
    "POST /v1/call",
    "GET /v1/restarts",
    "GET /v1/health",
    "GET /v1/contracts",
];

pub(super) fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/tree", get(look::tree))
        .route("/v1/past", get(past::past))
        .route("/v1/dry-run", post(dry_run::dry_run))
        .route("/v1/agents", get(look::agents))
        .route("/v1/agents/{selector}", get(look::agent))
        .route("/v1/agents/{selector}/events", get(logged::events))
        .route("/v1/agents/{selector}/state", get(logged::state))
        .route("/v1/agents/{selector}/kill", post(act::kill))
        .route("/v1/agents/{selector}/drain", post(act::drain))
        .route("/v1/agents/{selector}/suspend", post(act::suspend))
        .route("/v1/agents/{selector}/resume", post(act::resume))
        .route("/v1/call", post(call::call))
        .route("/v1/restarts", get(look::restarts))
        .route("/v1/health", get(look::health))
        .route("/v1/contracts", get(look::contracts))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(shared), guard::guard))
        .with_state(Arc::clone(shared))
}

async fn unknown_path(request: Request) -> No {
    let message = format!("there is no path {}", request.uri().path());
    Problem::new(ProblemCode::UnknownPath, message).known(PATHS).into()
}

async fn wrong_method(request: Request) -> No {
    let message = format!("{} does not know the method {}", request.uri().path(), request.method());
    Problem::new(ProblemCode::WrongMethod, message).known(PATHS).into()
}
