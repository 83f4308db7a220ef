//! Stop, suspend, drain and kill, and when each is seen.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use super::scribe::*;
use mistersmith::agent::ControlError;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::routing::CallError;
use mistersmith::supervisor::{Flags, Shutdown, Strategy, What as Event};
use mistersmith::testing::eventually;

#[tokio::test(start_paused = true)]
async fn a_stop_is_seen_after_the_message_in_hand_and_not_after_the_batch() {
    let office = Office::open().await;
    let held = office.busy().await;
    (0..3).for_each(|number| office.scribe.try_tell(note(number)).unwrap());
    let house = office.house.clone();
    let stopping = spawn(async move { house.stop().await });
    office.settle().await;
    office.go_on();
    stopping.await.unwrap();
    held.await.unwrap().unwrap();
    assert_eq!(office.book.read(), ["held let go", "ends: shutdown"]);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_stops_itself_answers_the_message_in_hand_and_no_other() {
    let office = Office::open().await;
    let held = office.busy().await;
    let stop = office.ask(Do { what: What::Stop });
    let next = office.ask(note("for the next one"));
    office.settle().await;
    office.go_on();
    held.await.unwrap().unwrap();
    stop.await.unwrap().unwrap();
    next.await.unwrap().unwrap();
    let written = office.book.read();
    let expected =
        ["held let go", "Stop", "ends: normal", "incarnation 2", "active: ready", "for the next one"];
    assert_eq!(written, expected);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn it_cleans_up_after_a_stop_and_an_error_and_not_after_a_panic_or_a_kill() {
    let office = Office::open().await;
    for (what, cleans_up) in
        [(What::Stop, true), (What::Fail, true), (What::Panic, false), (What::KillMyself, false)]
    {
        let _ = office.scribe.ask(Do { what: what.clone() }).await;
        office.scribe.ask(note("hello")).await.unwrap();
        let cleaned_up = office.book.read().iter().any(|line| line.starts_with("ends: "));
        assert_eq!(cleaned_up, cleans_up, "{what:?}");
    }
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_kill_is_seen_at_the_next_await() {
    let office = Office::open().await;
    let held = office.busy().await;
    assert!(office.control.kill());
    assert!(matches!(held.await.unwrap(), Err(CallError::Unknown { .. })));
    office.settle().await;
    assert_eq!(office.book.read(), ["held let go", "incarnation 2", "active: ready"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_kill_is_seen_after_the_message_in_hand_at_the_latest() {
    let office = Office::open().await;
    let held = office.busy().await;
    office.scribe.tell(Do { what: What::KillMyself }).await.unwrap();
    office.scribe.tell(note("for the next one")).await.unwrap();
    office.go_on();
    held.await.unwrap().unwrap();
    office.settle().await;
    let expected = ["held let go", "KillMyself", "incarnation 2", "active: ready", "for the next one"];
    assert_eq!(office.book.read(), expected);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_suspension_is_seen_after_the_message_in_hand() {
    let office = Office::open().await;
    let held = office.busy().await;
    office.scribe.tell(Do { what: What::SuspendMyself }).await.unwrap();
    office.scribe.tell(note("after lunch")).await.unwrap();
    office.go_on();
    held.await.unwrap().unwrap();
    office.settle().await;
    assert_eq!(office.book.read(), ["held let go", "SuspendMyself", "suspended: tired"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_suspended_agent_is_handled_in_order_when_it_is_resumed() {
    let office = Office::open().await;
    let held = office.busy().await;
    (1..=2).for_each(|number| office.scribe.try_tell(note(number)).unwrap());
    office.control.suspend("lunch").unwrap();
    office.go_on();
    held.await.unwrap().unwrap();
    office.house.clock().sleep(SECOND).await;
    assert_eq!(office.book.read(), ["held let go", "suspended: lunch"]);
    office.control.resume().unwrap();
    office.settle().await;
    assert_eq!(office.book.read(), ["active: resumed", "1", "2"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_suspended_agent_hears_its_timers_and_tasks() {
    let office = Office::open().await;
    office.scribe.ask(set(Chore::After(500, "rings".to_owned()))).await.unwrap();
    office.control.suspend("lunch").unwrap();
    office.house.clock().sleep(SECOND).await;
    assert_eq!(office.book.read(), ["suspended: lunch", "rings"]);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_suspended_agent_that_is_drained_finishes_what_waits() {
    let office = Office::open().await;
    let held = office.busy().await;
    let waiting = office.ask(note("last"));
    office.settle().await;
    office.control.suspend("lunch").unwrap();
    office.go_on();
    held.await.unwrap().unwrap();
    assert_eq!(office.house.drain(&office.control, "upgrade", SECOND).await, Ok(true));
    waiting.await.unwrap().unwrap();
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_takes_nothing_new_and_finishes_what_waits() {
    let office = Office::open().await;
    let held = office.busy().await;
    let waiting = office.ask(note("last"));
    office.settle().await;
    let (house, control) = (office.house.clone(), office.control.clone());
    let draining = spawn(async move { house.drain(&control, "upgrade", SECOND).await });
    office.settle().await;
    assert!(matches!(office.scribe.ask(note("too late")).await, Err(CallError::Gone { .. })));
    office.go_on();
    assert_eq!(draining.await.unwrap(), Ok(true));
    held.await.unwrap().unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(office.book.read(), ["held let go", "draining: upgrade", "last", "ends: shutdown"]);
    assert_eq!(office.control.facts().state.stage(), Stage::Terminated);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn who_was_drained_stays_ended_and_is_seen_to_be() {
    let office = Office::open().await;
    assert_eq!(office.house.drain(&office.control, "moved out", SECOND).await, Ok(true));
    assert_eq!(office.book.read(), ["draining: moved out", "ends: shutdown"]);
    office.house.domains_supervisor().unwrap().child("office").unwrap().kill();
    office.settle().await;
    assert_eq!(office.book.read(), [""; 0], "the domain was started again, and nobody was");
    assert_eq!(office.house.ended_by_hand(&office.control).as_deref(), Some("moved out"));
    let tree = serde_json::to_string(&office.house.tree()).unwrap();
    assert!(tree.contains("\"id\":\"scribe\""), "{tree}");
    let readiness = office.house.readiness();
    assert!(readiness.ready && readiness.notes[0].contains("office/scribe was ended by hand (moved out)"));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_the_answers_that_are_owed() {
    let office = Office::open().await;
    let deferred = office.ask(Beside);
    office.settle().await;
    let (house, control) = (office.house.clone(), office.control.clone());
    let draining = spawn(async move { house.drain(&control, "upgrade", SECOND).await });
    office.settle().await;
    assert!(!draining.is_finished());
    office.go_on();
    deferred.await.unwrap().unwrap();
    assert_eq!(draining.await.unwrap(), Ok(true));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_at_its_deadline_and_what_is_left_comes_back() {
    let office = Office::open().await;
    let held = office.busy().await;
    let waiting = office.ask(note("never"));
    office.settle().await;
    let before = office.house.clock().now();
    let (house, control) = (office.house.clone(), office.control.clone());
    let draining = spawn(async move { house.drain(&control, "upgrade", SECOND).await });
    assert_eq!(draining.await.unwrap(), Ok(false));
    // One second to drain, and the five to stop in: the scribe still holds.
    assert_eq!(office.house.clock().now() - before, 6 * SECOND);
    assert!(matches!(held.await.unwrap(), Err(CallError::Unknown { .. })));
    assert!(matches!(waiting.await.unwrap(), Err(CallError::Gone { .. })));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_in_a_stage_is_refused() {
    let office = Office::open().await;
    let error = office.control.resume().unwrap_err();
    assert_eq!(error, ControlError::WrongStage { stage: "active", expected: "suspended" });
    office.control.suspend("lunch").unwrap();
    let error = office.control.suspend("theft").unwrap_err();
    assert_eq!(error, ControlError::WrongStage { stage: "suspended", expected: "active" });
    assert_eq!(office.control.facts().state.reason(), Some("lunch"));
    office.house.stop().await;
}

/// On the machine's clock, because a paused one stands still while code blocks.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn one_that_does_not_obey_a_kill_is_reported_and_the_next_one_begins_when_it_has() {
    let books: [Arc<Book>; 2] = Default::default();
    let agents = [scribe("deaf", &books[0]).shutdown(Shutdown::BrutalKill), scribe("sibling", &books[1])];
    let house = start(office(agents).flags(Flags::new(Strategy::OneForAll, 3, 5))).await;
    let (ring, bell) = sync_channel(0);
    *books[0].bell.lock().unwrap() = Some(bell);
    let deaf = named(&house, "deaf");
    let in_hand = spawn({
        let deaf = deaf.clone();
        async move { deaf.ask(Do { what: What::TurnDeaf }).await }
    });
    ring.send(()).unwrap();
    books[0].read();
    named(&house, "sibling").ask(Do { what: What::Fail }).await.unwrap_err();
    let is_report = |event: &Event| matches!(event, Event::Orphaned { child } if child.as_str() == "deaf");
    eventually(house.history(), |event| is_report(&event.what)).await;
    let waiting = [1, 2].map(|number| {
        let deaf = deaf.clone();
        spawn(async move { deaf.ask(note(number)).await })
    });
    assert_eq!(house.agent("office/deaf").unwrap().facts().state.stage(), Stage::Terminated);
    assert!(!house.readiness().ready);
    assert_eq!(books[0].read(), [""; 0], "nobody begins beside it");
    ring.send(()).expect("it is still there");
    drop(ring);
    for waiting in waiting {
        waiting.await.unwrap().unwrap();
    }
    // What it was at when it was killed is not answered any more.
    assert!(matches!(in_hand.await.unwrap(), Err(CallError::Unknown { .. })));
    let mut written = books[0].read();
    written[2..].sort(); // who of the two asked first is not ours to say
    assert_eq!(written, ["incarnation 2", "active: ready", "1", "2"]);
    house.stop().await;
}
