//! What is promised of following.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::LogUnderTest;
use super::ledger::{Ledger, account};
use crate::events::{EventName, Follow, Position, Query, Sequence};

pub(super) async fn a_follower_sees_every_event_once_and_in_order_while_many_write(place: &dyn LogUnderTest) {
    const WRITERS: u32 = 8;
    const EACH: u64 = 100;
    let log = Ledger(place.open().await);
    let mut follow = Follow::new(Arc::clone(&log.0), Query::all(Position::START).limit(7));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let log = log.clone();
        writers.spawn(async move {
            for number in 0..EACH {
                log.write(writer, [number]).await;
            }
        });
    }
    let (mut last, mut sequences) = (Position::START, vec![0; WRITERS as usize]);
    for _ in 0..u64::from(WRITERS) * EACH {
        let event = follow.next().await.expect("it can be read");
        assert!(event.position > last, "{} after {last}", event.position);
        last = event.position;
        let writer = (0..WRITERS).find(|&writer| event.agent == account(writer)).expect("it is one of them");
        sequences[writer as usize] += 1;
        assert_eq!(event.sequence.number(), sequences[writer as usize]);
    }
    writers.join_all().await;
    assert_eq!(follow.next_there_is().await.expect("it can be read"), None);
}

pub(super) async fn a_follower_waits_for_what_it_asked_for(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    let odd = EventName::new("Odd").expect("it is a name");
    let query = Query::of(account(1), Sequence::START).of_type(odd);
    let mut follow = Follow::new(Arc::clone(&log.0), query);
    assert_eq!(follow.next_there_is().await.expect("it can be read"), None);
    let (found, ()) = tokio::join!(follow.next(), async {
        log.write(2, [1]).await;
        log.write(1, [2, 4, 5, 7]).await;
    });
    assert_eq!(found.expect("it can be read").sequence.number(), 3);
    assert_eq!(follow.next().await.expect("it can be read").sequence.number(), 4);
    assert_eq!(follow.next_there_is().await.expect("it can be read"), None);
}

pub(super) async fn a_follower_begins_where_another_ended(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    log.write(1, 1..=5).await;
    let mut first = Follow::new(Arc::clone(&log.0), Query::all(Position::START).limit(2));
    first.next().await.expect("it can be read");
    let ended = first.next().await.expect("it can be read").position;
    let mut second = Follow::new(Arc::clone(&log.0), Query::all(ended));
    for number in 3..=5 {
        assert_eq!(second.next().await.expect("it can be read").sequence.number(), number);
    }
}
