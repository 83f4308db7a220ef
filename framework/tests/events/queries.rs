//! The history of a value of a state: each of its changes, with the event that made it.

use std::sync::Arc;

use mistersmith::events::*;

use super::bank::*;
use super::entries::*;

/// The history of the balance of account 0.
async fn balances(log: &Arc<MemoryLog>, since: u64) -> ValueHistory<Account, u64> {
    let (log, since) = (Arc::clone(log), Sequence::new(since));
    ValueHistory::of(log, agent(0), (), since, |account: &Account| account.balance).await.unwrap()
}

/// From, to, and the number of the event, of each change that is left.
async fn changes(history: &mut ValueHistory<Account, u64>) -> Vec<(u64, u64, u64)> {
    let mut changes = Vec::new();
    while let Some(ValueChange { from, to, event, .. }) = history.next().await.unwrap() {
        changes.push((from, to, event.sequence.number()));
    }
    changes
}

#[tokio::test]
async fn the_history_of_a_value_is_each_of_its_changes_with_the_event_that_made_it() {
    // Pages of two events: nothing depends on what is on one page.
    let log = Arc::new(MemoryLog::with_limits(LogLimits { page_events: 2, ..LogLimits::default() }));
    let mut caused = paid_in(5);
    caused.metadata.cause = Some(place(3, 17));
    let suspicious = event("Suspicious@1", r#"{"cents":9}"#);
    for event in [suspicious.clone(), caused, paid_in(0), suspicious, paid_in(2)] {
        append(&*log, 0, event).await;
    }
    let mut history = balances(&log, 0).await;
    let first = history.next().await.unwrap().unwrap();
    assert_eq!((first.from, first.to, first.event.place()), (0, 5, place(0, 2)));
    assert_eq!(first.event.metadata.cause, Some(place(3, 17)));
    assert_eq!(changes(&mut history).await, [(5, 7, 5)]);
    append(&*log, 0, paid_in(1)).await;
    assert_eq!(changes(&mut history).await, [(7, 8, 6)], "it goes on with what has come since");
    assert_eq!(changes(&mut balances(&log, 2).await).await, [(5, 7, 5), (7, 8, 6)]);
}

#[tokio::test]
async fn a_history_stops_at_a_poison_event_and_goes_on_when_it_is_corrected() {
    let log = Arc::new(MemoryLog::new());
    for event in [paid_in(5), event("Cursed@1", "null"), paid_in(2)] {
        append(&*log, 0, event).await;
    }
    let mut history = balances(&log, 0).await;
    assert_eq!(history.next().await.unwrap().unwrap().to, 5);
    for _ in 0..2 {
        let error = history.next().await.unwrap_err().to_string();
        assert!(error.contains("event 2") && error.contains("it is cursed"), "{error}");
    }
    let (by, why) = ("a person".to_owned(), "a curse is no event".to_owned());
    let correction = Correction { sequence: Sequence::new(2), instead: None, by, why };
    correct(&*log, &agent(0), &correction, Timestamp::from_micros(8)).await.unwrap();
    // The cursed event had changed the balance before it failed; nothing of that is left.
    assert_eq!(changes(&mut history).await, [(5, 7, 3)]);
}

#[tokio::test]
async fn where_older_events_were_compacted_a_history_begins_at_the_oldest_snapshot() {
    let log = Arc::new(MemoryLog::new());
    for cents in 1..=6 {
        append(&*log, 0, paid_in(cents)).await;
    }
    for (sequence, balance) in [(4, 10), (5, 15)] {
        let state = Json::of(&Account { balance, changes: sequence }).unwrap();
        let (agent, sequence) = (agent(0), Sequence::new(sequence));
        let (version, causality) = (std::num::NonZeroU32::MIN, VectorClock::new());
        let timestamp = Timestamp::from_micros(8);
        log.save(Snapshot { agent, sequence, timestamp, version, causality, state }).await.unwrap();
    }
    let (up_to, keep_answers_since) = (Sequence::new(3), Timestamp::default());
    log.compact(Compaction { agent: agent(0), up_to, keep_answers_since }).await.unwrap();
    let mut history = balances(&log, 0).await;
    assert_eq!((history.began_after().number(), *history.value()), (4, 10));
    assert_eq!(changes(&mut history).await, [(10, 15, 5), (15, 21, 6)]);
    assert_eq!(balances(&log, 5).await.began_after().number(), 5);
}
