//! The path by which an agent is asked: any JSON in, any JSON or a stream of it out.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use mistersmith::agent::{CallJsonError, Control, JsonAnswer};
use mistersmith::contract::RequestError;
use mistersmith::message::Budget;
use mistersmith::system::System;
use serde_json::value::RawValue;

use super::Shared;
use super::act::limit;
use super::answer::{No, read};
use super::lines::{Lines, Replies};
use super::look::unknown;
use crate::control::api::{CallReply, CallRequest, ExitReport, Problem, ProblemCode};

const EXPECTED: &str =
    r#"{"domain": "text", "agent": "text", "action": "text", "payload": "any JSON", "timeout_ms": 30000}"#;

pub(super) async fn call(State(shared): State<Arc<Shared>>, body: Body) -> Result<Response, No> {
    let call = read::<CallRequest>(&shared, body, EXPECTED).await?;
    let agent = target(&shared.system, &call.domain, &call.agent)?;
    let limit = limit("timeout_ms", call.timeout_ms)?;
    let budget = Budget { deadline: shared.system.clock().deadline(limit), ..Budget::UNLIMITED };
    let payload = call.payload.as_deref().map_or("", RawValue::get);
    match agent.call_json(&call.action, payload, budget).await {
        Ok(JsonAnswer::One(reply)) => {
            let reply = RawValue::from_string(reply).map_err(internal)?;
            Ok(Json(CallReply { reply }).into_response())
        }
        Ok(JsonAnswer::Stream(items)) => {
            let body = Body::new(Lines::new(Box::pin(Replies(items)), shared.stops()));
            Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
        }
        Err(error) => Err(problem(error).into()),
    }
}

/// The agent of this name in this domain; of several, a healthy one.
fn target(system: &System, domain: &str, wanted: &str) -> Result<Arc<dyn Control>, Problem> {
    let domains = system.domains();
    if !domains.iter().any(|known| known.as_str() == domain) {
        let problem = Problem::new(ProblemCode::UnknownDomain, format!("there is no domain \"{domain}\""));
        return Err(problem.known(domains.iter().map(ToString::to_string)));
    }
    let agents: Vec<_> =
        system.agents().into_iter().filter(|agent| agent.id().domain.as_str() == domain).collect();
    let named: Vec<_> = agents.iter().filter(|agent| agent.id().name.as_str() == wanted).collect();
    if let Some(first) = named.first() {
        let healthy = system.registry().find_healthy_name(&first.id().domain, &first.id().name);
        let healthy = healthy.and_then(|record| named.iter().find(|agent| *agent.id() == *record.id));
        return Ok(Arc::clone(healthy.unwrap_or(first)));
    }
    let at_home = system.agent(&format!("{domain}/{wanted}"));
    match at_home.or_else(|_| system.agent(wanted)) {
        Ok(agent) if agent.id().domain.as_str() == domain => Ok(agent),
        Err(error @ mistersmith::system::UnknownAgent::Several { .. }) => Err(unknown(&error)),
        _ => {
            let mut known: Vec<_> = agents.iter().map(|agent| agent.id().name.to_string()).collect();
            known.dedup();
            let message = format!("there is no agent \"{wanted}\" in domain {domain}");
            Err(Problem::new(ProblemCode::UnknownAgent, message).known(known))
        }
    }
}

fn problem(error: CallJsonError) -> Problem {
    let message = error.to_string();
    match error {
        CallJsonError::BadRequest(RequestError::UnknownAction { known, .. }) => {
            Problem::new(ProblemCode::UnknownAction, message).known(known)
        }
        CallJsonError::BadRequest(error) => {
            let problem = Problem::new(ProblemCode::WrongPayload, message);
            match error.schema() {
                Some(schema) => problem.expected(schema.as_value().clone()),
                None => problem,
            }
        }
        CallJsonError::Refused { json, .. } => {
            let refusal = serde_json::from_str(&json).unwrap_or(serde_json::Value::String(json));
            Problem::new(ProblemCode::Refused, message).refusal(refusal)
        }
        CallJsonError::NotDelivered(_) => Problem::new(ProblemCode::NotDelivered, message),
        CallJsonError::DeadlineExceeded => Problem::new(ProblemCode::OutcomeUnknown, message),
        CallJsonError::Unknown { exit } => {
            let problem = Problem::new(ProblemCode::OutcomeUnknown, message);
            exit.iter().map(|exit| ExitReport::from(&**exit)).fold(problem, Problem::exit)
        }
        _ => Problem::new(ProblemCode::Internal, message),
    }
}

fn internal(error: serde_json::Error) -> No {
    No::new(ProblemCode::Internal, format!("the reply is no JSON: {error}"))
}
