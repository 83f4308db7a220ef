//! The paths that show what the event log has of an agent: its events, and the states that it had.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use mistersmith::events::{
    AgentEvent, AgentEvents, AgentEventsWanted, AsOf, EventLog, EventName, PastStateError, PastStates,
    ReadError, RecoverError, Sequence, Timestamp, UnknownOwner, owner,
};
use mistersmith::identity::AgentKey;
use mistersmith::system::{System, UnknownAgent};

use super::Shared;
use super::answer::{Answer, No};
use super::lines::Lines;
use super::look::unknown;
use crate::control::api::{LoggedItem, LoggedQuery, Problem, ProblemCode, StateQuery, StateReport};

const EVENTS_QUERY: &str = "after=NUMBER&up_to=NUMBER&since_micros=NUMBER&until_micros=NUMBER&type=NAME&follow=true, all of which may be left out";
const STATE_QUERY: &str = "up_to=NUMBER or until_micros=NUMBER, both of which may be left out";

/// What is known of an agent in the log.
struct Found {
    log: Arc<dyn EventLog>,
    agent: AgentKey,
    past: Option<PastStates>,
}

pub(super) async fn events(
    State(shared): State<Arc<Shared>>,
    selector: Result<Path<String>, PathRejection>,
    query: Result<Query<LoggedQuery>, QueryRejection>,
) -> Result<Response, No> {
    let bad = |message: String| Problem::new(ProblemCode::BadQuery, message).expected(EVENTS_QUERY);
    let Query(query) = query.map_err(|error| bad(format!("the query cannot be read: {error}")))?;
    let found = found(&shared.system, selector).await?;
    let event_type = query.event_type.map(EventName::new).transpose();
    let wanted = AgentEventsWanted {
        after: query.after.map(Sequence::new),
        since: query.since_micros.map(Timestamp::from_micros),
        as_of: as_of(query.up_to, query.until_micros).map_err(bad)?,
        event_type: event_type.map_err(|error| bad(error.to_string()))?,
    };
    let events = AgentEvents::new(&found.log, &found.agent, &wanted);
    let items = Logged { step: Some(step(events, query.follow)), follow: query.follow };
    let body = Body::new(Lines::new(Box::pin(items), shared.stops()));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

pub(super) async fn state(
    State(shared): State<Arc<Shared>>,
    selector: Result<Path<String>, PathRejection>,
    query: Result<Query<StateQuery>, QueryRejection>,
) -> Answer<StateReport> {
    let bad = |message: String| Problem::new(ProblemCode::BadQuery, message).expected(STATE_QUERY);
    let Query(query) = query.map_err(|error| bad(format!("the query cannot be read: {error}")))?;
    let as_of = as_of(query.up_to, query.until_micros).map_err(bad)?;
    let Found { log, agent, past } = found(&shared.system, selector).await?;
    let Some(past) = past else {
        let message = format!(
            "{}/{} is no event-sourced agent of this node, so nobody here can make its state from its events; \
             `events` shows what the log has of it",
            agent.domain, agent.name
        );
        return Err(No::new(ProblemCode::NoState, message));
    };
    let state = past.as_of(&*log, &agent, as_of).await.map_err(|error| match error {
        PastStateError::Recover(RecoverError::Read(error)) => unreadable(&error),
        error => Problem::new(ProblemCode::NoState, error.to_string()),
    })?;
    let report = StateReport::new(&agent, &state);
    report.map(Json).map_err(|error| No::new(ProblemCode::Internal, format!("the state is no JSON: {error}")))
}

fn as_of(up_to: Option<u64>, until_micros: Option<u64>) -> Result<AsOf, String> {
    match (up_to, until_micros) {
        (None, None) => Ok(AsOf::Now),
        (Some(sequence), None) => Ok(AsOf::Sequence(Sequence::new(sequence))),
        (None, Some(micros)) => Ok(AsOf::Time(Timestamp::from_micros(micros))),
        (Some(_), Some(_)) => Err("a moment is named by up_to or by until_micros, not by both".to_owned()),
    }
}

/// The agent that a path names: one of the node or, if there is none, one that the log has events of.
async fn found(system: &System, selector: Result<Path<String>, PathRejection>) -> Result<Found, No> {
    let Path(selector) = selector.map_err(|error| {
        let problem = Problem::new(ProblemCode::BadQuery, format!("the path cannot be read: {error}"));
        problem.expected("domain/name, a full id, or the beginning of an instance's UUID, percent-encoded")
    })?;
    let no_log = |whose: &str| {
        let message = format!("{whose} has no event log; a node has one unless `events.enabled` is false");
        No::new(ProblemCode::NoEventLog, message)
    };
    let missing = match system.agent(&selector) {
        Ok(agent) => {
            let past = PastStates::of(&*agent);
            let own = past.as_ref().and_then(PastStates::log);
            let log = own.or_else(|| system.event_log().cloned());
            let log = log.ok_or_else(|| no_log(system.name()))?;
            return Ok(Found { log, agent: agent.id().key(), past });
        }
        Err(error @ UnknownAgent::Several { .. }) => return Err(unknown(&error).into()),
        Err(error) => error,
    };
    let Some(log) = system.event_log().cloned() else { return Err(unknown(&missing).into()) };
    match owner(&*log, &selector).await {
        Ok(agent) => Ok(Found { log, agent, past: None }),
        Err(error) => Err(match &error {
            UnknownOwner::None { known, .. } => {
                let mut known = known.clone();
                if let UnknownAgent::None { known: run, .. } = missing {
                    known.extend(run);
                }
                known.sort();
                known.dedup();
                let message = format!("no agent answers to \"{selector}\", and the log has no events of one");
                Problem::new(ProblemCode::UnknownAgent, message).known(known)
            }
            UnknownOwner::Several { matching, .. } => {
                Problem::new(ProblemCode::AmbiguousAgent, error.to_string()).known(matching.iter().cloned())
            }
            _ => Problem::new(ProblemCode::LogUnreadable, error.to_string()),
        }
        .into()),
    }
}

fn unreadable(error: &ReadError) -> Problem {
    Problem::new(ProblemCode::LogUnreadable, error.to_string())
}

type Item = Result<String, Problem>;

type Step = Pin<Box<dyn Future<Output = (AgentEvents, Option<Item>)> + Send>>;

/// The events of an agent, as they are read.
struct Logged {
    step: Option<Step>,
    follow: bool,
}

fn step(mut events: AgentEvents, follow: bool) -> Step {
    Box::pin(async move {
        let next = if follow { events.next().await.map(Some) } else { events.next_there_is().await };
        let item = next
            .map(|event| event.as_ref().map(written))
            .unwrap_or_else(|error| Some(Err(unreadable(&error))));
        (events, item)
    })
}

fn written(event: &AgentEvent) -> Item {
    let written = LoggedItem::new(event).and_then(|item| item.to_line());
    written.map_err(|error| Problem::new(ProblemCode::Internal, format!("the event is no JSON: {error}")))
}

impl Stream for Logged {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        let Some(underway) = &mut self.step else { return Poll::Ready(None) };
        match underway.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready((events, item)) => {
                self.step = matches!(item, Some(Ok(_))).then(|| step(events, self.follow));
                Poll::Ready(item)
            }
        }
    }
}
