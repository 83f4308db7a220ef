//! What is promised of every agent of every domain, checked for each one in the roster.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod payload;

use std::sync::Arc;
use std::time::Duration;

use mistersmith::agent::{CallJsonError, Control};
use mistersmith::clock::Clock;
use mistersmith::config::{AgentSettings, DomainSettings, Scalar};
use mistersmith::contract::{ReplyKind, RequestError};
use mistersmith::domain::DomainSpec;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::message::Budget;
use mistersmith::registry::Health;
use mistersmith::system::System;
use mistersmith_domains::roster::ROSTER;
use mistersmith_domains::settings::SetupError;

fn domains() -> Vec<DomainSpec> {
    ROSTER.iter().map(|entry| (entry.domain)(&DomainSettings::default()).unwrap()).collect()
}

async fn start(domains: Vec<DomainSpec>) -> System {
    let builder = System::builder("roster").clock(Clock::seeded(1));
    domains.into_iter().fold(builder, |builder, domain| builder.domain(domain)).start().await.unwrap()
}

async fn start_all() -> System {
    start(domains()).await
}

fn budget(system: &System) -> Budget {
    Budget { deadline: system.clock().deadline(Duration::from_secs(60)), ..Budget::UNLIMITED }
}

fn name(agent: &Arc<dyn Control>) -> String {
    format!("{}/{}", agent.id().domain, agent.id().name)
}

/// Longer than any restart intensity's period, so that one test's kills are not counted together.
async fn let_the_budget_recover(system: &System) {
    system.clock().sleep(Duration::from_secs(60)).await;
}

#[tokio::test(start_paused = true)]
async fn every_agent_starts_and_is_healthy() {
    let system = start_all().await;
    let expected: usize = domains().iter().map(|domain| domain.agents().len()).sum();
    assert_eq!(system.agents().len(), expected);
    for record in system.registry().list() {
        assert_eq!(record.health(), Health::Healthy, "{}", record.id);
    }
    assert!(system.readiness().ready, "{:?}", system.readiness().reasons);
}

#[tokio::test(start_paused = true)]
async fn every_domain_starts_alone_with_what_it_needs() {
    for domain in domains() {
        let mut wanted = vec![domain.name().clone()];
        let mut taken: Vec<DomainSpec> = Vec::new();
        while let Some(next) = wanted.pop() {
            if taken.iter().all(|taken| *taken.name() != next) {
                let spec = domains().into_iter().find(|spec| *spec.name() == next).unwrap();
                wanted.extend(spec.needed().iter().cloned());
                taken.push(spec);
            }
        }
        let system = start(taken).await;
        assert!(system.readiness().ready, "{}: {:?}", domain.name(), system.readiness().reasons);
        system.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_agent_answers_an_unknown_action_with_those_it_has() {
    let system = start_all().await;
    for agent in system.agents() {
        let answer = agent.call_json("no_such_action", "{}", budget(&system)).await;
        let Err(CallJsonError::BadRequest(RequestError::UnknownAction { known, .. })) = answer else {
            panic!("{}: expected the list of its actions, got {answer:?}", name(&agent));
        };
        let actions: Vec<_> = agent.requests().iter().map(|request| request.action()).collect();
        assert_eq!(known, actions, "{}", name(&agent));
        assert!(!actions.is_empty(), "{}", name(&agent));
    }
}

#[tokio::test(start_paused = true)]
async fn every_agent_refuses_what_does_not_fit_an_action_and_stays() {
    let system = start_all().await;
    for agent in system.agents() {
        for request in agent.requests() {
            for wrong in payload::wrong(&request.request_schema()) {
                let answer = agent.call_json(request.action(), &wrong, budget(&system)).await;
                let place = format!("{} {} {wrong}", name(&agent), request.action());
                let Err(CallJsonError::BadRequest(error)) = answer else {
                    panic!("{place}: expected that it is refused, got {answer:?}");
                };
                assert!(error.schema().is_some(), "{place}: {error}");
            }
        }
        assert_eq!(agent.facts().incarnation.number(), 1, "{}", name(&agent));
    }
}

#[tokio::test(start_paused = true)]
async fn every_agent_comes_back_after_a_kill_and_finds_what_was_sent_meanwhile() {
    let system = start_all().await;
    for agent in system.agents() {
        let requests = agent.requests().iter().filter(|request| request.kind() == ReplyKind::One);
        let request = requests.min_by_key(|request| payload::required(&request.request_schema())).unwrap();
        let right = payload::right(&request.request_schema());
        let newest = system.history().newest();
        assert!(agent.kill(), "{}", name(&agent));
        let answer = agent.call_json(request.action(), &right, budget(&system)).await;
        let place = format!("{} {} {right}", name(&agent), request.action());
        assert!(matches!(answer, Ok(_) | Err(CallJsonError::Refused { .. })), "{place}: {answer:?}");
        assert_eq!(agent.facts().incarnation.number(), 2, "{place}");
        assert!(!system.history().since(newest).is_empty(), "{place}: a kill is in the history");
        let_the_budget_recover(&system).await;
    }
    assert!(system.readiness().ready, "{:?}", system.readiness().reasons);
}

#[tokio::test(start_paused = true)]
async fn every_agent_drains_to_its_end() {
    let system = start_all().await;
    for agent in system.agents().iter().rev() {
        let drained = system.drain(agent, "a test", Duration::from_secs(30)).await;
        assert!(drained.unwrap(), "{}", name(agent));
        assert_eq!(agent.facts().state.stage(), Stage::Terminated, "{}", name(agent));
        assert!(system.registry().by_id(agent.id()).is_none(), "{}", name(agent));
    }
}

#[tokio::test(start_paused = true)]
async fn every_agent_is_found_by_what_it_can_do() {
    let system = start_all().await;
    for agent in system.agents() {
        let capabilities = agent.facts().capabilities;
        assert!(!capabilities.is_empty(), "{} can do nothing", name(&agent));
        for capability in capabilities {
            let found = system.registry().find_healthy(&capability);
            assert_eq!(found.as_ref().map(|found| &*found.id), Some(agent.id()), "{capability}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_request_can_be_compared_between_nodes_and_described_to_people() {
    let system = start_all().await;
    for agent in system.agents() {
        for request in agent.requests() {
            let place = format!("{} {}", name(&agent), request.action());
            assert!(request.fingerprint().is_ok(), "{place}: {:?}", request.fingerprint());
            let described = request.request_schema().get("description").is_some();
            assert!(described, "{place}: its struct has no documentation, so its schema says nothing");
        }
    }
}

#[test]
fn every_agent_refuses_a_setting_that_it_does_not_know() {
    for (entry, spec) in ROSTER.iter().zip(domains()) {
        for agent in spec.agents() {
            let mut wrong = AgentSettings::default();
            wrong.settings.insert("no_such_setting".to_owned(), Scalar::Boolean(true));
            let mut settings = DomainSettings::default();
            settings.agents.insert(agent.name().clone(), wrong);
            let refused = (entry.domain)(&settings).map(|_| ());
            let place = format!("domains.{}.agents.{}.settings.no_such_setting", entry.name, agent.name());
            let Err(SetupError::Settings(problems)) = refused else { panic!("{place} was taken") };
            assert_eq!(problems[0].path, place);
        }
    }
}

#[test]
fn a_domain_is_called_in_the_roster_what_it_calls_itself_and_none_is_there_twice() {
    let mut names: Vec<_> = ROSTER.iter().map(|entry| entry.name).collect();
    let own: Vec<_> = domains().iter().map(|domain| domain.name().to_string()).collect();
    assert_eq!(names, own);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ROSTER.len());
}
