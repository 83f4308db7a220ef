//! Event-sourced agents with an event that cannot be applied: suspended where a restart could not help, and corrected.

use mistersmith::events::*;
use mistersmith::identity::Incarnation;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::routing::CallError;

use super::bank::*;

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
            let town = Town::poisoned(event_type, data, recovery).await;
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
        let town = Town::poisoned("Cursed@1", "null", Recovery::Eager).await;
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
    town.pay_in(1).await;
    let (agent, sequence, version, causality) =
        (town.key(), Sequence::new(2), std::num::NonZeroU32::MIN, VectorClock::new());
    let state = Json::of(&Account::default()).unwrap();
    let timestamp = Timestamp::default();
    town.log.save(Snapshot { agent, sequence, timestamp, version, causality, state }).await.unwrap();
    let compaction = Compaction { agent: town.key(), up_to: sequence, keep_answers_since: timestamp };
    town.log.compact(compaction).await.unwrap();
    let refused = correct(&*town.log, &town.key(), &correction(None), timestamp).await;
    assert!(matches!(refused, Err(CorrectError::Dropped { up_to, .. }) if up_to == sequence));
}
