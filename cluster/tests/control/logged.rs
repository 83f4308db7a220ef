//! What the event log has of an agent: its events, as they come, and the states that it had.

use std::num::NonZeroU32;

use mistersmith::events::{Compaction, Json, Sequence, Snapshot, Timestamp, VectorClock};
use mistersmith_cluster::control::api::{LoggedEvent, LoggedQuery, ProblemCode, StateQuery};
use mistersmith_cluster::control::{ClientError, ControlClient, Items, Outcome};

use crate::hostile::ask;
use crate::shop::{Shop, until};

async fn next(items: &mut Items) -> Option<LoggedEvent> {
    Some(serde_json::from_str(items.next().await?.unwrap().get()).unwrap())
}

async fn all(client: &ControlClient, query: &LoggedQuery) -> Vec<String> {
    let mut items = client.events("savings/jar", query).await.unwrap();
    let mut all = Vec::new();
    while let Some(event) = next(&mut items).await {
        all.push(format!("{} {} {}", event.sequence, event.event_type, event.data));
    }
    all
}

/// Waits until what has happened up to now is in the log.
async fn recorded(shop: &Shop) {
    until("the life of the jar is in the log", async || {
        shop.system.recording().is_some_and(|recording| recording.recorded >= 14 && recording.waiting == 0)
    })
    .await;
}

const STATE: [&str; 2] = [r#"1 CameIn@1 {"coins":5}"#, r#"2 CameIn@1 {"coins":7}"#];

#[tokio::test]
async fn the_events_of_an_agent_are_those_of_its_state_and_of_its_life() {
    let shop = Shop::with_log().await;
    recorded(&shop).await;
    let client = shop.client().await;
    let of_state = LoggedQuery { after: Some(0), ..LoggedQuery::default() };
    assert_eq!(all(&client, &of_state).await, STATE);
    let mut items = client.events("savings/jar", &LoggedQuery::default()).await.unwrap();
    let (mut positions, mut lived) = (Vec::new(), Vec::new());
    while let Some(event) = next(&mut items).await {
        positions.push(event.position);
        lived.extend(event.life.then(|| event.data.get().contains(r#""to":"active""#)));
    }
    assert_eq!((positions.len(), lived), (5, vec![false, false, true]));
    assert!(positions.is_sorted(), "{positions:?}");
}

#[tokio::test]
async fn events_are_chosen_by_number_by_time_and_by_kind() {
    let shop = Shop::with_log().await;
    recorded(&shop).await;
    let client = shop.client().await;
    let none = LoggedQuery::default;
    assert_eq!(all(&client, &LoggedQuery { after: Some(1), ..none() }).await, STATE[1..]);
    assert_eq!(all(&client, &LoggedQuery { up_to: Some(1), ..none() }).await, STATE[..1]);
    let kind = Some("CameIn".to_owned());
    assert_eq!(all(&client, &LoggedQuery { event_type: kind, ..none() }).await, STATE);
    assert!(all(&client, &LoggedQuery { until_micros: Some(1), ..none() }).await.is_empty());
    assert_eq!(all(&client, &LoggedQuery { since_micros: Some(1), ..none() }).await.len(), 5);
}

#[tokio::test]
async fn who_follows_sees_what_comes() {
    let shop = Shop::with_log().await;
    let client = shop.client().await;
    let query = LoggedQuery { after: Some(1), follow: true, ..LoggedQuery::default() };
    let mut items = client.events("savings/jar", &query).await.unwrap();
    assert_eq!(next(&mut items).await.unwrap().sequence, 2);
    let (event, ()) = tokio::join!(next(&mut items), shop.put_in(1));
    assert_eq!(event.unwrap().data.get(), r#"{"coins":1}"#);
    let (end, ()) = tokio::join!(items.next(), shop.server.stop());
    let Some(Err(ClientError::Problem(problem))) = end else { panic!("expected a problem, got {end:?}") };
    assert_eq!(problem.code, ProblemCode::Stopping);
}

#[tokio::test]
async fn the_state_of_an_agent_is_shown_as_it_is_and_as_it_was() {
    let shop = Shop::with_log().await;
    let client = shop.client().await;
    let state = async |query| {
        let report = client.state("savings/jar", query).await.unwrap();
        (report.sequence, report.state.get().to_owned())
    };
    let at = StateQuery::default;
    assert_eq!(state(at()).await, (2, r#"{"coins":12}"#.to_owned()));
    assert_eq!(state(StateQuery { up_to: Some(1), ..at() }).await, (1, r#"{"coins":5}"#.to_owned()));
    assert_eq!(state(StateQuery { until_micros: Some(1), ..at() }).await, (0, r#"{"coins":0}"#.to_owned()));
}

#[tokio::test]
async fn what_the_log_does_not_have_is_refused_and_the_refusal_says_what_there_is() {
    let shop = Shop::with_log().await;
    let client = shop.client().await;
    let problem = |error: ClientError| match error {
        ClientError::Problem(problem) => problem,
        other => panic!("{other:?}"),
    };
    let no_state = problem(client.state("sales/till", StateQuery::default()).await.unwrap_err());
    assert_eq!(no_state.code, ProblemCode::NoState);
    let unknown = problem(client.events("savings/box", &LoggedQuery::default()).await.unwrap_err());
    assert_eq!(unknown.code, ProblemCode::UnknownAgent);
    assert!(unknown.known.unwrap().contains(&"savings/jar".to_owned()));
    let (status, _) = ask(&shop, "GET /v1/agents/savings%2Fjar/state?up_to=1&until_micros=1", "").await;
    assert_eq!(status, 400, "one moment, not two");
    let odd = LoggedQuery { event_type: Some("a b".to_owned()), ..LoggedQuery::default() };
    assert_eq!(problem(client.events("savings/jar", &odd).await.unwrap_err()).code, ProblemCode::BadQuery);
    let without = Shop::open().await;
    let none = without.client().await.events("sales/till", &LoggedQuery::default()).await.unwrap_err();
    assert_eq!(problem(none).code, ProblemCode::NoEventLog);
}

#[tokio::test]
async fn where_the_first_events_are_not_kept_a_line_says_so() {
    let shop = Shop::with_log().await;
    recorded(&shop).await;
    let log = shop.system.event_log().unwrap();
    let (agent, up_to) = (shop.system.agent("savings/jar").unwrap().id().key(), Sequence::new(1));
    let snapshot = Snapshot {
        agent: agent.clone(),
        sequence: up_to,
        timestamp: Timestamp::default(),
        version: NonZeroU32::MIN,
        causality: VectorClock::new(),
        state: Json::of(&5).unwrap(),
    };
    log.save(snapshot).await.unwrap();
    log.compact(Compaction { agent, up_to, keep_answers_since: Timestamp::default() }).await.unwrap();
    let (out, complaint, outcome) = shop.say(&["events", "savings/jar"]).await;
    assert_eq!((complaint.as_str(), outcome), ("", Outcome::Done));
    assert!(out.starts_with("the first event is not kept any more; it begins with event 2\n"), "{out}");
    assert!(out.contains("     2  CameIn@1  {\"coins\":7}\n"), "{out}");
    let (out, ..) = shop.say(&["events", "savings/jar", "--json"]).await;
    assert!(out.starts_with("{\"dropped_up_to\":1,\"life\":false}\n"), "{out}");
}

#[tokio::test]
async fn what_supervisors_decided_is_found_in_the_log_by_its_name() {
    let shop = Shop::with_log().await;
    recorded(&shop).await;
    let mut items = shop.client().await.events("system/supervision", &LoggedQuery::default()).await.unwrap();
    let first = next(&mut items).await.unwrap();
    assert!(first.data.get().contains(r#""event":"up""#), "{first:?}");
}

#[tokio::test]
async fn the_commands_show_events_and_states_as_text_and_as_json() {
    let shop = Shop::with_log().await;
    recorded(&shop).await;
    let (out, complaint, outcome) = shop.say(&["events", "savings/jar", "--since", "1"]).await;
    assert_eq!((complaint.as_str(), outcome), ("", Outcome::Done));
    assert!(out.ends_with("     2  CameIn@1  {\"coins\":7}\n"), "{out}");
    let (out, ..) = shop.say(&["events", "savings/jar"]).await;
    assert!(out.contains("  active: ready, incarnation 1\n"), "{out}");
    let (out, ..) = shop.say(&["events", "savings/jar", "--as-of", "1", "--json"]).await;
    let event: LoggedEvent = serde_json::from_str(&out).unwrap();
    assert_eq!((event.sequence, event.life), (1, false));
    let (out, ..) = shop.say(&["events", "savings/jar", "--type", "Broken"]).await;
    assert_eq!(out, "the log has no such events of savings/jar\n");
    let (out, ..) = shop.say(&["state", "savings/jar", "--as-of", "1"]).await;
    assert!(out.ends_with(" after event 1\n{\n  \"coins\": 5\n}\n"), "{out}");
    let (out, ..) = shop.say(&["state", "savings/jar", "--json"]).await;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap()["state"]["coins"], 12);
    let (_, complaint, outcome) = shop.say(&["state", "sales/till"]).await;
    assert_eq!(outcome, Outcome::Refused);
    assert!(complaint.contains("no event-sourced agent"), "{complaint}");
}
