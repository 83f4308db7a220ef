//! Replay is the same however the history is cut.

use std::num::NonZeroU32;

use mistersmith::events::*;
use mistersmith::testing::event_log::account;
use proptest::prelude::*;

use super::bank::Account;

/// The events of a history, as they lie in a log, old forms among them.
fn history() -> impl Strategy<Value = Vec<NewEvent>> {
    let event = prop_oneof![
        (0_u64..1000).prop_map(|cents| ("PaidIn@2", format!("{{\"cents\":{cents}}}"))),
        (0_u64..10).prop_map(|units| ("PaidIn@1", format!("{{\"units\":{units}}}"))),
        (0_u64..9).prop_map(|cents| ("Suspicious@1", format!("{{\"cents\":{cents}}}"))),
    ];
    let event = event.prop_map(|(event_type, data)| {
        NewEvent::new(Timestamp::default(), event_type.parse().unwrap(), Json::parse(data).unwrap())
    });
    proptest::collection::vec(event, 1..40)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

proptest! {
    #[test]
    fn any_split_into_a_snapshot_and_a_tail_gives_the_state_of_the_whole(events in history(), at in any::<prop::sample::Index>(), compact: bool) {
        runtime().block_on(async {
            let log = MemoryLog::new();
            let count = events.len() as u64;
            log.append(Append::new(account(1), Sequence::START, events)).await.unwrap();
            let whole = recover::<Account>(&log, &account(1), &(), AsOf::Now).await.unwrap();
            let split = Sequence::new(at.index(count as usize + 1) as u64);
            let head = recover::<Account>(&log, &account(1), &(), AsOf::Sequence(split)).await.unwrap();
            prop_assert_eq!(head.sequence, split);
            let snapshot = Snapshot {
                agent: account(1),
                sequence: split,
                timestamp: Timestamp::default(),
                version: NonZeroU32::MIN,
                causality: head.causality,
                state: Json::of(&head.state.snapshot()).unwrap(),
            };
            log.save(snapshot).await.unwrap();
            if compact {
                let keep_answers_since = Timestamp::default();
                log.compact(Compaction { agent: account(1), up_to: split, keep_answers_since }).await.unwrap();
            }
            let again = recover::<Account>(&log, &account(1), &(), AsOf::Now).await.unwrap();
            prop_assert_eq!(again.snapshot, split);
            prop_assert_eq!((again.state, again.sequence), (whole.state, whole.sequence));
            Ok(())
        })?;
    }
}

/// A log with four payments, of 1 to 4 cents, at 10, 20, 30 and 40 microseconds.
async fn four_payments() -> MemoryLog {
    let log = MemoryLog::new();
    let paid_in = |cents: u64| {
        let data = Json::parse(format!("{{\"cents\":{cents}}}")).unwrap();
        NewEvent::new(Timestamp::from_micros(cents * 10), "PaidIn@2".parse().unwrap(), data)
    };
    log.append(Append::new(account(1), Sequence::START, (1..=4).map(paid_in))).await.unwrap();
    log
}

/// Saves a snapshot that was taken 5 microseconds after its last event.
async fn save(log: &MemoryLog, sequence: u64, version: u32, state: &str) {
    let (agent, causality) = (account(1), VectorClock::new());
    let (timestamp, version) = (Timestamp::from_micros(sequence * 10 + 5), NonZeroU32::new(version).unwrap());
    let (sequence, state) = (Sequence::new(sequence), Json::parse(state).unwrap());
    log.save(Snapshot { agent, sequence, timestamp, version, causality, state }).await.unwrap();
}

async fn compact(log: &MemoryLog, up_to: u64) {
    let (up_to, keep_answers_since) = (Sequence::new(up_to), Timestamp::default());
    log.compact(Compaction { agent: account(1), up_to, keep_answers_since }).await.unwrap();
}

async fn recovered(log: &MemoryLog, as_of: AsOf) -> Result<(u64, u64), RecoverError> {
    let recovered = recover::<Account>(log, &account(1), &(), as_of).await?;
    Ok((recovered.sequence.number(), recovered.state.balance))
}

#[tokio::test]
async fn where_events_were_compacted_a_time_is_told_from_when_their_snapshot_was_taken() {
    let log = four_payments().await;
    save(&log, 1, 1, r#"{"money":77}"#).await;
    save(&log, 2, 1, r#"{"balance":3,"changes":2}"#).await;
    save(&log, 4, 1, r#"{"balance":10,"changes":4}"#).await;
    let at = |micros| AsOf::Time(Timestamp::from_micros(micros));
    assert_eq!(recovered(&log, at(24)).await.unwrap(), (2, 3), "nothing is gone yet");
    compact(&log, 1).await;
    for (micros, expected) in [(25, (2, 3)), (30, (3, 6)), (39, (3, 6)), (40, (4, 10)), (u64::MAX, (4, 10))] {
        assert_eq!(recovered(&log, at(micros)).await.unwrap(), expected, "at {micros}");
    }
    let error = recovered(&log, at(24)).await.unwrap_err();
    let told = error.to_string();
    let RecoverError::TooEarly(early) = error else { panic!("{error:?}") };
    assert_eq!((early.time.as_micros(), early.taken.as_micros()), (24, 25));
    assert_eq!((early.compacted.number(), early.sequence.number()), (1, 2));
    assert!(
        told.contains("00:00:00.000024Z cannot be told")
            && told.contains("taken at 1970-01-01T00:00:00.000025Z"),
        "{told}"
    );
    compact(&log, 4).await;
    assert_eq!(recovered(&log, at(45)).await.unwrap(), (4, 10));
    assert!(matches!(recovered(&log, at(44)).await, Err(RecoverError::TooEarly(_))));
}

#[tokio::test]
async fn where_events_were_compacted_a_snapshot_that_cannot_be_used_is_named_with_what_to_do() {
    let of_another_version = (7, r#"{"balance":3,"changes":2}"#, "expected version 1 of its form, got 7");
    let not_restored = (1, r#"{"money":77}"#, "missing field `balance`");
    for (version, state, why) in [of_another_version, not_restored] {
        let log = four_payments().await;
        save(&log, 2, version, state).await;
        assert_eq!(recovered(&log, AsOf::Now).await.unwrap(), (4, 10), "the events are there");
        compact(&log, 2).await;
        for as_of in [AsOf::Now, AsOf::Sequence(Sequence::new(3)), AsOf::Time(Timestamp::from_micros(99))] {
            let error = recovered(&log, as_of).await.unwrap_err();
            let told = error.to_string();
            assert!(told.contains("after event 2 ") && told.contains("up to 2 were compacted"), "{told}");
            assert!(
                told.contains(why) && told.contains("run the version of the agent that wrote it"),
                "{told}"
            );
            let RecoverError::Snapshot(useless) = error else { panic!("{error:?}") };
            assert_eq!((useless.sequence.number(), useless.compacted.number()), (2, 2));
        }
        // Another one stands for them, too.
        save(&log, 3, 1, r#"{"balance":6,"changes":3}"#).await;
        assert_eq!(recovered(&log, AsOf::Now).await.unwrap(), (4, 10));
        assert_eq!(recovered(&log, AsOf::Time(Timestamp::from_micros(35))).await.unwrap(), (3, 6));
    }
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_used_is_passed_over() {
    let log = MemoryLog::new();
    let paid_in = |cents: u64| {
        let data = Json::parse(format!("{{\"cents\":{cents}}}")).unwrap();
        NewEvent::new(Timestamp::default(), "PaidIn@2".parse().unwrap(), data)
    };
    log.append(Append::new(account(1), Sequence::START, (1..=4).map(paid_in))).await.unwrap();
    let save = async |sequence, version, state: &str| {
        let (sequence, state) = (Sequence::new(sequence), Json::parse(state).unwrap());
        let (agent, timestamp) = (account(1), Timestamp::default());
        let causality = VectorClock::new();
        log.save(Snapshot { agent, sequence, timestamp, version, causality, state }).await.unwrap();
    };
    save(1, NonZeroU32::MIN, r#"{"balance":1,"changes":1}"#).await;
    save(2, NonZeroU32::MIN.saturating_add(1), r#"{"balance":77,"changes":1}"#).await;
    save(3, NonZeroU32::MIN, r#"{"money":77}"#).await;
    let recovered = recover::<Account>(&log, &account(1), &(), AsOf::Now).await.unwrap();
    assert_eq!((recovered.snapshot.number(), recovered.state.balance), (1, 10));
}
