//! Agents with replicas: what each resolution makes of concurrent updates, and what a replica is made of again.

use std::sync::Arc;
use std::time::Duration;

use mistersmith::events::*;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::routing::CallError;

use super::trail::*;

/// Two replicas that have change 1 in common, and of which one has made 2, the other one 3 and 4.
async fn parted(resolution: Resolution<Trail>) -> [Place; 2] {
    let (rome, oslo) = (Place::open("rome", resolution).await, Place::open("oslo", resolution).await);
    rome.write(1).await;
    oslo.meet(&rome).await;
    oslo.write(2).await;
    rome.write(3).await;
    rome.write(4).await;
    [rome, oslo]
}

#[tokio::test(start_paused = true)]
async fn an_event_of_another_replica_is_seen_at_the_next_message() {
    let [rome, oslo] = parted(MERGE).await;
    assert_eq!((rome.look().await, oslo.look().await), (vec![vec![1, 3, 4]], vec![vec![1, 2]]));
    rome.meet(&oslo).await;
    assert_eq!((rome.look().await, oslo.look().await), (vec![vec![1, 2, 3, 4]], vec![vec![1, 2, 3, 4]]));
}

#[tokio::test(start_paused = true)]
async fn the_last_writer_is_the_one_who_knew_more_and_then_the_one_of_the_greater_name() {
    let [rome, oslo] = parted(LAST_WRITER).await;
    rome.meet(&oslo).await;
    for place in [&rome, &oslo] {
        // 2 and 3 knew of one change each, and oslo comes before rome; 4 knew of two.
        assert_eq!(place.look().await, [[1, 2, 3, 4]]);
    }
    rome.write(5).await;
    oslo.write(6).await;
    oslo.write(7).await;
    rome.meet(&oslo).await;
    for place in [&rome, &oslo] {
        assert_eq!(place.look().await, [[1, 2, 3, 4, 6, 5, 7]], "what was known counts, not the time");
    }
}

#[tokio::test(start_paused = true)]
async fn siblings_are_shown_until_a_write_that_has_seen_them() {
    let [rome, oslo] = parted(SIBLINGS).await;
    rome.meet(&oslo).await;
    for place in [&rome, &oslo] {
        assert_eq!(place.look().await, [vec![1, 2], vec![1, 3, 4]]);
    }
    assert_eq!(oslo.write(5).await, [1, 2, 3, 4, 5]);
    assert_eq!(oslo.look().await, [[1, 2, 3, 4, 5]]);
    assert_eq!(rome.look().await.len(), 2, "nobody has told it");
    // It has seen both, too, and knows nothing of the other one's write.
    assert_eq!(rome.write(6).await, [1, 2, 3, 4, 6]);
    rome.meet(&oslo).await;
    for place in [&rome, &oslo] {
        assert_eq!(place.look().await, [[1, 2, 3, 4, 5], [1, 2, 3, 4, 6]]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_to_one_sibling_leaves_the_other_where_nobody_has_seen_it() {
    let [rome, oslo] = parted(SIBLINGS).await;
    rome.write(5).await;
    rome.meet(&oslo).await;
    assert_eq!(oslo.look().await, [vec![1, 2], vec![1, 3, 4, 5]]);
}

#[tokio::test(start_paused = true)]
async fn a_merge_that_breaks_the_laws_still_leads_to_one_state() {
    let append = Resolution::Merge(|one: &Trail, other: &Trail| Trail {
        numbers: [one.numbers.clone(), other.numbers.clone()].concat(),
        strict: false,
    });
    let places =
        [Place::open("a", append).await, Place::open("b", append).await, Place::open("c", append).await];
    for (number, place) in places.iter().enumerate() {
        // Not strict, because what is seen is not what is made of it.
        place.write(number as u64).await;
    }
    for [one, other] in [[0, 1], [2, 1], [0, 2], [1, 0]] {
        places[one].meet(&places[other]).await;
    }
    for place in &places {
        assert_eq!(place.look().await, [[0, 1, 2]]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_with_a_key_is_answered_by_the_replica_that_its_answer_has_reached() {
    let [rome, oslo] = parted(MERGE).await;
    let limit = std::time::Duration::from_secs(9);
    let ask = async |place: &Place, number| {
        place.trail.within(limit).idempotency_key("k").ask(Write { number }).await.unwrap()
    };
    assert_eq!(ask(&rome, 5).await, [1, 3, 4, 5]);
    rome.meet(&oslo).await;
    assert_eq!(ask(&oslo, 5).await, [1, 3, 4, 5], "the answer of then");
    assert_eq!(oslo.look().await, [[1, 2, 3, 4, 5]], "it was done once");
}

#[tokio::test(start_paused = true)]
async fn a_request_with_a_key_that_was_done_on_both_sides_of_a_split_has_happened_twice() {
    let [rome, oslo] = parted(MERGE).await;
    let limit = std::time::Duration::from_secs(9);
    for (place, number) in [(&rome, 5), (&oslo, 6)] {
        place.trail.within(limit).idempotency_key("k").ask(Write { number }).await.unwrap();
    }
    rome.meet(&oslo).await;
    for (place, answer) in [(&rome, vec![1, 3, 4, 5]), (&oslo, vec![1, 2, 6])] {
        assert_eq!(place.look().await, [[1, 2, 3, 4, 5, 6]]);
        let again = place.trail.within(limit).idempotency_key("k").ask(Write { number: 9 }).await;
        assert_eq!(again.unwrap(), answer, "each answers as it did");
    }
}

/// An event that was written behind the agent's back.
fn cursed(replica: Option<&str>, version: &[(&str, u64)]) -> NewEvent {
    let mut event = NewEvent::new(Timestamp::default(), "Cursed@1".parse().unwrap(), Json::of(&()).unwrap());
    event.causality = version.iter().map(|(name, count)| (Replica::new(name), *count)).collect();
    event.metadata.replica = replica.map(Replica::new);
    event
}

#[tokio::test(start_paused = true)]
async fn what_a_replica_cannot_make_a_state_of_suspends_it_and_says_why() {
    for (event, reason) in [
        (cursed(Some("rome"), &[("rome", 4), ("oslo", 1)]), "it is cursed"),
        (cursed(None, &[]), "does not say on which replica it happened"),
        (cursed(Some("oslo"), &[("rome", 1)]), "does not say on which replica it happened"),
        (cursed(Some("oslo"), &[("oslo", 7), ("rome", 1)]), "knew of events that are not before it"),
    ] {
        let [rome, oslo] = parted(SIBLINGS).await;
        rome.meet(&oslo).await;
        rome.look().await;
        let last = rome.log.last(&rome.key()).await.unwrap();
        rome.log.append(Append::new(rome.key(), last, [event])).await.unwrap();
        match rome.trail.ask(Look).await.unwrap_err() {
            CallError::Suspended { reason: told, .. } => assert!(told.contains(reason), "{told}: {reason}"),
            other => panic!("{other:?}"),
        }
        let control = rome.system.agents().into_iter().next().unwrap();
        assert_eq!(control.facts().state.stage(), Stage::Suspended);
    }
}

/// Two replicas that have met, and have an event since that nobody can apply.
async fn poisoned(resolution: Resolution<Trail>) -> [Place; 2] {
    let [rome, oslo] = parted(resolution).await;
    rome.meet(&oslo).await;
    let version = rome.anti_entropy.version(&rome.key()).await.unwrap().advanced(&oslo.name);
    let event = NewEvent { causality: version, ..cursed(Some("oslo"), &[]) };
    let last = oslo.log.last(&oslo.key()).await.unwrap();
    oslo.log.append(Append::new(oslo.key(), last, [event])).await.unwrap();
    rome.meet(&oslo).await;
    [rome, oslo]
}

/// Corrects the fifth event of a replica, and lets it go on.
async fn correct_at(place: &Place, instead: Option<Replacement>) {
    assert!(place.trail.ask(Look).await.is_err());
    let (by, why) = ("ada".to_owned(), "it was a test".to_owned());
    let correction = Correction { sequence: Sequence::new(5), instead, by, why };
    correct(&*place.log, &place.key(), &correction, Timestamp::default()).await.unwrap();
    place.system.agents().into_iter().next().unwrap().resume().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_correction_on_a_replica_is_of_its_own_log_and_leaves_the_event_in_the_history() {
    for resolution in [LAST_WRITER, MERGE] {
        let [rome, oslo] = poisoned(resolution).await;
        correct_at(&rome, None).await;
        correct_at(&oslo, None).await;
        rome.write(5).await;
        rome.meet(&oslo).await;
        assert_eq!(rome.look().await, [[1, 2, 3, 4, 5]], "{resolution:?}");
        assert_eq!(oslo.look().await, [[1, 2, 3, 4, 5]], "{resolution:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_has_seen_siblings_is_replaced_and_not_passed_over() {
    let [rome, oslo] = poisoned(SIBLINGS).await;
    correct_at(&rome, None).await;
    let told = rome.trail.ask(Look).await.unwrap_err().to_string();
    assert!(told.contains("in sight of 2 siblings"), "{told}");
    let instead = Replacement {
        event_type: "Written@1".parse().unwrap(),
        data: Json::parse(r#"{"number":9,"seen":[1,2,3,4]}"#).unwrap(),
    };
    for place in [&rome, &oslo] {
        correct_at(place, Some(instead.clone())).await;
        assert_eq!(place.look().await, [[1, 2, 3, 4, 9]]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_state_with_replicas_is_not_recovered_as_if_it_had_none() {
    let [rome, oslo] = parted(MERGE).await;
    rome.meet(&oslo).await;
    let plain = recover::<Trail>(&*rome.log, &rome.key(), &true, AsOf::Now).await;
    assert!(matches!(plain, Err(RecoverError::HasReplicas { replica, .. }) if replica == oslo.name));
    let then = AsOf::Sequence(Sequence::new(2));
    let then = recover_replica(&*rome.log, &rome.key(), &true, MERGE, then).await.unwrap();
    assert_eq!((then.state.numbers, then.sequence.number()), (vec![1, 3], 2), "as it was here");
}

#[tokio::test(start_paused = true)]
async fn a_replica_is_made_again_from_its_snapshot_unless_what_came_later_belongs_before_it() {
    for resolution in [LAST_WRITER, MERGE, SIBLINGS] {
        let [rome, oslo] = parted(resolution).await;
        rome.meet(&oslo).await;
        rome.look().await;
        oslo.write(5).await;
        rome.write(6).await;
        rome.settle().await;
        assert_eq!(rome.recovered().await, (rome.look().await, 4), "{resolution:?}");
        // 5 knew of nothing since the snapshot, and 6 is there already.
        oslo.meet(&rome).await;
        let (recovered, snapshot) = rome.recovered().await;
        assert_eq!(snapshot, 0, "{resolution:?}");
        assert_eq!((&rome.look().await, &oslo.look().await), (&recovered, &recovered), "{resolution:?}");
        rome.settle().await;
        assert_eq!(rome.recovered().await, (recovered, 6), "a new one is taken: {resolution:?}");
    }
}

#[tokio::test]
async fn a_replica_goes_on_from_its_file() {
    for resolution in [LAST_WRITER, MERGE, SIBLINGS] {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            let options = SqliteOptions::new(Durability::ProcessDeath);
            Arc::new(SqliteLog::open(folder.path().join("rome.db"), options).unwrap())
        };
        let (rome, oslo) =
            (Place::on("rome", resolution, open()).await, Place::open("oslo", resolution).await);
        rome.write(1).await;
        oslo.write(2).await;
        rome.meet(&oslo).await;
        rome.write(3).await;
        let (key, seen) = (rome.key(), rome.look().await);
        rome.system.stop().await;
        drop(rome);
        let rome = Place::on("rome", resolution, open()).await;
        assert_eq!((rome.key(), rome.look().await), (key, seen), "{resolution:?}");
        rome.write(4).await;
        oslo.meet(&rome).await;
        let together = if matches!(resolution, Resolution::LastWriter) { [2, 1, 3, 4] } else { [1, 2, 3, 4] };
        assert_eq!(oslo.look().await, [together], "{resolution:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_replica_without_its_first_events_is_shown_as_of_a_time_from_its_snapshot_on() {
    for resolution in [LAST_WRITER, MERGE, SIBLINGS] {
        let rome = Place::open("rome", resolution).await;
        let mut times = Vec::new();
        for number in 1..=6 {
            rome.write(number).await;
            rome.settle().await;
            times.push(Timestamp::from(rome.system.clock().wall()));
            rome.system.clock().sleep(Duration::from_secs(60)).await;
        }
        let (agent, up_to) = (rome.key(), Sequence::new(4));
        let keep_answers_since = Timestamp::default();
        rome.log.compact(Compaction { agent, up_to, keep_answers_since }).await.unwrap();
        let as_of = async |time| {
            let (key, is_strict) = (rome.key(), matches!(resolution, Resolution::Merge(_)));
            recover_replica(&*rome.log, &key, &is_strict, resolution, AsOf::Time(time)).await
        };
        for (last, time) in (1..=6).zip(times) {
            match as_of(time).await {
                Ok(then) => {
                    assert!(last >= 4, "{resolution:?}: {last}");
                    assert_eq!(then.state.numbers, (1..=last).collect::<Vec<_>>(), "{resolution:?}");
                }
                Err(RecoverError::TooEarly(_)) => assert!(last < 4, "{resolution:?}: {last}"),
                Err(error) => panic!("{resolution:?}: {error}"),
            }
        }
    }
}
