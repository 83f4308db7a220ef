//! Projections that cannot go on: they say why, spend no restart on it, and go on when they can.

use std::num::NonZeroU32;
use std::sync::Arc;

use mistersmith::events::*;
use mistersmith::routing::CallError;

use super::bank::Account;
use super::views::*;

async fn is_poisoned<M: Kept>(model: Arc<M>, cents: u64, reason: &str) {
    let log = Arc::new(MemoryLog::new());
    let mut last = Position::START;
    for cents in [5, 7, cents, 11] {
        last = pay_in(&*log, 1, cents).await;
    }
    let views = Views::open(&model, &log).await;
    let (why, place) = views.suspended().await;
    let poison = EventPlace { agent: account(1), sequence: Sequence::new(3) };
    assert_eq!(place.as_ref(), Some(&poison));
    assert!(why.contains(reason) && why.contains("event 3 of"), "{why}");
    let progress = views.handle.progress();
    assert_eq!((progress.position.number(), progress.lag()), (2, 2), "what is before it is there");
    assert_eq!(model.balances().await["account-1"], 12, "nothing of it is kept");
    let asked = views.system.find::<Projecting>();
    assert!(asked.is_err() || matches!(asked.unwrap().ask(HowFar).await, Err(CallError::Suspended { .. })));
    assert_eq!(views.control().facts().incarnation.number(), 1, "no restart is spent on it");

    let (mut watch, applied) = (views.handle.watch(), views.applied());
    views.control().resume().unwrap();
    soon(watch.changed()).await.unwrap();
    assert_eq!(views.suspended().await.1, Some(poison.clone()), "it fails again");
    assert!(views.applied() > applied, "it is tried again");
    let instead =
        Replacement { event_type: "PaidIn@2".parse().unwrap(), data: Json::parse(r#"{"cents":6}"#).unwrap() };
    let (by, why) = ("a person".to_owned(), "it was a slip".to_owned());
    let correction = Correction { sequence: poison.sequence, instead: Some(instead), by, why };
    correct(&*log, &account(1), &correction, Timestamp::from_micros(2)).await.unwrap();
    views.control().resume().unwrap();
    soon(views.handle.reached(last.next())).await;
    assert_eq!(model.balances().await["account-1"], 5 + 7 + 6 + 11);
}

#[tokio::test]
async fn a_poison_event_suspends_the_projection_and_nothing_of_it_is_kept() {
    for (cents, reason) in [(666, "666 is poison"), (13, "13 is a panic")] {
        is_poisoned(in_memory(), cents, reason).await;
        is_poisoned(in_file(&tempfile::tempdir().unwrap()), cents, reason).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_does_not_work_is_tried_again_every_second() {
    let (model, log, views) = slow(100, 3).await;
    let (before, last) = (views.system.clock().now(), pay_in(&*log, 1, 5).await);
    assert!(views.suspended().await.0.contains("no disk"));
    soon(views.handle.reached(last)).await;
    assert_eq!((views.system.clock().now() - before).as_secs(), 3);
    assert_eq!(model.inside.balances().await["account-1"], 5);
}

#[tokio::test]
async fn a_model_that_has_seen_more_than_the_log_has_is_not_filled_from_it() {
    let model = in_memory();
    let log = Arc::new(MemoryLog::new());
    let views = Views::open(&model, &log).await;
    let last = pay_in(&*log, 1, 5).await;
    soon(views.handle.reached(pay_in(&*log, 1, 5).await)).await;
    views.system.stop().await;

    let other = Arc::new(MemoryLog::new());
    assert_eq!(pay_in(&*other, 1, 1).await, last);
    let views = Views::open(&model, &other).await;
    let (reason, _) = views.suspended().await;
    assert!(reason.contains("up to position 2, and the log ends at 1"), "{reason}");
    views.handle.rebuild();
    let mut watch = views.handle.watch();
    soon(watch.wait_for(|progress| progress.standing == Standing::Following)).await.unwrap();
    soon(views.handle.reached(pay_in(&*other, 1, 1).await)).await;
    assert_eq!(model.balances().await["account-1"], 2);
}

#[tokio::test]
async fn a_projection_that_would_miss_compacted_events_is_suspended_unless_gaps_are_accepted() {
    let log = Arc::new(MemoryLog::new());
    for cents in 1..=3 {
        pay_in(&*log, 1, cents).await;
    }
    let (agent, sequence, timestamp) = (account(1), Sequence::new(2), Timestamp::from_micros(2));
    let (version, causality, state) =
        (NonZeroU32::MIN, VectorClock::new(), Json::of(&Account::default()).unwrap());
    log.save(Snapshot { agent, sequence, timestamp, version, causality, state }).await.unwrap();
    let keep_answers_since = Timestamp::default();
    log.compact(Compaction { agent: account(1), up_to: sequence, keep_answers_since }).await.unwrap();
    let views = Views::open(&in_memory(), &log).await;
    assert!(views.suspended().await.0.contains("up to position 2 were compacted"));
    let model = in_memory();
    let views = Views::of::<_, 1>(model.clone(), &log, 1, ProjectionSpec::with_gaps).await;
    soon(views.handle.reached(Position::new(3))).await;
    assert_eq!(model.balances().await["account-1"], 3);
}
