//! The history of a value where the state has replicas: one for all of them, whatever each has seen when.

use std::fmt::Debug;
use std::sync::Arc;

use mistersmith::events::*;
use proptest::prelude::*;

use super::trail::*;

/// What there is to see: one state, or siblings.
type Sight = Vec<Vec<u64>>;

/// From, to, and the event, of each change.
type Changes<T> = Vec<(T, T, Dot)>;

fn sight(trails: &[Trail]) -> Sight {
    trails.iter().map(|trail| trail.numbers.clone()).collect()
}

async fn history<T: PartialEq + Clone + Debug + 'static>(
    place: &Place,
    select: fn(&[Trail]) -> T,
) -> ConvergedHistory<Trail, T> {
    let (log, strict) = (Arc::clone(&place.log), matches!(place.resolution, Resolution::Merge(_)));
    ConvergedHistory::of(log, place.key(), strict, place.resolution, select).await.unwrap()
}

async fn changes<T: PartialEq + Clone + Debug + 'static>(
    place: &Place,
    select: fn(&[Trail]) -> T,
) -> Changes<T> {
    let (mut history, mut changes) = (history(place, select).await, Vec::new());
    while let Some(ValueChange { from, to, event, .. }) = history.next().await.unwrap() {
        assert_eq!(*history.value(), to);
        changes.push((from, to, event.dot().unwrap()));
    }
    changes
}

fn dot(replica: &str, count: u64) -> Dot {
    Dot { replica: Replica::new(replica), count }
}

/// Two replicas that have met: change 1 is in common, then one has made 2, the other one 3 and 4.
async fn met(resolution: Resolution<Trail>) -> [Place; 2] {
    let (rome, oslo) = (Place::open("rome", resolution).await, Place::open("oslo", resolution).await);
    rome.write(1).await;
    oslo.meet(&rome).await;
    oslo.write(2).await;
    rome.write(3).await;
    rome.write(4).await;
    rome.meet(&oslo).await;
    [rome, oslo]
}

#[tokio::test(start_paused = true)]
async fn the_history_of_a_value_with_replicas_is_the_same_on_all_of_them() {
    let one = |numbers: &[u64]| vec![numbers.to_vec()];
    let together = [one(&[]), one(&[1]), one(&[1, 2]), one(&[1, 2, 3]), one(&[1, 2, 3, 4])];
    let apart =
        [one(&[]), one(&[1]), one(&[1, 2]), vec![vec![1, 2], vec![1, 3]], vec![vec![1, 2], vec![1, 3, 4]]];
    let dots = [dot("rome", 1), dot("oslo", 1), dot("rome", 2), dot("rome", 3)];
    for (resolution, values) in [(LAST_WRITER, &together), (MERGE, &together), (SIBLINGS, &apart)] {
        let pairs = values.windows(2).zip(&dots);
        let expected: Changes<Sight> =
            pairs.map(|(pair, dot)| (pair[0].clone(), pair[1].clone(), dot.clone())).collect();
        for place in met(resolution).await {
            assert_eq!(changes(&place, sight).await, expected, "{} {resolution:?}", place.name);
            let plain = ValueHistory::of(
                Arc::clone(&place.log),
                place.key(),
                false,
                Sequence::START,
                |trail: &Trail| trail.numbers.len(),
            );
            let mut plain = plain.await.unwrap();
            let refused = loop {
                match plain.next().await {
                    Ok(change) => assert!(change.is_some(), "it has come to an end"),
                    Err(error) => break error.to_string(),
                }
            };
            assert!(refused.contains("ConvergedHistory"), "it says what to use instead: {refused}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_events_that_change_the_value_are_told() {
    let [rome, oslo] = met(SIBLINGS).await;
    rome.write(5).await;
    oslo.meet(&rome).await;
    for place in [&rome, &oslo] {
        let told = changes(place, |trails| trails.len()).await;
        assert_eq!(told, [(1, 2, dot("rome", 2)), (2, 1, dot("rome", 4))]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_history_with_replicas_ends_at_a_poison_event_and_another_one_obeys_its_correction() {
    let [rome, _] = met(MERGE).await;
    let mut event = NewEvent::new(Timestamp::default(), "Cursed@1".parse().unwrap(), Json::null());
    event.causality = rome.anti_entropy.version(&rome.key()).await.unwrap().advanced(&rome.name);
    event.metadata.replica = Some(rome.name.clone());
    let sequence = rome.log.last(&rome.key()).await.unwrap();
    rome.log.append(Append::new(rome.key(), sequence, [event])).await.unwrap();
    let mut cut_short = history(&rome, sight).await;
    for _ in 0..4 {
        assert!(cut_short.next().await.unwrap().is_some());
    }
    for _ in 0..2 {
        let error = cut_short.next().await.unwrap_err().to_string();
        assert!(error.contains("event 5") && error.contains("it is cursed"), "{error}");
    }
    assert_eq!(cut_short.value(), &[[1, 2, 3, 4]]);
    let (by, why) = ("ada".to_owned(), "it was a test".to_owned());
    let correction = Correction { sequence: sequence.next(), instead: None, by, why };
    correct(&*rome.log, &rome.key(), &correction, Timestamp::default()).await.unwrap();
    assert_eq!(changes(&rome, sight).await.len(), 4);
}

/// What a replica shows that has the first events only, for each number of them.
async fn prefixes(place: &Place) -> Vec<(Sight, Dot)> {
    let mut events = place.log.read(Query::of(place.key(), Sequence::START)).await.unwrap().events;
    events.sort_by_key(|event| (event.causality.total(), event.dot()));
    let (log, mut shown) = (MemoryLog::new(), Vec::new());
    for event in events {
        let (last, dot) = (log.last(&place.key()).await.unwrap(), event.dot().unwrap());
        log.append(Append::new(place.key(), last, [event.into_new()])).await.unwrap();
        let strict = matches!(place.resolution, Resolution::Merge(_));
        let shows = recover_replica(&log, &place.key(), &strict, place.resolution, AsOf::Now).await.unwrap();
        shown.push((sight(&shows.siblings), dot));
    }
    shown
}

/// Who writes, or meets whom.
fn steps() -> impl Strategy<Value = Vec<(usize, Option<usize>)>> {
    proptest::collection::vec((0_usize..3, proptest::option::of(1_usize..3)), 0..20)
}

async fn play(steps: &[(usize, Option<usize>)], resolution: Resolution<Trail>) {
    let names = ["rome", "oslo", "bonn"];
    let mut places = Vec::new();
    for name in names {
        places.push(Place::open(name, resolution).await);
    }
    for (number, (place, by)) in steps.iter().enumerate() {
        match by {
            None => drop(places[*place].write(number as u64).await),
            Some(by) => places[*place].meet(&places[(place + by) % 3]).await,
        }
    }
    for place in &places {
        // Each change of a trail changes what is to be seen.
        let told = changes(place, sight).await;
        assert!(told.windows(2).all(|pair| pair[0].1 == pair[1].0));
        let told: Vec<_> = told.into_iter().map(|(_, to, dot)| (to, dot)).collect();
        assert_eq!(told, prefixes(place).await, "{}", place.name);
        assert_eq!(
            told.last().map_or_else(|| vec![Vec::new()], |(sight, _)| sight.clone()),
            place.look().await
        );
    }
}

proptest! {
    // Each starts three systems.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn after_each_event_a_history_with_replicas_has_what_its_resolution_makes_of_all_before(steps in steps()) {
        let paused = || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        for resolution in [LAST_WRITER, MERGE, SIBLINGS] {
            paused().unwrap().block_on(play(&steps, resolution));
        }
    }
}
