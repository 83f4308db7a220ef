//! Event-sourced agents: persisted before answered, recovered after every kind of end, suspended where a restart could
//! not help.

use std::num::NonZeroU64;
use std::sync::Arc;

use mistersmith::events::*;
use mistersmith::identity::Incarnation;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::routing::{AskError, CallError};
use tokio::task::JoinSet;

use super::bank::*;

/// Asks from beside the test.
fn ask(town: &Town, cents: u64) -> JoinSet<Result<u64, AskError<PayIn>>> {
    let (account, mut asking) = (town.account.clone(), JoinSet::new());
    asking.spawn(async move { account.ask(PayIn { cents }).await });
    asking
}

async fn answer<T: 'static>(mut asking: JoinSet<T>) -> T {
    asking.join_next().await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn nothing_is_answered_before_it_is_persisted() {
    let town = Town::open().await;
    town.log.hold();
    let mut asking = ask(&town, 500);
    town.settle().await;
    assert!(asking.try_join_next().is_none() && town.events().await.is_empty());
    town.log.let_pass(1);
    assert_eq!(answer(asking).await.unwrap(), 500);
    assert_eq!(town.events().await.len(), 1);
}

#[test]
fn a_handler_that_answers_without_a_decision_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/events/unpersisted/*.rs");
}

#[tokio::test(start_paused = true)]
async fn the_state_survives_a_kill() {
    let town = Town::open().await;
    town.pay_in(500).await;
    assert!(town.control().kill());
    town.settle().await;
    assert_eq!(town.control().facts().incarnation, Incarnation::new(2));
    assert_eq!(town.balance().await, 500);
    assert_eq!(town.pay_in(1).await, 501);
}

#[tokio::test(start_paused = true)]
async fn the_state_survives_its_system_and_a_new_version_of_the_agent() {
    let town = Town::open().await;
    town.pay_in(500).await;
    let log = town.end().await;
    let town = Town::on(&log, |spec| spec, Recovery::Lazy).await;
    assert_eq!(town.balance().await, 500);
}

#[tokio::test(start_paused = true)]
async fn what_was_in_hand_at_a_kill_is_in_the_log_or_it_did_not_happen() {
    let town = Town::open().await;
    town.log.hold();
    let asking = ask(&town, 500);
    town.settle().await;
    town.control().kill();
    assert!(matches!(answer(asking).await, Err(CallError::Unknown { .. })));
    town.log.let_pass(10);
    assert_eq!(town.balance().await, town.events().await.len() as u64 * 500);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_request_is_answered_from_the_log_also_after_a_restart() {
    let mut town = Town::open().await;
    for round in 0..3 {
        let request = || town.account.within(std::time::Duration::from_secs(9)).idempotency_key("k");
        assert_eq!(request().ask(PayIn { cents: 500 }).await.unwrap(), 500, "round {round}");
        let other = town.account.within(std::time::Duration::from_secs(9)).idempotency_key("k");
        let refused = other.ask(Take { cents: 9_000_000 }).await;
        assert!(
            matches!(refused, Err(CallError::Refused(No::TooMuch))),
            "a refusal with events is remembered, too"
        );
        assert_eq!(town.events().await.len(), 2, "round {round}");
        if round == 1 {
            let log = town.end().await;
            town = Town::on(&log, |spec| spec, Recovery::Lazy).await;
        }
    }
    assert_eq!(town.balance().await, 500);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_led_to_nothing_is_done_when_it_is_repeated() {
    let town = Town::open().await;
    let request = || town.account.within(std::time::Duration::from_secs(9)).idempotency_key("k");
    let refused = request().ask(Take { cents: 100 }).await;
    assert!(matches!(refused, Err(CallError::Refused(No::TooLittle { balance: 0 }))));
    town.pay_in(150).await;
    assert_eq!(request().ask(Take { cents: 100 }).await.unwrap(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_none_comes_back_with_its_request() {
    let town = Town::open().await;
    let long = town.account.within(std::time::Duration::from_secs(9)).idempotency_key("k".repeat(257));
    let refused = long.ask(PayIn { cents: 1 }).await.unwrap_err();
    assert!(refused.to_string().contains("1 to 256 bytes"), "{refused}");
    assert!(refused.into_request().is_some() && town.events().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_decision_is_made_again_when_another_writer_was_faster() {
    let town = Town::open().await;
    town.pay_in(100).await;
    town.write("Taken@1", r#"{"cents":60}"#).await;
    let refused = town.account.ask(Take { cents: 50 }).await;
    assert!(matches!(refused, Err(CallError::Refused(No::TooLittle { balance: 40 }))), "{refused:?}");
    assert_eq!(town.pay_in(1).await, 41, "the reply is of the state that it was decided on");
}

#[tokio::test(start_paused = true)]
async fn a_state_is_recovered_when_it_starts_or_when_it_is_used() {
    let log = Town::open().await.end().await;
    let before = log.reads();
    let town = Town::on(&log, |spec| spec, Recovery::Lazy).await;
    town.settle().await;
    assert_eq!(log.reads(), before);
    town.balance().await;
    town.balance().await;
    assert_eq!(log.reads(), before + 1);
    let log = town.end().await;
    let town = Town::on(&log, |spec| spec, Recovery::Eager).await;
    assert_eq!(log.reads(), before + 2);
    town.balance().await;
    assert_eq!(log.reads(), before + 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_decided_and_cannot_be_applied_is_not_persisted_and_ends_the_agent() {
    let town = Town::open().await;
    town.pay_in(5).await;
    for what in [Change::Cursed, Change::Bomb] {
        let decreed = town.account.ask(Decree { what }).await;
        assert!(matches!(decreed, Err(CallError::Unknown { .. })));
        assert_eq!(town.balance().await, 5);
    }
    assert_eq!(town.events().await.len(), 1);
    assert_eq!(town.control().facts().incarnation, Incarnation::new(3));
}

/// An account with an event in its log that cannot be applied, freshly opened.
async fn poisoned(event_type: &str, data: &str, recovery: Recovery) -> Town {
    let town = Town::open().await;
    town.pay_in(100).await;
    town.write(event_type, data).await;
    town.write("PaidIn@2", r#"{"cents":7}"#).await;
    Town::on(&town.end().await, |spec| spec, recovery).await
}

#[tokio::test(start_paused = true)]
async fn a_poison_event_suspends_the_agent_with_its_place_and_the_reason_and_burns_no_restart() {
    for (event_type, data, reason) in [
        ("Cursed@1", "null", "it is cursed"),
        ("Bomb@1", "null", "it went off"),
        ("Taken@1", r#"{"cents":900}"#, "100 are not 900"),
        ("Taken@1", r#"{"amount":9}"#, "missing field `cents`"),
        ("Burnt@1", "{}", "unknown variant"),
        ("PaidIn@9", "{}", "newer version"),
        ("PaidIn@1", "{}", "expected units"),
    ] {
        for recovery in [Recovery::Eager, Recovery::Lazy] {
            let town = poisoned(event_type, data, recovery).await;
            town.settle().await;
            for _ in 0..20 {
                match town.account.ask(PayIn { cents: 1 }).await.unwrap_err() {
                    CallError::Suspended { request, reason: told } => {
                        assert_eq!(request.cents, 1);
                        let place = format!("event 2 of {} ({event_type}", town.key());
                        assert!(told.starts_with(&place), "{told}");
                        assert!(told.contains(reason), "{told} does not say {reason}");
                    }
                    other => panic!("{other:?}"),
                }
            }
            let facts = town.control().facts();
            assert_eq!((facts.state.stage(), facts.incarnation), (Stage::Suspended, Incarnation::FIRST));
            assert_eq!(town.events().await.len(), 3, "nothing is written");
        }
    }
}

fn correction(instead: Option<(&str, &str)>) -> Correction {
    let instead = instead.map(|(event_type, data)| Replacement {
        event_type: event_type.parse().unwrap(),
        data: Json::parse(data).unwrap(),
    });
    Correction { sequence: Sequence::new(2), instead, by: "ada".to_owned(), why: "it was a test".to_owned() }
}

#[tokio::test(start_paused = true)]
async fn a_poison_event_is_passed_over_or_replaced_and_the_log_says_who_decided_that() {
    for (instead, balance) in [(None, 107), (Some(("Taken@1", r#"{"cents":30}"#)), 77)] {
        let town = poisoned("Cursed@1", "null", Recovery::Eager).await;
        town.settle().await;
        town.control().resume().unwrap();
        assert!(town.account.ask(Read).await.is_err(), "resuming alone does not help");
        let now = Timestamp::from_micros(5);
        correct(&*town.log, &town.key(), &correction(instead), now).await.unwrap();
        town.control().resume().unwrap();
        assert_eq!(town.balance().await, balance);
        assert_eq!(town.pay_in(1).await, balance + 1);
        let events = town.events().await;
        assert_eq!(events[1].event_type.to_string(), "Cursed@1", "it stays where it is");
        assert_eq!(events[3].metadata.by.as_deref(), Some("ada"));
        assert!(events[3].data.as_str().contains("it was a test"));
        let log = town.end().await;
        assert_eq!(Town::on(&log, |spec| spec, Recovery::Lazy).await.balance().await, balance + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_appended_while_it_was_suspended_is_seen_when_it_is_resumed() {
    let town = Town::open().await;
    town.pay_in(5).await;
    town.control().suspend("the books are looked at").unwrap();
    town.write("PaidIn@2", r#"{"cents":7}"#).await;
    town.control().resume().unwrap();
    assert_eq!(town.balance().await, 12);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_cannot_be_corrected() {
    let town = Town::open().await;
    town.pay_in(1).await;
    let refused = correct(&*town.log, &town.key(), &correction(None), Timestamp::default()).await;
    assert!(matches!(refused, Err(CorrectError::NoSuchEvent { last, .. }) if last.number() == 1));
}

#[tokio::test(start_paused = true)]
async fn a_log_without_room_suspends_the_agent_which_goes_on_by_itself() {
    let full = || AppendError::Full { source: Arc::new(std::io::Error::other("no space left")) };
    let town = Town::open().await;
    town.pay_in(100).await;
    town.log.fail(full());
    match town.account.ask(PayIn { cents: 1 }).await.unwrap_err() {
        CallError::Suspended { request, reason } => {
            assert_eq!(request.cents, 1);
            assert!(reason.contains("no room"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert!(town.account.ask(Read).await.is_err());
    town.system.clock().sleep(std::time::Duration::from_millis(1_001)).await;
    assert_eq!(town.balance().await, 100, "what was not persisted did not happen");
    assert_eq!(town.pay_in(1).await, 101);
    assert_eq!(town.control().facts().incarnation, Incarnation::FIRST);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_damaged_suspends_the_agent_until_somebody_resumes_it() {
    let town = Town::open().await;
    let damage = Damage::new(DamagedPlace::File, "a bit");
    town.log.fail(AppendError::Damaged(damage));
    assert!(matches!(town.account.ask(PayIn { cents: 1 }).await, Err(CallError::Suspended { .. })));
    town.system.clock().sleep(std::time::Duration::from_secs(60)).await;
    assert_eq!(town.control().facts().state.stage(), Stage::Suspended);
    town.control().resume().unwrap();
    assert_eq!(town.pay_in(1).await, 1);
}

#[tokio::test(start_paused = true)]
async fn an_append_of_which_nothing_is_known_leaves_the_asker_with_unknown_and_the_log_decides() {
    let town = Town::open().await;
    town.log.fail(AppendError::Unknown);
    assert!(matches!(town.account.ask(PayIn { cents: 1 }).await, Err(CallError::Unknown { .. })));
    assert_eq!(town.balance().await, 0);
    assert_eq!(town.control().facts().incarnation, Incarnation::new(2));
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_taken_every_so_many_events_and_only_what_follows_is_read() {
    let every = |spec: EventSourcedSpec<Account>| spec.snapshot_every(NonZeroU64::new(10).unwrap());
    let town = Town::on(&Moody::new(), every, Recovery::Eager).await;
    for _ in 0..25 {
        town.pay_in(1).await;
    }
    town.settle().await;
    let newest = town.log.inside.snapshot(&town.key(), Sequence::END).await.unwrap().unwrap();
    assert_eq!(newest.sequence.number(), 20);
    let recovered = recover::<Account>(&*town.log, &town.key(), &(), AsOf::Now).await.unwrap();
    assert_eq!((recovered.snapshot.number(), recovered.sequence.number()), (20, 25));
    assert_eq!(recovered.state, Account { balance: 25, changes: 25 });
    let compaction =
        Compaction { agent: town.key(), up_to: Sequence::new(20), keep_answers_since: Timestamp::default() };
    town.log.compact(compaction).await.unwrap();
    let log = town.end().await;
    assert_eq!(Town::on(&log, every, Recovery::Lazy).await.balance().await, 25);
}

#[tokio::test(start_paused = true)]
async fn a_state_is_shown_as_of_a_sequence_and_as_of_a_time() {
    let town = Town::open().await;
    let mut times = Vec::new();
    for cents in 1..=5 {
        town.pay_in(cents).await;
        times.push(Timestamp::from(town.system.clock().wall()));
        town.system.clock().sleep(std::time::Duration::from_secs(60)).await;
    }
    for (index, balance) in [1, 3, 6, 10, 15].into_iter().enumerate() {
        for as_of in [AsOf::Sequence(Sequence::new(index as u64 + 1)), AsOf::Time(times[index])] {
            let then = recover::<Account>(&*town.log, &town.key(), &(), as_of).await.unwrap();
            assert_eq!(then.state.balance, balance, "{as_of:?}");
        }
    }
    let before =
        recover::<Account>(&*town.log, &town.key(), &(), AsOf::Time(Timestamp::default())).await.unwrap();
    assert_eq!(before.state, Account::default());
}

#[tokio::test(start_paused = true)]
async fn a_stream_shows_what_is_persisted() {
    let town = Town::open().await;
    town.pay_in(3).await;
    let mut seen = town.account.subscribe(Watch).await.unwrap();
    assert_eq!(seen.next().await.unwrap().unwrap(), 3);
    assert!(seen.next().await.is_none());
    let town = poisoned("Cursed@1", "null", Recovery::Lazy).await;
    assert!(matches!(town.account.subscribe(Watch).await, Err(CallError::Suspended { .. })));
}

#[tokio::test(start_paused = true)]
async fn events_carry_the_version_of_a_state_with_replicas() {
    let here = Replica::new("here");
    let town = Town::on(
        &Moody::new(),
        |spec| spec.replica(Replica::new("here"), Resolution::LastWriter),
        Recovery::Eager,
    )
    .await;
    town.pay_in(1).await;
    town.pay_in(1).await;
    let town = Town::on(
        &town.end().await,
        |spec| spec.replica(Replica::new("here"), Resolution::LastWriter),
        Recovery::Eager,
    )
    .await;
    town.pay_in(1).await;
    let counts: Vec<_> = town.events().await.iter().map(|event| event.causality.get(&here)).collect();
    assert_eq!(counts, [1, 2, 3]);
    assert!(town.events().await.iter().all(|event| event.metadata.replica.as_ref() == Some(&here)));
}
