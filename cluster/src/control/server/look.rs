//! The paths that change nothing: the tree, the agents, the history, the contracts, readiness.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use mistersmith::agent::Control;
use mistersmith::supervisor::Node;
use mistersmith::system::{System, UnknownAgent};
use serde::Deserialize;

use super::Shared;
use super::answer::{Answer, No};
use crate::control::api::{
    API_VERSION, ActionReport, AgentDetail, AgentEntry, AgentList, AgentReport, ChildReport, ContractList,
    ContractReport, EventList, EventReport, HealthReport, Problem, ProblemCode, RequestReport, TreeNode,
    TreeReport,
};

/// How many events one answer holds at most; the client asks on.
const EVENTS: usize = 1_000;
/// How long a client that follows is kept waiting for an event before it gets none.
const FOLLOW: Duration = Duration::from_secs(25);
/// How many events are shown with an agent.
const AGENT_EVENTS: usize = 20;

pub(super) async fn tree(State(shared): State<Arc<Shared>>) -> Answer<TreeReport> {
    let system = &shared.system;
    let agents: HashMap<_, _> =
        system.agents().into_iter().map(|agent| (agent.id().to_string(), agent)).collect();
    let agent_of = |node: &Node| {
        let agent = agents.get(node.facts.get("agent")?.as_str()?)?;
        Some(report(system, agent))
    };
    let root = TreeNode::new(&root(system)?, &agent_of);
    Ok(Json(TreeReport { system: system.name().to_owned(), pid: std::process::id(), root }))
}

pub(super) async fn agents(State(shared): State<Arc<Shared>>) -> Answer<AgentList> {
    let children = children(&root(&shared.system)?);
    let agents = shared.system.agents();
    Ok(Json(AgentList {
        agents: agents.iter().map(|agent| entry(&shared.system, agent, &children)).collect(),
    }))
}

pub(super) async fn agent(
    State(shared): State<Arc<Shared>>,
    selector: Result<Path<String>, PathRejection>,
) -> Answer<AgentDetail> {
    let agent = selected(&shared.system, selector)?;
    let children = children(&root(&shared.system)?);
    let place = children.get(&agent.id().to_string());
    let mut events = match place {
        None => Vec::new(),
        Some((supervisor, child)) => {
            let all = shared.system.history().events();
            let of_it =
                all.iter().filter(|event| event.supervisor.as_ref() == supervisor).map(EventReport::from);
            of_it.filter(|event| event.child() == Some(child.child.as_str())).collect()
        }
    };
    let newest = events.split_off(events.len().saturating_sub(AGENT_EVENTS));
    let actions = agent.requests().iter().map(ActionReport::from).collect();
    Ok(Json(AgentDetail { entry: entry(&shared.system, &agent, &children), actions, events: newest }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RestartsQuery {
    #[serde(default)]
    since: Option<String>,
    #[serde(default)]
    follow: Option<String>,
}

const RESTARTS_QUERY: &str = "since=NUMBER&follow=true, both of which may be left out";

/// A value of the query, or what it should have been.
fn value<T: FromStr + Default>(name: &str, text: Option<&str>, what: &str) -> Result<T, Problem> {
    text.map_or_else(|| Ok(T::default()), str::parse).map_err(|_| {
        let message = format!("{name} takes {what}, got \"{}\"", text.unwrap_or_default());
        Problem::new(ProblemCode::BadQuery, message).expected(RESTARTS_QUERY)
    })
}

pub(super) async fn restarts(
    State(shared): State<Arc<Shared>>,
    query: Result<Query<RestartsQuery>, QueryRejection>,
) -> Answer<EventList> {
    let Query(RestartsQuery { since, follow }) = query.map_err(|error| {
        let problem = Problem::new(ProblemCode::BadQuery, format!("the query cannot be read: {error}"));
        problem.expected(RESTARTS_QUERY)
    })?;
    let since: u64 = value("since", since.as_deref(), "the number of an event, such as 40")?;
    let follow: bool = value("follow", follow.as_deref(), "true or false")?;
    let history = shared.system.history();
    if follow {
        tokio::select! {
            () = shared.stops() => {
                return Err(No::new(ProblemCode::Stopping, "the control interface stops"));
            }
            _ = shared.system.clock().timeout(FOLLOW, history.after(since)) => {}
        }
    }
    let newest = history.newest();
    let events = history.since(since).iter().take(EVENTS).map(EventReport::from).collect();
    Ok(Json(EventList { events, newest }))
}

pub(super) async fn health(State(shared): State<Arc<Shared>>) -> (StatusCode, Json<HealthReport>) {
    let readiness = shared.system.readiness();
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let report = HealthReport {
        ready: readiness.ready,
        reasons: readiness.reasons,
        notes: readiness.notes,
        system: shared.system.name().to_owned(),
        pid: std::process::id(),
        api_version: API_VERSION,
    };
    (status, Json(report))
}

pub(super) async fn contracts(State(shared): State<Arc<Shared>>) -> Json<ContractList> {
    let mut contracts: Vec<ContractReport> = Vec::new();
    for agent in shared.system.agents() {
        let (contract, name) = (agent.facts().contract, short(agent.as_ref()));
        match contracts.iter_mut().find(|known| known.contract == contract) {
            Some(known) if known.agents.contains(&name) => {}
            Some(known) => known.agents.push(name),
            None => {
                let requests = agent.requests().iter().map(RequestReport::from).collect();
                contracts.push(ContractReport { contract, agents: vec![name], requests });
            }
        }
    }
    contracts.sort_by(|one, other| one.contract.cmp(&other.contract));
    Json(ContractList { contracts })
}

/// The agent that a path names.
pub(super) fn selected(
    system: &System,
    selector: Result<Path<String>, PathRejection>,
) -> Result<Arc<dyn Control>, No> {
    let Path(selector) = selector.map_err(|error| {
        let problem = Problem::new(ProblemCode::BadQuery, format!("the path cannot be read: {error}"));
        problem.expected("an agent by NAME, DOMAIN/NAME, DOMAIN/NAME#NUMBER, id or UUID, percent-encoded")
    })?;
    system.agent(&selector).map_err(|error| unknown(&error).into())
}

pub(super) fn unknown(error: &UnknownAgent) -> Problem {
    match error {
        UnknownAgent::None { known, .. } => {
            Problem::new(ProblemCode::UnknownAgent, error.to_string()).known(known.iter().cloned())
        }
        UnknownAgent::Several { matching, .. } => {
            Problem::new(ProblemCode::AmbiguousAgent, error.to_string()).known(matching.iter().cloned())
        }
    }
}

pub(super) fn short(agent: &dyn Control) -> String {
    format!("{}/{}", agent.id().domain, agent.id().name)
}

fn root(system: &System) -> Result<Node, No> {
    system.tree().ok_or_else(|| No::new(ProblemCode::Internal, "the system has not started"))
}

fn report(system: &System, agent: &Arc<dyn Control>) -> AgentReport {
    let health = system.registry().by_id(agent.id()).map(|record| record.health());
    let ended = system.ended_by_hand(agent).map(|reason| reason.to_string());
    AgentReport::new(agent.as_ref(), ended, health)
}

type Children = HashMap<String, (String, ChildReport)>;

fn entry(system: &System, agent: &Arc<dyn Control>, children: &Children) -> AgentEntry {
    let child = children.get(&agent.id().to_string()).map(|(_, child)| child.clone());
    AgentEntry { agent: report(system, agent), child }
}

/// What supervisors know of the agents, by id, each with the path of its supervisor.
fn children(root: &Node) -> Children {
    fn collect(node: &Node, path: &str, children: &mut Children) {
        for child in &node.children {
            if let Some(agent) = child.facts.get("agent").and_then(|agent| agent.as_str()) {
                children.insert(agent.to_owned(), (path.to_owned(), ChildReport::from(child)));
            }
            collect(child, &format!("{path}/{}", child.id), children);
        }
    }
    let mut children = HashMap::new();
    collect(root, root.id.as_str(), &mut children);
    children
}
