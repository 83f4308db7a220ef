//! The books notice what is wrong with them.

use mistersmith::events::{Append, EventLog, EventType, Json, MemoryLog, NewEvent, Sequence, Timestamp};
use mistersmith::identity::{AgentKey, AgentName, DomainName, InstanceId};
use uuid::Uuid;

use super::Books;

fn account(number: u32) -> AgentKey {
    let (domain, name) =
        (DomainName::new("bank").unwrap(), AgentName::new(super::account_name(number)).unwrap());
    let instance = InstanceId::of("test", &domain, &name, 1);
    AgentKey { domain, name, instance }
}

fn transfer(id: u128, cents: u64) -> String {
    format!(r#"{{"transfer":{{"id":"{}","from":0,"to":1,"cents":{cents}}}}}"#, Uuid::from_u128(id))
}

fn settled(id: u128) -> String {
    format!(r#"{{"id":"{}"}}"#, Uuid::from_u128(id))
}

async fn books(entries: &[(u32, &str, String)]) -> Books {
    let log = MemoryLog::new();
    let opened = [0, 1].map(|number| (number, "Opened", r#"{"cents":1000}"#.to_owned()));
    for (number, name, data) in opened.iter().chain(entries) {
        let event_type = EventType::first(name).unwrap();
        let event = NewEvent::new(Timestamp::default(), event_type, Json::parse(data).unwrap());
        let last: Sequence = log.last(&account(*number)).await.unwrap();
        log.append(Append::new(account(*number), last, [event])).await.unwrap();
    }
    Books::of(&log).await.unwrap()
}

#[tokio::test]
async fn money_on_its_way_is_neither_here_nor_there_and_not_missing() {
    let books = books(&[(0, "Sent", transfer(1, 400))]).await;
    assert!(books.balance(), "{books}");
    assert_eq!((books.in_accounts, books.cents_on_their_way, books.on_their_way), (1_600, 400, 1));
    assert!(books.to_string().ends_with("20.00 of 20.00. The books balance."), "{books}");
}

#[tokio::test]
async fn a_transfer_that_has_arrived_is_where_it_went() {
    let entries =
        [(0, "Sent", transfer(1, 400)), (1, "Received", transfer(1, 400)), (0, "Settled", settled(1))];
    let books = books(&entries).await;
    assert!(books.balance() && books.on_their_way == 0 && books.in_accounts == 2_000, "{books}");
}

#[tokio::test]
async fn whatever_is_wrong_is_noticed() {
    let sent = || (0, "Sent", transfer(1, 400));
    for (wrong, problem) in [
        (vec![sent(), sent()], "sent twice"),
        (vec![(1, "Received", transfer(1, 400))], "received and not sent so"),
        (vec![sent(), (1, "Received", transfer(1, 401))], "received and not sent so"),
        (
            vec![sent(), (1, "Received", transfer(1, 400)), (1, "Received", transfer(1, 400))],
            "received twice",
        ),
        (vec![sent(), (0, "Settled", settled(1))], "has not arrived"),
        (vec![(0, "Sent", transfer(1, 1_001))], "more was sent than was there"),
        (vec![(0, "Opened", r#"{"id":"00000000-0000-0000-0000-000000000001"}"#.to_owned())], "no place"),
    ] {
        let books = books(&wrong).await;
        assert!(books.problems.iter().any(|found| found.contains(problem)), "{problem}: {books}");
        assert!(books.to_string().contains("DO NOT BALANCE"));
    }
}
