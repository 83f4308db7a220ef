//! What an agent may use, and how strong each limit is.

use super::scribe::*;
use mistersmith::agent::Limits;
use mistersmith::routing::CallError;

#[tokio::test(start_paused = true)]
async fn memory_that_is_accounted_for_beyond_the_limit_ends_the_agent() {
    let office = Office::of(|spec| spec.limits(Limits { memory_bytes: 10, ..Limits::default() })).await;
    office.scribe.ask(set(Chore::Hoard(10))).await.unwrap();
    let hoarded = office.scribe.ask(set(Chore::Hoard(11))).await;
    assert!(matches!(hoarded, Err(CallError::Unknown { .. })));
    office.settle().await;
    assert_eq!(office.control.facts().incarnation.number(), 2);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn limits_change_while_the_agent_runs() {
    let office = Office::open().await;
    let before = office.control.facts().limits;
    office.control.set_limits(Limits { messages_per_second: 1, ..before });
    let taken = (0..9).filter(|number| office.scribe.try_tell(note(number)).is_ok()).count();
    assert_eq!(taken, 1);
    office.control.set_limits(before);
    office.scribe.ask(note("again")).await.unwrap();
    office.house.stop().await;
}

/// On the machine's clock, because a paused one stands still while code computes.
#[tokio::test]
async fn code_that_neither_returns_nor_awaits_is_seen_and_not_stopped() {
    let book = std::sync::Arc::default();
    let paced = scribe("scribe", &book).limits(Limits { cpu_percent: 99, ..Limits::default() });
    let house = mistersmith::system::System::builder("house").domain(office([paced])).start().await.unwrap();
    let control = house.agent("office/scribe").unwrap();
    named(&house, "scribe").ask(Do { what: What::Block }).await.unwrap();
    named(&house, "scribe").ask(note("the turn of the other is over")).await.unwrap();
    let longest = control.facts().usage.longest_poll_nanos;
    assert!(longest >= 2_000_000, "{longest} ns");
    house.stop().await;
}

#[tokio::test]
async fn an_agent_beyond_its_share_of_a_core_rests_between_two_batches() {
    let book = std::sync::Arc::default();
    let paced = scribe("scribe", &book).limits(Limits { cpu_percent: 10, ..Limits::default() });
    let house = mistersmith::system::System::builder("house").domain(office([paced])).start().await.unwrap();
    let clock = house.clock().clone();
    named(&house, "scribe").ask(Do { what: What::Block }).await.unwrap();
    let began = clock.now();
    named(&house, "scribe").ask(note("after the rest")).await.unwrap();
    let rested = clock.now() - began;
    assert!(rested.as_millis() >= 16, "2 ms of work are 18 ms of rest, it was {rested:?}");
    house.stop().await;
}
