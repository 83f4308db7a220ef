//! The log of a system: the lives of its agents are in it, and nobody waits for that.

use std::sync::Arc;
use std::time::Duration;

use mistersmith::events::*;
use mistersmith::identity::AgentKey;
use mistersmith::prelude::*;
use mistersmith::supervisor::Flags;
use mistersmith::system::LifeRetention;
use rusqlite::Connection;

use super::bank::*;
use super::place::{Place, quick};

/// What the log says of the life of the town's account, a word for each change.
async fn life(log: &Moody, account: &AgentKey) -> Vec<String> {
    let events = log.find(Query::of(LifeChange::key(account), Sequence::START)).await;
    let changes = events.iter().map(|event| LifeChange::of(event).unwrap());
    changes.map(|change| format!("{} {}: {}", change.incarnation, change.to.name(), change.reason)).collect()
}

/// Every event of this kind, whoever's it is.
async fn all(log: &Moody, name: &str) -> Vec<StateEvent> {
    log.find(Query::all(Position::START).of_type(EventName::new(name).unwrap()).with_gaps()).await
}

#[tokio::test(start_paused = true)]
async fn every_change_in_the_life_of_an_agent_is_in_the_log_of_its_system() {
    let town = Town::recorded_in(&Moody::new()).await;
    let account = town.key();
    town.control().suspend("the books are looked at").unwrap();
    town.control().resume().unwrap();
    town.control().kill();
    town.settle().await;
    let log = town.end().await;
    assert_eq!(
        life(&log, &account).await,
        [
            "1 registering: started",
            "1 registered: initialised",
            "1 active: ready",
            "1 suspended: the books are looked at",
            "1 active: resumed",
            "1 terminated: killed",
            "2 registering: started again",
            "2 registered: initialised",
            "2 active: ready",
            "2 terminated: shutdown",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_supervisors_decided_is_in_the_log_of_their_system() {
    let town = Town::recorded_in(&Moody::new()).await;
    town.control().kill();
    town.settle().await;
    let log = town.end().await;
    let decided = all(&log, "mistersmith.supervision").await;
    let decided: Vec<serde_json::Value> = decided.iter().map(|event| event.data.read().unwrap()).collect();
    let killed = decided.iter().find(|event| event["event"] == "decided").unwrap();
    assert_eq!(killed["supervisor"], "root/domains/bank");
    assert_eq!(killed["child"], "account");
}

#[tokio::test(start_paused = true)]
async fn a_life_goes_on_in_the_log_when_the_system_starts_again() {
    let log = Town::recorded_in(&Moody::new()).await.end().await;
    let town = Town::recorded_in(&log).await;
    let account = town.key();
    town.end().await;
    assert_eq!(life(&log, &account).await.len(), 8);
}

#[tokio::test(start_paused = true)]
async fn an_agent_keeps_its_events_in_the_log_of_its_system() {
    let town = Town::recorded_in(&Moody::new()).await;
    assert_eq!(town.pay_in(500).await, 500);
    town.control().kill();
    town.settle().await;
    assert_eq!(town.pay_in(1).await, 501);
    let sequences: Vec<_> = town.events().await.iter().map(|event| event.sequence.number()).collect();
    assert_eq!(sequences, [1, 2], "its life is no part of its state");
}

#[tokio::test(start_paused = true)]
async fn an_agent_of_a_system_without_a_log_does_not_start_and_says_what_to_do() {
    let account = EventSourcedSpec::<Account>::in_system_log((), Recovery::Lazy).agent("account").unwrap();
    let bank = DomainSpec::new("bank", Flags::new(Strategy::OneForOne, 3, 5)).unwrap().agent(account);
    let refused = System::builder("town").domain(bank).start().await.unwrap_err().to_string();
    assert!(refused.contains("expected an event log, got none"), "{refused}");
    assert!(refused.contains("Builder::event_log"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_log_that_takes_nothing_holds_up_no_agent_and_readiness_says_why() {
    let log = Moody::new();
    for _ in 0..100 {
        log.fail(AppendError::Full { source: Arc::new(std::io::Error::other("no space left")) });
    }
    let town = Town::recorded_in(&log).await;
    town.settle().await;
    let readiness = town.system.readiness();
    assert_eq!(readiness.reasons.len(), 1);
    let reason = &readiness.reasons[0];
    assert!(reason.starts_with("the event log takes no events: the log has no room: "), "{reason}");
    log.recover();
    town.system.clock().sleep(Duration::from_millis(1_001)).await;
    town.settle().await;
    assert!(town.system.readiness().ready, "{:?}", town.system.readiness());
    assert_eq!(life(&log, &town.key()).await.len(), 3, "what waited is there");
    assert_eq!(town.system.recording().unwrap().lost, 0);
}

#[tokio::test(start_paused = true)]
async fn what_there_is_no_room_for_is_lost_counted_and_told() {
    let log = Moody::new();
    let town = Town::recorded_in(&log).await;
    town.settle().await;
    log.hold();
    for _ in 0..40_000 {
        town.control().suspend("for the sake of it").unwrap();
        town.control().resume().unwrap();
    }
    let lost = town.system.recording().unwrap().lost;
    assert!(lost > 10_000, "{lost}");
    log.let_pass(1_000_000);
    let account = town.key();
    town.end().await;
    let told: u64 = all(&log, "mistersmith.lost")
        .await
        .iter()
        .map(|event| event.data.read::<serde_json::Value>().unwrap()["changes"].as_u64().unwrap())
        .sum();
    assert_eq!(told, lost);
    let last = log.inside.last(&LifeChange::key(&account)).await.unwrap().number();
    assert_eq!(last, 3 + 80_000 - lost + 1, "and the others are there");
}

/// Whatever the log has of the account, and what it says that it has no more.
async fn shown(log: &Arc<Moody>, account: &AgentKey) -> Vec<AgentEvent> {
    let log: Arc<dyn EventLog> = log.clone();
    let mut events = AgentEvents::new(&log, account, &AgentEventsWanted::default());
    let mut shown = Vec::new();
    while let Some(event) = events.next_there_is().await.unwrap() {
        shown.push(event);
    }
    shown
}

/// Suspends and resumes the account so many times: two changes each.
async fn suspend_and_resume(town: &Town, times: u32) {
    for _ in 0..times {
        town.control().suspend("for the sake of it").unwrap();
        town.control().resume().unwrap();
    }
    town.settle().await;
}

#[tokio::test(start_paused = true)]
async fn a_life_keeps_its_newest_changes_and_says_where_it_begins() {
    let log = Moody::new();
    let town = Town::keeping(&log, LifeRetention { changes: Some(8), deeds: None }).await;
    town.pay_in(500).await;
    let account = town.key();
    for round in 1..=20 {
        suspend_and_resume(&town, 1).await;
        let shown = shown(&log, &account).await;
        let life = shown
            .iter()
            .filter(|event| matches!(event, AgentEvent::Event(event) if LifeChange::of(event).is_some()));
        let (life, written) = (life.count() as u64, 3 + 2 * round);
        match shown[0] {
            AgentEvent::Dropped { life: true, up_to } => assert_eq!(up_to.number() + life, written),
            _ => assert_eq!(life, written),
        }
        assert!(life >= 8.min(written) && life <= 10, "{life} changes are kept");
    }
    town.end().await;
    let shown = shown(&log, &account).await;
    assert!(matches!(shown[0], AgentEvent::Dropped { life: true, .. }), "{:?}", shown[0]);
    let state = shown
        .iter()
        .filter(|event| matches!(event, AgentEvent::Event(event) if LifeChange::of(event).is_none()));
    assert_eq!(state.count(), 1, "its state keeps all events");
    let last = shown.last().unwrap();
    assert!(matches!(last, AgentEvent::Event(event) if LifeChange::of(event).unwrap().reason == "shutdown"));
}

#[tokio::test(start_paused = true)]
async fn a_long_life_from_before_is_shortened_step_by_step() {
    let log = Moody::new();
    let town = Town::keeping(&log, LifeRetention::ALL).await;
    let life = LifeChange::key(&town.key());
    suspend_and_resume(&town, 2_000).await;
    town.end().await;
    assert_eq!(log.inside.beginning(&life, None).await.unwrap(), None, "all of it is kept");
    let town = Town::keeping(&log, LifeRetention { changes: Some(100), deeds: None }).await;
    town.settle().await;
    let last = log.inside.last(&life).await.unwrap().number();
    let begins = log.inside.beginning(&life, None).await.unwrap().unwrap();
    let kept = last - begins.after.number();
    assert!((100..=125).contains(&kept), "{kept}");
    assert_eq!(log.compactions(), 4, "some thousand changes at a time");
    town.end().await;
}

#[tokio::test]
async fn a_log_stays_small_while_its_agents_restart_thousands_of_times() {
    const RESTARTS: u64 = 2_000;
    let place = Place::new();
    let log: Arc<dyn EventLog> = Arc::new(SqliteLog::open(place.log(), quick()).unwrap());
    let account = EventSourcedSpec::<Account>::in_system_log((), Recovery::Eager).agent("account").unwrap();
    let flags = Flags::new(Strategy::OneForOne, u32::MAX, 1);
    let bank = DomainSpec::new("bank", flags).unwrap().agent(account);
    let keep = LifeRetention { changes: Some(100), deeds: Some(200) };
    let builder = System::builder("town").event_log(Arc::clone(&log)).keep_lives(keep);
    let town = builder.domain(bank).start().await.unwrap();
    let (account, control) = (town.find::<Bank>().unwrap(), town.agents().remove(0));
    while control.facts().incarnation.number() <= RESTARTS {
        control.kill();
        // Whoever answers is the next one, or the one that is killed after it.
        let _ = account.ask(Read).await;
    }
    town.stop().await;
    let written = log.head().borrow().number();
    assert!(written > 4 * RESTARTS, "{written}");
    assert_eq!(log.verify().await.unwrap(), []);
    drop(log);
    let connection = Connection::open(place.log()).unwrap();
    let rows: u32 = connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
    // A quarter more than is to be kept, and what was written while the last step was taken.
    assert!(rows < 125 + 250 + 1_024, "{rows} of {written} events are there");
    let index: u32 = connection.query_row("SELECT count(*) FROM runs", [], |row| row.get(0)).unwrap();
    assert!(index < rows, "{index} runs");
}

#[tokio::test]
async fn a_system_with_a_damaged_log_is_not_ready() {
    let place = Place::new();
    place.open().write(1, 1..=3).await;
    Connection::open(place.log())
        .unwrap()
        .execute("UPDATE events SET data = '33' WHERE position = 2", [])
        .unwrap();
    let log = SqliteLog::open(place.log(), quick()).unwrap();
    let system = System::builder("town").event_log(Arc::new(log)).start().await.unwrap();
    let reasons = system.readiness().reasons;
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(reasons[0].starts_with("the event log is damaged: "), "{reasons:?}");
    assert!(reasons[0].contains("events up to position 1 can be read"), "{reasons:?}");
    system.stop().await;
}
