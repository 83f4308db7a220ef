//! Reminders: they survive what their agent's events survive, and each fires once.

use std::sync::Arc;
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::events::*;
use mistersmith::routing::CallError;
use mistersmith::testing::settled;

use super::diary::*;
use super::moody::Moody;

#[tokio::test(start_paused = true)]
async fn a_reminder_comes_when_it_is_due_and_what_follows_is_persisted_with_its_end() {
    let (desk, _) = Desk::new().await;
    desk.remember("rent", 60).await;
    desk.remember("tea", 5).await;
    assert_eq!(desk.recovered().await.reminders.iter().count(), 2);
    assert_eq!(desk.heard_after(4).await, [""; 0]);
    assert_eq!(desk.heard_after(1).await, ["tea"]);
    assert_eq!(desk.heard_after(60).await, ["tea", "rent"]);
    assert!(desk.recovered().await.reminders.is_empty());
    let events = desk.events().await;
    assert_eq!(events.len(), 6, "set, set, ended and heard, ended and heard");
    let causes: Vec<_> =
        events.iter().map(|event| Some(event.metadata.cause.as_ref()?.sequence.number())).collect();
    assert_eq!(
        causes,
        [None, None, Some(2), Some(2), Some(1), Some(1)],
        "its cause is the event that set it"
    );
}

#[tokio::test(start_paused = true)]
async fn a_reminder_is_cancelled_or_replaced_by_its_name() {
    let (desk, _) = Desk::new().await;
    for what in ["tea", "rent"] {
        desk.remember(what, 5).await;
    }
    desk.remember("tea", 20).await;
    desk.diary.ask(Forget { what: "rent".to_owned() }).await.unwrap();
    desk.diary.ask(Forget { what: "nothing".to_owned() }).await.unwrap();
    assert_eq!(desk.heard_after(10).await, [""; 0]);
    assert_eq!(desk.heard_after(10).await, ["tea"]);
}

#[tokio::test(start_paused = true)]
async fn a_reminder_may_set_the_next_one() {
    let (desk, _) = Desk::new().await;
    desk.ask("tea", 10, None, 2).await;
    assert_eq!(desk.heard_after(15).await.len(), 1);
    assert_eq!(desk.heard_after(100).await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_reminder_survives_a_kill_a_snapshot_and_its_system() {
    let (desk, clock) = Desk::new().await;
    for number in 0..6 {
        desk.remember(&format!("page {number}"), 100 + number).await;
    }
    let key = desk.control().id().key();
    let snapshot = desk.log.inside.snapshot(&key, Sequence::END).await.unwrap().unwrap();
    let (up_to, keep_answers_since) = (snapshot.sequence, Timestamp::default());
    desk.log.inside.compact(Compaction { agent: key, up_to, keep_answers_since }).await.unwrap();
    desk.control().kill();
    assert_eq!(desk.heard_after(50).await, [""; 0]);
    let log = desk.log.clone();
    desk.system.stop().await;
    let desk = Desk::open(&log, &clock, Recovery::Eager).await;
    assert_eq!(desk.heard_after(54).await.len(), 5);
    assert_eq!(desk.heard_after(2).await.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_late_reminder_fires_at_once_or_is_passed_over_as_it_was_set() {
    let (desk, clock) = Desk::new().await;
    for (what, skip_after) in [("rent", None), ("tea", Some(10)), ("bath", Some(60))] {
        desk.ask(what, 10, skip_after, 0).await;
    }
    let log = desk.log.clone();
    desk.system.stop().await;
    clock.sleep(Duration::from_secs(40)).await;
    // One that is recovered lazily hears of it when it is used.
    let desk = Desk::open(&log, &clock, Recovery::Lazy).await;
    settled(&clock).await;
    assert_eq!(desk.recovered().await.reminders.iter().count(), 3);
    desk.diary.ask(Heard).await.unwrap();
    assert_eq!(desk.heard_after(0).await, ["bath", "rent"]);
    let skipped: Vec<_> = desk.events().await.iter().map(|event| event.data.to_string()).collect();
    assert_eq!(
        skipped.iter().filter(|data| data.contains("skipped")).count(),
        1,
        "and the log says so: {skipped:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_reminders_wait_for_a_state_that_is_recovered_when_it_is_used() {
    for (recovery, waiting) in [(Recovery::Eager, 0), (Recovery::Lazy, 1)] {
        let (desk, clock) = Desk::new().await;
        desk.remember("tea", 10).await;
        let log = desk.log.clone();
        desk.system.stop().await;
        let desk = Desk::open(&log, &clock, recovery).await;
        clock.sleep(Duration::from_secs(40)).await;
        settled(&clock).await;
        assert_eq!(desk.recovered().await.reminders.iter().count(), waiting, "{recovery:?}");
        desk.diary.ask(Heard).await.unwrap();
        assert_eq!(desk.heard_after(0).await, ["tea"], "{recovery:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reminder_of_a_state_with_replicas_is_a_fault_and_is_not_persisted() {
    let (log, clock) = (Moody::new(), Clock::seeded(1));
    let spec = EventSourcedSpec::<Pages>::new((), log.clone(), Recovery::Eager);
    let spec = spec.replica(Replica::new("here"), Resolution::LastWriter);
    let desk = Desk::with_diary(&log, &clock, spec).await;
    let remember = Remember { what: "tea".to_owned(), seconds: 5, skip_after: None, again: 0 };
    match desk.diary.ask(remember).await.unwrap_err() {
        CallError::Unknown { exit: Some(exit) } => {
            assert!(exit.to_string().contains("expected no reminders of a state with replicas"), "{exit}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(desk.heard_after(10).await, [""; 0]);
    assert!(desk.events().await.is_empty());
    assert_eq!(desk.control().facts().incarnation.number(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_reminder_fires_once_also_when_its_agent_is_killed_meanwhile() {
    let (desk, clock) = Desk::new().await;
    desk.remember("tea", 5).await;
    desk.log.hold();
    clock.sleep(Duration::from_secs(6)).await;
    desk.control().kill();
    settled(&clock).await;
    desk.log.let_pass(10);
    assert_eq!(desk.heard_after(3).await, ["tea"]);
    // Killed after one append: all of it is there, and nothing is left to be done.
    desk.remember("bath", 5).await;
    desk.log.hold();
    clock.sleep(Duration::from_secs(6)).await;
    desk.log.let_pass(1);
    settled(&clock).await;
    desk.control().kill();
    settled(&clock).await;
    desk.log.let_pass(10);
    assert_eq!(desk.heard_after(3).await, ["tea", "bath"]);
    // The log ends with the events in hand: what it has then decides.
    desk.remember("rent", 5).await;
    desk.log.fail(AppendError::Unknown);
    assert_eq!(desk.heard_after(6).await, ["tea", "bath", "rent"]);
    desk.remember("bill", 5).await;
    desk.log.keep_silent();
    assert_eq!(desk.heard_after(6).await, ["tea", "bath", "rent", "bill"]);
    assert_eq!(desk.control().facts().incarnation.number(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_reminder_fires_once_also_when_two_systems_have_the_agent() {
    let (desk, clock) = Desk::new().await;
    for number in 0..100 {
        desk.remember(&format!("page {number}"), 5 + number % 7).await;
    }
    let other = Desk::open(&desk.log, &clock, Recovery::Eager).await;
    let mut heard = desk.heard_after(20).await;
    assert_eq!(other.heard_after(0).await, desk.recovered().await.state.0);
    heard.sort();
    heard.dedup();
    assert_eq!((heard.len(), desk.recovered().await.state.0.len()), (100, 100));

    // One is gone, and the other has not seen the last that it did: it notices when it writes, and tries again.
    for what in ["tea", "rent"] {
        other.remember(what, 5).await;
    }
    desk.diary.ask(Forget { what: "rent".to_owned() }).await.unwrap();
    desk.system.stop().await;
    clock.sleep(Duration::from_secs(6)).await;
    settled(&clock).await;
    assert_eq!(other.recovered().await.state.0[100..], ["tea"]);
    assert_eq!(other.heard_after(0).await[100..], ["tea"]);
}

#[tokio::test(start_paused = true)]
async fn a_suspended_agent_is_reminded_when_it_is_resumed() {
    let (desk, _) = Desk::new().await;
    desk.remember("tea", 5).await;
    desk.control().suspend("the desk is being cleaned").unwrap();
    desk.system.clock().sleep(Duration::from_secs(30)).await;
    assert_eq!(desk.recovered().await.state.0, [""; 0]);
    desk.control().resume().unwrap();
    assert_eq!(desk.heard_after(1).await, ["tea"]);
}

#[tokio::test(start_paused = true)]
async fn a_log_without_room_puts_a_reminder_off() {
    let (desk, _) = Desk::new().await;
    desk.remember("tea", 5).await;
    for _ in 0..3 {
        desk.log.fail(AppendError::Full { source: Arc::new(std::io::Error::other("full")) });
    }
    desk.system.clock().sleep(Duration::from_millis(6_500)).await;
    assert_eq!(desk.recovered().await.state.0, [""; 0]);
    assert_eq!(desk.heard_after(5).await, ["tea"]);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_reminders_need_one_timer() {
    let clock = Clock::seeded(1);
    let desk = Desk::with_snapshots(&Moody::new(), &clock, Recovery::Eager, 1_000_000).await;
    for number in 0..10_000 {
        desk.remember(&format!("{number:05}"), 10_000 - number % 2).await;
    }
    // Each is due before the one that it replaces, and all before the others.
    for number in 0..1_000 {
        desk.remember("tea", 5_000 - number).await;
    }
    desk.diary.ask(Forget { what: "tea".to_owned() }).await.unwrap();
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert!(tasks < 50, "{tasks} tasks");
    let before = desk.log.inside.head();
    let before = *before.borrow();
    assert_eq!(desk.heard_after(9_999).await.len(), 5_000);
    assert_eq!(desk.heard_after(1).await.len(), 10_000);
    let heard = desk.recovered().await.state.0;
    assert!(
        heard[..5_000].is_sorted() && heard[5_000..].is_sorted(),
        "those that are due together, by their names"
    );
    assert_eq!(desk.log.inside.head().borrow().number() - before.number(), 20_000);
    settled(&clock).await;
    assert_eq!(desk.control().facts().incarnation.number(), 1);
}
