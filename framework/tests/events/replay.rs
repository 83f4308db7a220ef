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
