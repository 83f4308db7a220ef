//! What becomes of messages when a supervisor gives up.

use super::scribe::*;
use mistersmith::domain::OnGiveUp;
use mistersmith::routing::CallError;
use mistersmith::supervisor::{Flags, Restart, Strategy};
use mistersmith::system::System;
use std::sync::Arc;

fn frail(book: &Arc<Book>) -> mistersmith::domain::DomainSpec {
    office([scribe("scribe", book)]).flags(Flags::new(Strategy::OneForOne, 0, 5))
}

#[tokio::test(start_paused = true)]
async fn when_a_domain_degrades_its_agents_are_gone_and_what_waited_comes_back() {
    let book = Arc::default();
    let house = start(frail(&book).on_give_up(OnGiveUp::Degrade)).await;
    let (scribe, other) = (named(&house, "scribe"), named(&house, "scribe"));
    let crash = spawn(async move { scribe.ask(Do { what: What::Fail }).await });
    let waiting = spawn(async move { other.ask(note("waiting")).await });
    assert!(matches!(crash.await.unwrap(), Err(CallError::Unknown { .. })));
    assert!(matches!(waiting.await.unwrap(), Err(CallError::Gone { .. })));
    assert!(house.find::<Scribing>().is_err());
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn when_the_system_gives_up_what_waited_comes_back_although_nobody_waits_for_its_end() {
    let book = Arc::default();
    let strict = Flags::new(Strategy::OneForAll, 0, 5);
    let builder = System::builder("house").root(strict).domains(strict);
    let house = builder.domain(frail(&book)).start().await.unwrap();
    let (scribe, other) = (named(&house, "scribe"), named(&house, "scribe"));
    let crash = spawn(async move { scribe.ask(Do { what: What::Fail }).await });
    let waiting = spawn(async move { other.ask(note("waiting")).await });
    assert!(matches!(crash.await.unwrap(), Err(CallError::Unknown { .. })));
    assert!(matches!(waiting.await.unwrap(), Err(CallError::Gone { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_killed_system_sends_back_what_waits() {
    let office = Office::open().await;
    let held = office.busy().await;
    let waiting = office.ask(note("waiting"));
    office.settle().await;
    office.house.kill();
    assert!(matches!(held.await.unwrap(), Err(CallError::Unknown { .. })));
    assert!(matches!(waiting.await.unwrap(), Err(CallError::Gone { .. })));
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_is_not_started_again_is_gone_from_that_moment() {
    let office = Office::of(|spec| spec.restart(Restart::Transient)).await;
    office.scribe.ask(Do { what: What::Stop }).await.unwrap();
    office.settle().await;
    assert!(matches!(office.scribe.ask(note("anybody?")).await, Err(CallError::Gone { .. })));
    office.house.stop().await;
}
