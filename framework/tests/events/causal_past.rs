//! What could have influenced an event.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mistersmith::events::*;
use proptest::prelude::*;

use super::bank::*;
use super::entries::*;

/// The whole past of an event, in the order in which it is told.
async fn past(log: &Arc<MemoryLog>, event: EventPlace) -> Vec<Influence> {
    whole(CausalPast::of(log.clone(), event).await.unwrap()).await
}

async fn whole(mut past: CausalPast) -> Vec<Influence> {
    let mut found = Vec::new();
    while let Some(influence) = past.next().await.unwrap() {
        found.push(influence);
    }
    found
}

fn events(past: &[Influence]) -> Vec<StateEvent> {
    let event = |influence: &Influence| match influence {
        Influence::Event { event, .. } => StateEvent::clone(event),
        other => panic!("expected an event, got {other:?}"),
    };
    past.iter().map(event).collect()
}

/// Agents, each with the place in the log of the event that caused it, if one did.
type Script = Vec<(usize, Option<usize>)>;

/// Events of four agents, each perhaps caused by one before it.
fn scripts() -> impl Strategy<Value = Script> {
    let event = (0_usize..4, proptest::option::of(any::<prop::sample::Index>()));
    proptest::collection::vec(event, 1..150).prop_map(|events| {
        let cause =
            |at: usize, cause: Option<prop::sample::Index>| cause.filter(|_| at > 0).map(|it| it.index(at));
        events.into_iter().enumerate().map(|(at, (agent, it))| (agent, cause(at, it))).collect()
    })
}

/// What the past of each event is, by following every arrow.
fn model(script: &Script) -> Vec<BTreeSet<usize>> {
    let mut pasts: Vec<BTreeSet<usize>> = Vec::new();
    let mut last = BTreeMap::new();
    for (at, (agent, cause)) in script.iter().enumerate() {
        let behind = last.insert(agent, at).into_iter().chain(*cause);
        pasts.push(behind.flat_map(|before| pasts[before].iter().copied().chain([before])).collect());
    }
    pasts
}

async fn written(script: &Script) -> Arc<MemoryLog> {
    let log = Arc::new(MemoryLog::with_limits(LogLimits { page_events: 3, ..LogLimits::default() }));
    let mut places = Vec::new();
    for (number, cause) in script {
        let mut event = paid_in(1);
        event.metadata.cause = cause.map(|cause: usize| EventPlace::clone(&places[cause]));
        append(&*log, *number, event).await;
        places.push(EventPlace { agent: agent(*number), sequence: log.last(&agent(*number)).await.unwrap() });
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_causal_past_is_every_event_that_an_arrow_leads_from_the_newest_first(script in scripts()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let log = written(&script).await;
            for (at, expected) in model(&script).into_iter().enumerate() {
                let position = Position::new(at as u64);
                let event = log.read(Query::all(position).limit(1)).await.unwrap().events.remove(0);
                let past = past(&log, event.place()).await;
                let found: Vec<_> = events(&past).iter().map(|event| event.position.number() as usize - 1).collect();
                let expected: Vec<_> = expected.into_iter().rev().collect();
                assert_eq!(found, expected, "of {at}");
            }
        });
    }
}

#[tokio::test]
async fn a_causal_past_says_what_each_event_led_to_and_how() {
    let log = written(&vec![(0, None), (1, Some(0)), (1, None), (2, Some(2))]).await;
    let past = past(&log, place(2, 1)).await;
    let links: Vec<_> = past
        .iter()
        .map(|influence| match influence {
            Influence::Event { event, led_to, link } => (event.place(), led_to.clone(), *link),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        links,
        [
            (place(1, 2), place(2, 1), Link::Cause),
            (place(1, 1), place(1, 2), Link::Predecessor),
            (place(0, 1), place(1, 1), Link::Cause),
        ]
    );
}

/// Appends an event of one of two replicas of an agent, which knew of so many changes of each, itself included.
async fn append_of(
    replica: &str,
    known: [u64; 2],
    log: &dyn EventLog,
    number: usize,
    cause: Option<EventPlace>,
) {
    let causality = ["here", "there"].map(Replica::new).into_iter().zip(known).collect();
    let metadata = Metadata { replica: Some(Replica::new(replica)), cause, ..Metadata::default() };
    append(log, number, NewEvent { causality, metadata, ..paid_in(1) }).await;
}

/// The numbers of the events of account 0, each with that of the one that it led to.
fn steps(past: &[Influence]) -> Vec<(u64, u64)> {
    let step = |influence: &Influence| match influence {
        Influence::Event { event, led_to, link: Link::Predecessor } => {
            (event.sequence.number(), led_to.sequence.number())
        }
        other => panic!("expected a predecessor, got {other:?}"),
    };
    past.iter().map(step).collect()
}

#[tokio::test]
async fn what_another_replica_changed_unknown_to_an_event_is_not_in_its_past() {
    let log = Arc::new(MemoryLog::new());
    // Two changes here, two there that knew of the first one here only, one without a version, as a correction is, and
    // one here that knew of all that have one.
    for (replica, known) in [("here", [1, 0]), ("here", [2, 0]), ("there", [1, 1]), ("there", [1, 2])] {
        append_of(replica, known, &*log, 0, None).await;
    }
    append(&*log, 0, paid_in(1)).await;
    append_of("here", [3, 2], &*log, 0, None).await;
    assert_eq!(steps(&past(&log, place(0, 4)).await), [(3, 4), (1, 3)]);
    assert_eq!(steps(&past(&log, place(0, 2)).await), [(1, 2)]);
    let all = steps(&past(&log, place(0, 6)).await);
    assert_eq!(all, [(4, 6), (3, 4), (2, 6), (1, 2)], "the third did not know of the second");
    assert_eq!(steps(&past(&log, place(0, 5)).await).len(), 4, "without a version it has all before it");
}

#[tokio::test]
async fn an_event_is_a_predecessor_of_one_that_knew_of_it_however_its_log_is_ordered() {
    let log = Arc::new(MemoryLog::new());
    for known in [[0, 1], [0, 2], [0, 3]] {
        append_of("there", known, &*log, 0, None).await;
    }
    // Here nobody knew of more than two of those for long, and then of three.
    for known in [[1, 2], [2, 1], [3, 3]] {
        append_of("here", known, &*log, 0, None).await;
    }
    let of_the_last = steps(&past(&log, place(0, 6)).await);
    assert_eq!(of_the_last, [(5, 6), (4, 5), (3, 6), (2, 3), (1, 2)]);
    assert_eq!(steps(&past(&log, place(0, 4)).await), [(2, 4), (1, 2)]);
}

#[tokio::test]
async fn a_cause_that_stands_in_the_log_of_another_replica_is_told_and_not_followed() {
    let log = Arc::new(MemoryLog::new());
    append_of("here", [1, 0], &*log, 0, None).await;
    append(&*log, 1, paid_in(1)).await;
    append_of("there", [1, 1], &*log, 0, Some(place(0, 1))).await;
    append_of("there", [1, 2], &*log, 0, Some(place(1, 1))).await;
    append_of("here", [2, 2], &*log, 0, Some(place(0, 2))).await;
    append_of("there", [0, 1], &*log, 2, Some(place(0, 1))).await;
    let on = async |replica, event| {
        whole(CausalPast::on(Replica::new(replica), log.clone(), event).await.unwrap()).await
    };
    let has_cause = |past: &[Influence], place: &EventPlace, of: &EventPlace| {
        past.iter().any(|influence| match influence {
            Influence::Event { event, led_to, link } => {
                (&event.place(), led_to, *link) == (place, of, Link::Cause)
            }
            _ => false,
        })
    };
    for (effect, cause, replica, other) in [
        (place(0, 2), place(0, 1), "there", "here"),
        (place(0, 4), place(0, 2), "here", "there"),
        (place(2, 1), place(0, 1), "there", "here"),
    ] {
        let (there, at) = (Replica::new(replica), effect.clone());
        let told = Influence::Elsewhere { cause: cause.clone(), effect: effect.clone(), replica: there };
        // Nobody has said whose log it is; it is said to be the other one's.
        for past in [past(&log, at.clone()).await, on(other, at.clone()).await] {
            assert!(past.contains(&told) && !has_cause(&past, &cause, &effect), "{past:?}");
        }
        let past = on(replica, at).await;
        assert!(!past.contains(&told) && has_cause(&past, &cause, &effect), "{past:?}");
    }
    let past = past(&log, place(0, 3)).await;
    assert!(
        has_cause(&past, &place(1, 1), &place(0, 3)),
        "the events of one without replicas have one place"
    );
}

#[tokio::test]
async fn what_is_missing_in_a_causal_past_is_said_and_a_circle_is_not_followed() {
    let log = Arc::new(MemoryLog::new());
    let caused_by = |cause: EventPlace| {
        let mut event = paid_in(1);
        event.metadata.cause = Some(cause);
        event
    };
    append(&*log, 0, caused_by(place(0, 2))).await;
    append(&*log, 0, caused_by(place(1, 1))).await;
    append(&*log, 1, caused_by(place(0, 1))).await;
    append(&*log, 1, caused_by(place(9, 5))).await;
    append(&*log, 2, caused_by(place(2, 1))).await;
    append(&*log, 2, caused_by(place(1, 2))).await;
    let found = past(&log, place(2, 2)).await;
    let oddities: Vec<_> =
        found.into_iter().filter(|influence| !matches!(influence, Influence::Event { .. })).collect();
    let never = |event, led_to| Influence::Missing { event, led_to, link: Link::Cause, compacted: false };
    let circle = |cause, effect| Influence::NotBefore { cause, effect };
    assert_eq!(
        oddities,
        [circle(place(2, 1), place(2, 1)), never(place(9, 5), place(1, 2)), circle(place(0, 2), place(0, 1))]
    );
    let found = past(&log, place(0, 2)).await;
    assert_eq!(found[0], circle(place(1, 1), place(0, 2)));

    let state = Json::of(&Account::default()).unwrap();
    let (version, causality, timestamp) =
        (std::num::NonZeroU32::MIN, VectorClock::new(), Timestamp::from_micros(8));
    let sequence = Sequence::new(1);
    log.save(Snapshot { agent: agent(1), sequence, timestamp, version, causality, state }).await.unwrap();
    let keep_answers_since = Timestamp::default();
    log.compact(Compaction { agent: agent(1), up_to: sequence, keep_answers_since }).await.unwrap();
    let gone = |led_to, link| Influence::Missing { event: place(1, 1), led_to, link, compacted: true };
    assert!(past(&log, place(2, 2)).await.contains(&gone(place(1, 2), Link::Predecessor)));
    assert_eq!(past(&log, place(0, 2)).await[0], gone(place(0, 2), Link::Cause));
    assert!(CausalPast::of(log.clone(), place(1, 1)).await.is_err(), "it is compacted itself");
    assert_eq!(past(&log, place(7, 1)).await, [], "what never was has no past");
}

#[tokio::test]
async fn of_a_long_past_only_what_is_asked_for_is_read() {
    let log = Moody::new();
    for _ in 0..10_000 {
        append(&*log, 0, paid_in(1)).await;
    }
    let mut past = CausalPast::of(log.clone(), place(0, 10_000)).await.unwrap();
    let before = log.reads();
    for sequence in (9_900..10_000).rev() {
        let Some(Influence::Event { event, .. }) = past.next().await.unwrap() else { panic!("it is there") };
        assert_eq!(event.sequence.number(), sequence);
    }
    assert!(log.reads() - before <= 10, "{}", log.reads() - before);
}
