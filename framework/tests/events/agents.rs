//! Event-sourced agents: persisted before answered, and recovered after every kind of end.

use std::num::NonZeroU64;

use mistersmith::contract::Ask;
use mistersmith::events::*;
use mistersmith::identity::{Incarnation, Version};
use mistersmith::routing::{AskError, CallError, Retry};
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
async fn the_state_survives_its_system() {
    let town = Town::open().await;
    town.pay_in(500).await;
    let log = town.end().await;
    let town = Town::on(&log, |spec| spec, Recovery::Lazy).await;
    assert_eq!(town.balance().await, 500);
}

#[tokio::test(start_paused = true)]
async fn the_state_survives_a_new_version_of_the_agent() {
    let town = Town::open().await;
    town.pay_in(500).await;
    town.write("PaidIn@1", r#"{"units":3}"#).await;
    let spec = EventSourcedSpec::<Account>::new((), town.log.clone(), Recovery::Lazy);
    let new = spec.agent("account").unwrap().version(Version::new(2, 0, 0));
    let limit = std::time::Duration::from_secs(9);
    let upgraded = town.system.upgrade_agent(&town.control(), &new, limit).await.unwrap();
    assert_eq!((&upgraded.id.version, &upgraded.id), (&Version::new(2, 0, 0), town.control().id()));
    let account = town.system.find::<Bank>().unwrap();
    assert_eq!(account.ask(PayIn { cents: 1 }).await.unwrap(), 801);
    assert_eq!(town.events().await.len(), 3, "it goes on with the events of the old version");
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
async fn a_recorded_answer_of_another_form_is_told_to_the_asker_and_leaves_the_agent_alone() {
    let town = Town::open().await;
    let answers = [r#"{"balance":500}"#, "\"too much\""].map(|json| Json::parse(json).unwrap());
    let [reply, refusal] = answers;
    let answers = [("of then", RecordedAnswer::Reply(reply)), ("no", RecordedAnswer::Refusal(refusal))];
    for (number, (key, answer)) in answers.clone().into_iter().enumerate() {
        let paid_in = Json::parse(r#"{"cents":500}"#).unwrap();
        let mut event = NewEvent::new(Timestamp::from_micros(1), "PaidIn@2".parse().unwrap(), paid_in);
        event.metadata.answered =
            Some(Answered { key: RequestKey::new(PayIn::ACTION, key).unwrap(), answer });
        let before = Sequence::new(number as u64);
        town.log.inside.append(Append::new(town.key(), before, [event])).await.unwrap();
    }
    for (number, (key, _)) in answers.iter().enumerate().cycle().take(20) {
        let request = town.account.within(std::time::Duration::from_secs(9)).idempotency_key(*key);
        match request.ask(PayIn { cents: 500 }).await.unwrap_err() {
            error @ CallError::AnswerUnreadable { .. } => {
                let event = format!("recorded with event {} is of another form: ", number + 1);
                assert!(error.to_string().contains(&event), "{error}");
                assert_eq!(error.retry(), Retry::Never);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(town.control().facts().incarnation, Incarnation::FIRST);
    assert_eq!(town.events().await.len(), 2, "nothing was done again");
    assert_eq!(town.pay_in(1).await, 1_001);
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
async fn a_decision_may_look_at_the_events_that_its_state_is_made_of() {
    let town = Town::open().await;
    for _ in 0..3 {
        town.pay_in(1).await;
    }
    town.write("PaidIn@2", r#"{"cents":7}"#).await;
    assert_eq!(town.account.ask(Since { sequence: 1 }).await.unwrap(), [2, 3], "4 is not in the state yet");
    town.pay_in(1).await;
    assert_eq!(town.account.ask(Since { sequence: 1 }).await.unwrap(), [2, 3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_shows_what_is_persisted() {
    let town = Town::open().await;
    town.pay_in(3).await;
    let mut seen = town.account.subscribe(Watch).await.unwrap();
    assert_eq!(seen.next().await.unwrap().unwrap(), 3);
    assert!(seen.next().await.is_none());
    let town = Town::poisoned("Cursed@1", "null", Recovery::Lazy).await;
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
