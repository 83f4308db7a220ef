//! Every path of the interface, asked by the client.

use mistersmith::identity::lifecycle::Stage;
use mistersmith::registry::Health;
use mistersmith_cluster::control::api::{CallRequest, DrainRequest, EventKind, Problem, ProblemCode};
use mistersmith_cluster::control::{CallAnswer, ClientError, ControlClient};
use serde_json::value::RawValue;

use crate::shop::{Shop, until};

pub(crate) fn request(action: &str, payload: &str) -> CallRequest {
    CallRequest {
        domain: "sales".to_owned(),
        agent: "till".to_owned(),
        action: action.to_owned(),
        payload: (!payload.is_empty()).then(|| RawValue::from_string(payload.to_owned()).unwrap()),
        timeout_ms: None,
    }
}

async fn reply(client: &ControlClient, action: &str, payload: &str) -> String {
    match client.call(&request(action, payload)).await.unwrap() {
        CallAnswer::One(reply) => reply.get().to_owned(),
        CallAnswer::Stream(_) => panic!("{action} answered with a stream"),
    }
}

#[track_caller]
fn code<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> ProblemCode {
    problem(answer).code
}

fn problem<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> Problem {
    match answer {
        Err(ClientError::Problem(problem)) => problem,
        other => panic!("expected a problem, got {other:?}"),
    }
}

#[tokio::test]
async fn the_tree_holds_supervisors_with_their_budgets_and_agents_with_their_facts() {
    let shop = Shop::open().await;
    let tree = shop.client().await.tree().await.unwrap();
    assert_eq!((tree.system.as_str(), tree.pid), ("shop", std::process::id()));
    let sales = &tree.root.children[1].children[0];
    assert_eq!(sales.child.child, "sales");
    assert_eq!(sales.supervision.unwrap().budget_left, 3);
    let till = sales.children[0].agent.as_ref().unwrap();
    assert_eq!((till.name.as_str(), till.contract.as_str(), till.stage), ("till", "Money", Stage::Active));
    assert_eq!(till.health, Some(Health::Healthy));
    assert_eq!(till.capabilities, ["money.count"]);
    assert_eq!(sales.children.len(), 3);
}

#[tokio::test]
async fn all_agents_are_listed_and_one_is_found_by_name_id_and_uuid() {
    let shop = Shop::open().await;
    let client = shop.client().await;
    let agents = client.agents().await.unwrap().agents;
    let names: Vec<_> = agents.iter().map(|entry| entry.agent.name.as_str()).collect();
    assert_eq!(names, ["till", "spare", "spare"]);
    let till = &agents[0].agent;
    for selector in ["sales/till", &till.agent, &till.instance[..8]] {
        let found = client.agent(selector).await.unwrap();
        assert_eq!(found.entry.agent.agent, till.agent);
        assert_eq!(found.actions.len(), 5);
    }
    assert_eq!(client.agent("spare#2").await.unwrap().entry.agent, agents[2].agent);
    let ambiguous = problem(client.agent("spare").await);
    assert_eq!(ambiguous.code, ProblemCode::AmbiguousAgent);
    assert_eq!(ambiguous.known.unwrap(), ["sales/spare#1", "sales/spare#2"]);
    assert_eq!(code(client.agent("sales/tilt").await), ProblemCode::UnknownAgent);
}

#[tokio::test]
async fn any_json_goes_in_and_the_reply_of_the_contract_comes_out() {
    let shop = Shop::open().await;
    let client = shop.client().await;
    assert_eq!(reply(&client, "add", r#"{"amount": 3}"#).await, "13");
    assert_eq!(reply(&client, "read", "").await, "13");
    assert_eq!(reply(&client, "read", "{}").await, "13");
}

#[tokio::test]
async fn of_several_agents_of_a_name_a_healthy_one_is_asked() {
    let shop = Shop::open().await;
    let client = shop.client().await;
    let spares: Vec<_> = client.agents().await.unwrap().agents.split_off(1);
    client.suspend(&spares[0].agent.instance, "being counted").await.unwrap();
    for _ in 0..4 {
        let request = CallRequest { agent: "spare".to_owned(), ..request("read", "") };
        assert!(matches!(client.call(&request).await.unwrap(), CallAnswer::One(_)));
    }
    let first = CallRequest { agent: "spare#1".to_owned(), ..request("read", "") };
    let refused = problem(client.call(&first).await);
    assert_eq!(refused.code, ProblemCode::NotDelivered, "by its number, this one is meant: {refused}");
    let second = client.agent(&spares[1].agent.instance).await.unwrap().entry.agent;
    assert_eq!(second.handled, 4);
}

#[tokio::test]
async fn what_is_wrong_with_a_call_is_said_with_what_would_be_right() {
    let shop = Shop::open().await;
    let client = shop.client().await;
    let problem = async |request: CallRequest| problem(client.call(&request).await);
    let unknown = problem(CallRequest { domain: "sails".to_owned(), ..request("read", "") }).await;
    assert_eq!((unknown.code, unknown.known), (ProblemCode::UnknownDomain, Some(vec!["sales".to_owned()])));
    let unknown = problem(CallRequest { agent: "tilt".to_owned(), ..request("read", "") }).await;
    assert_eq!(unknown.code, ProblemCode::UnknownAgent);
    assert_eq!(unknown.known.unwrap(), ["till", "spare"]);
    let unknown = problem(request("ad", "{}")).await;
    assert_eq!(unknown.code, ProblemCode::UnknownAction);
    assert_eq!(unknown.known.unwrap(), ["add", "read", "divide", "wait", "count"]);
    let wrong = problem(request("add", r#"{"amount": "much"}"#)).await;
    assert_eq!(wrong.code, ProblemCode::WrongPayload);
    assert!(wrong.message.contains("amount"), "{wrong}");
    assert_eq!(wrong.expected.unwrap()["properties"]["amount"]["type"], "integer");
    let refused = problem(request("add", r#"{"amount": -3}"#)).await;
    assert_eq!((refused.code, refused.message.as_str()), (ProblemCode::Refused, "refused: -3 is negative"));
    assert_eq!(refused.refusal.unwrap()["Negative"]["amount"], -3);
    let impatient = CallRequest { timeout_ms: Some(20), ..request("wait", "") };
    assert_eq!(problem(impatient).await.code, ProblemCode::OutcomeUnknown);
    let patient = CallRequest { timeout_ms: Some(600_001), ..request("read", "") };
    assert_eq!(problem(patient).await.code, ProblemCode::BadBody);
    let till = client.agent("sales/till").await.unwrap();
    assert_eq!(till.entry.child.unwrap().restarts, 0, "bad input restarted somebody");
}

#[tokio::test]
async fn a_crash_is_in_the_history_with_its_reason_and_what_was_decided() {
    let shop = Shop::open().await;
    let client = shop.client().await;
    let before = client.restarts(0, false).await.unwrap();
    let following = client.clone();
    let follower = async move { following.restarts(before.newest, true).await.unwrap() };
    let crash = async { problem(client.call(&request("divide", r#"{"by": 0}"#)).await) };
    let (seen, crashed) = tokio::join!(follower, crash);
    assert_eq!(crashed.code, ProblemCode::OutcomeUnknown);
    let exit = crashed.exit.as_ref().expect("it says how the agent ended");
    assert!(exit.kind == "error" && exit.text.contains("cannot divide by 0"), "{exit:?}");
    assert_eq!(seen.events[0].number, before.newest + 1);
    let EventKind::Decided(decision) = &seen.events[0].what else { panic!("{seen:?}") };
    assert_eq!((decision.child.as_str(), decision.exit.kind.as_str()), ("till", "error"));
    assert!(decision.exit.text.contains("cannot divide by 0"), "{}", decision.exit.text);
    assert_eq!(decision.budget_left, 2);
    let detail = client.agent("sales/till").await.unwrap();
    assert_eq!(detail.events, seen.events);
    assert_eq!(detail.entry.child.unwrap().restarts, 1);
}

#[tokio::test]
async fn a_killed_agent_is_started_again_by_its_supervisor() {
    let shop = Shop::open().await;
    let client = shop.client().await;
    assert!(client.kill("sales/till").await.unwrap().killed);
    shop.till_is_up(2).await;
    assert_eq!(reply(&client, "read", "").await, "10");
}

#[tokio::test]
async fn a_suspended_agent_refuses_with_the_reason_until_it_is_resumed() {
    let shop = Shop::open().await;
    let client = shop.client().await;
    assert_eq!(client.suspend("sales/till", "being counted").await.unwrap().stage, Stage::Suspended);
    let refused = client.call(&request("read", "")).await.unwrap_err();
    assert!(refused.to_string().contains("being counted"), "{refused}");
    let health = client.health().await.unwrap();
    assert!(!health.ready && health.reasons[0].contains("sales/till"), "{health:?}");
    assert_eq!(code(client.suspend("sales/till", "again").await), ProblemCode::WrongStage);
    assert_eq!(client.resume("sales/till").await.unwrap().stage, Stage::Active);
    assert_eq!(reply(&client, "read", "").await, "10");
    assert!(client.health().await.unwrap().ready);
    assert_eq!(code(client.resume("sales/till").await), ProblemCode::WrongStage);
}

#[tokio::test]
async fn a_drained_agent_finishes_what_waits_and_ends_for_good() {
    let shop = Shop::open().await;
    let client = shop.client().await;
    let wait = request("wait", "");
    let waits = client.call(&wait);
    let drains = async {
        shop.levers.waits.notified().await;
        let drain = DrainRequest { limit_ms: Some(10_000), ..DrainRequest::default() };
        let (drained, ()) = tokio::join!(client.drain("sales/till", &drain), async {
            until("the till drains", async || {
                client.agent("sales/till").await.unwrap().entry.agent.stage == Stage::Draining
            })
            .await;
            shop.levers.go.notify_one();
        });
        drained
    };
    let (waited, drained) = tokio::join!(waits, drains);
    assert!(matches!(waited, Ok(CallAnswer::One(_))), "{waited:?}");
    assert!(drained.unwrap().drained);
    let till = client.agent("sales/till").await.unwrap().entry;
    assert_eq!((till.agent.stage, till.child.unwrap().restarts), (Stage::Terminated, 0));
    assert!(!client.kill("sales/till").await.unwrap().killed);
}

#[tokio::test]
async fn contracts_are_listed_with_schemas_and_fingerprints() {
    let shop = Shop::open().await;
    let contracts = shop.client().await.contracts().await.unwrap().contracts;
    assert_eq!(contracts.len(), 1);
    assert_eq!(contracts[0].agents, ["sales/till", "sales/spare"]);
    let actions: Vec<_> = contracts[0].requests.iter().map(|request| request.action.as_str()).collect();
    assert_eq!(actions, ["add", "read", "divide", "wait", "count"]);
    let add = &contracts[0].requests[0];
    assert_eq!(add.request["description"], "Adds an amount.");
    assert_eq!(add.reply["type"], "integer");
    assert!(add.fingerprint.is_some());
}

#[tokio::test]
async fn a_follower_is_told_when_the_interface_stops() {
    let shop = Shop::open().await;
    let client = shop.client().await;
    let newest = client.restarts(0, false).await.unwrap().newest;
    let following = client.restarts(newest, true);
    let stopping = async {
        // Connections are taken in order, and each of these takes as many steps as the follower's.
        for _ in 0..3 {
            client.health().await.unwrap();
        }
        shop.server.stop().await;
    };
    let (followed, ()) = tokio::join!(following, stopping);
    assert!(
        matches!(&followed, Err(ClientError::Problem(problem)) if problem.code == ProblemCode::Stopping),
        "{followed:?}"
    );
    assert!(matches!(client.health().await, Err(ClientError::NotReached { .. })));
    assert_eq!(shop.system.readiness().reasons, [""; 0], "the system was stopped with it");
}
