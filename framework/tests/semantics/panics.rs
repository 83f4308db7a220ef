//! Panics: what they end, and what is known of them.

use super::scribe::*;
use mistersmith::exit::Exit;
use mistersmith::routing::CallError;
use mistersmith::supervisor::What as Event;

fn last_exit(office: &Office) -> Exit {
    let events = office.house.history().events();
    let exit = events.into_iter().rev().find_map(|event| match event.what {
        Event::Decided(decision) => Some(decision.exit),
        _ => None,
    });
    exit.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_its_incarnation_and_nobody_else() {
    let book = std::sync::Arc::default();
    let house = start(office([scribe("clumsy", &book), scribe("calm", &book)])).await;
    assert!(matches!(
        named(&house, "clumsy").ask(Do { what: What::Panic }).await,
        Err(CallError::Unknown { .. })
    ));
    named(&house, "calm").ask(note("hello")).await.unwrap();
    let incarnation = |name: &str| house.agent(name).unwrap().facts().incarnation.number();
    house.clock().sleep(SECOND).await;
    assert_eq!((incarnation("office/clumsy"), incarnation("office/calm")), (2, 1));
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_history_knows_what_it_said_and_where() {
    let office = Office::open().await;
    office.scribe.ask(Do { what: What::Panic }).await.unwrap_err();
    office.settle().await;
    let Exit::Panic(panic) = last_exit(&office) else { panic!("expected a panic") };
    assert_eq!(panic.message(), "told to panic");
    assert!(panic.location().unwrap().file.contains("scribe.rs"));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_in_a_private_message_is_treated_alike() {
    let office = Office::open().await;
    office.scribe.ask(set(Chore::Say("panic".to_owned()))).await.unwrap();
    office.settle().await;
    assert!(matches!(last_exit(&office), Exit::Panic(_)));
    assert_eq!(office.control.facts().incarnation.number(), 2);
    office.house.stop().await;
}
