//! The books notice what is wrong with them.

use std::num::NonZeroU32;

use mistersmith::events::{
    Answered, Append, AsOf, Compaction, EventLog, EventType, Json, MemoryLog, NewEvent, RecordedAnswer,
    RequestKey, Sequence, Snapshot, Timestamp, VectorClock, recover,
};
use mistersmith::identity::{AgentKey, AgentName, DomainName, InstanceId};
use uuid::Uuid;

use super::Books;
use super::account::Account;

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
    Books::of(&written(1_000, entries).await).await.unwrap()
}

async fn written(cents: u64, entries: &[(u32, &str, String)]) -> MemoryLog {
    let log = MemoryLog::new();
    let opened = [0, 1].map(|number| (number, "Opened", format!(r#"{{"cents":{cents}}}"#)));
    for (number, name, data) in opened.iter().chain(entries) {
        let event_type = EventType::first(name).unwrap();
        let event = NewEvent::new(Timestamp::default(), event_type, Json::parse(data).unwrap());
        let last: Sequence = log.last(&account(*number)).await.unwrap();
        let mut event = event;
        if let Some(id) = data.strip_prefix(r#"{"transfer":{"id":""#).filter(|_| *name == "Received") {
            let key = RequestKey::new("put_in", &id[..36]).unwrap();
            if log.answered(&account(*number), &key).await.unwrap().is_none() {
                let answer = RecordedAnswer::Reply(Json::of(&0).unwrap());
                event.metadata.answered = Some(Answered { key, answer });
            }
        }
        log.append(Append::new(account(*number), last, [event])).await.unwrap();
    }
    log
}

/// Drops the first events of an account, up to this one.
async fn drop_up_to(log: &MemoryLog, number: u32, up_to: u64) {
    let (agent, up_to, keep_answers_since) = (account(number), Sequence::new(up_to), Timestamp::default());
    let state = recover::<Account>(log, &agent, &(), AsOf::Sequence(up_to)).await.unwrap().state;
    let snapshot = Snapshot {
        agent: agent.clone(),
        sequence: up_to,
        timestamp: Timestamp::default(),
        version: NonZeroU32::MIN,
        causality: VectorClock::new(),
        state: Json::of(&state).unwrap(),
    };
    log.save(snapshot).await.unwrap();
    log.compact(Compaction { agent, up_to, keep_answers_since }).await.unwrap();
}

#[tokio::test]
async fn the_books_balance_whatever_was_dropped() {
    let entries = [
        (0, "Sent", transfer(1, 400)),
        (1, "Received", transfer(1, 400)),
        (0, "Settled", settled(1)),
        (0, "Sent", transfer(2, 50)),
        (1, "Received", transfer(2, 50)),
        (0, "Sent", transfer(3, 7)),
        (0, "Settled", settled(2)),
    ];
    for of_sender in 0..=6 {
        for of_receiver in 0..=3 {
            let log = written(super::OPENING, &entries).await;
            for (number, up_to) in [(0, of_sender), (1, of_receiver)] {
                if up_to > 0 {
                    drop_up_to(&log, number, up_to).await;
                }
            }
            let books = Books::of(&log).await.unwrap();
            assert!(books.balance(), "{of_sender} and {of_receiver} dropped: {books}");
            assert_eq!((books.accounts, books.on_their_way, books.cents_on_their_way), (2, 1, 7), "{books}");
            assert_eq!((books.dropped, books.events), (of_sender + of_receiver, 9 - of_sender - of_receiver));
        }
    }
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
async fn what_came_before_an_account_was_opened_is_not_lost() {
    let log = MemoryLog::new();
    let events = [(1, "Received", transfer(1, 400)), (1, "Opened", r#"{"cents":1000}"#.to_owned())];
    for (number, name, data) in [(0, "Opened", r#"{"cents":1000}"#.to_owned()), (0, "Sent", transfer(1, 400))]
        .into_iter()
        .chain(events)
    {
        let event =
            NewEvent::new(Timestamp::default(), EventType::first(name).unwrap(), Json::parse(data).unwrap());
        let last = log.last(&account(number)).await.unwrap();
        log.append(Append::new(account(number), last, [event])).await.unwrap();
    }
    let books = Books::of(&log).await.unwrap();
    assert!(books.balance() && books.in_accounts == 2_000, "{books}");
    let state = recover::<Account>(&log, &account(1), &(), AsOf::Now).await.unwrap().state;
    assert_eq!(state.balance, 1_400);
}

#[tokio::test]
async fn an_account_that_holds_what_it_should_not_is_noticed() {
    let log = written(1_000, &[(0, "Sent", transfer(1, 400))]).await;
    let snapshot = Snapshot {
        agent: account(0),
        sequence: Sequence::new(2),
        timestamp: Timestamp::default(),
        version: NonZeroU32::MIN,
        causality: VectorClock::new(),
        state: Json::parse(r#"{"is_open":true,"balance":1000,"on_its_way":[]}"#).unwrap(),
    };
    log.save(snapshot).await.unwrap();
    let books = Books::of(&log).await.unwrap();
    let [problem] = books.problems.as_slice() else { panic!("{books}") };
    assert!(problem.contains("holds 1000 cents, expected 600 by its events"), "{problem}");
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
