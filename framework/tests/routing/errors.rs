//! Each way in which a call comes to nothing, made to happen once, and what may be done about it.

use std::sync::Arc;

use mistersmith::agent::{MailboxLimits, WhenFull};
use mistersmith::clock::Clock;
use mistersmith::message::{Address, Carrier, Envelope, Room, Undelivered, Why};
use mistersmith::routing::{AgentRef, CallError, Retry};
use tokio::sync::Semaphore;

use crate::shop::{
    AskGroup, Clerking, Desk, Fail, Hold, Pass, SECOND, Who, clerk, control, named, open, settled,
};

#[tokio::test(start_paused = true)]
async fn refused() {
    let shop = open("refused", [clerk("till", &Desk::default())]).await;
    let ask = AskGroup { group: "no.such.thing".to_owned(), then_fail: false };
    let error = named(&shop, "till").ask(ask).await.unwrap_err();
    assert!(matches!(error, CallError::Refused(_)), "{error:?}");
    assert_eq!((error.retry(), error.into_request().is_none()), (Retry::Never, true));
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn overloaded() {
    let small = MailboxLimits { capacity: 1, when_full: WhenFull::Refuse };
    let shop = open("overloaded", [clerk("till", &Desk::default()).mailbox(small)]).await;
    let till = named(&shop, "till");
    till.tell(Hold).await.unwrap();
    settled(&shop).await;
    till.tell(Who).await.unwrap();
    let error = till.ask(Who).await.unwrap_err();
    assert!(matches!(error, CallError::Overloaded { request: Who }), "{error:?}");
    assert_eq!(error.retry(), Retry::Later);
    shop.kill();
}

#[tokio::test(start_paused = true)]
async fn restarting_is_said_only_of_what_was_not_taken() {
    let desk = Desk { door: Arc::new(Semaphore::new(1)), ..Desk::default() };
    let small = MailboxLimits { capacity: 1, when_full: WhenFull::Refuse };
    let shop = open("restarting", [clerk("till", &desk).mailbox(small)]).await;
    let till = named(&shop, "till");
    assert!(matches!(till.ask(Fail).await, Err(CallError::Unknown { .. })));
    settled(&shop).await; // the second incarnation stands before the door
    let error = till.within(SECOND).ask(Who).await.unwrap_err();
    assert!(matches!(error, CallError::DeadlineExceeded), "{error:?}");
    let error = till.ask(Who).await.unwrap_err();
    assert!(matches!(error, CallError::Restarting { request: Who }), "{error:?}");
    assert_eq!(error.retry(), Retry::Later);
    desk.door.add_permits(1);
    settled(&shop).await;
    till.ask(Who).await.unwrap();
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn suspended() {
    let shop = open("suspended_error", [clerk("till", &Desk::default())]).await;
    let till = named(&shop, "till");
    control(&shop, "till", 0).suspend("stocktaking").unwrap();
    let error = till.ask(Who).await.unwrap_err();
    assert!(matches!(&error, CallError::Suspended { reason, .. } if reason == "stocktaking"), "{error:?}");
    control(&shop, "till", 0).resume().unwrap();
    till.ask(Who).await.unwrap();
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn gone() {
    let shop = open("gone", [clerk("till", &Desk::default())]).await;
    let till = named(&shop, "till");
    shop.terminate(&control(&shop, "till", 0)).await;
    let error = till.ask(Who).await.unwrap_err();
    assert!(matches!(error, CallError::Gone { request: Who }), "{error:?}");
    assert_eq!(error.retry(), Retry::Elsewhere);
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn deadline_exceeded() {
    let shop = open("deadline_error", [clerk("till", &Desk::default())]).await;
    let error = named(&shop, "till").within(SECOND).ask(Hold).await.unwrap_err();
    assert!(matches!(error, CallError::DeadlineExceeded), "{error:?}");
    assert_eq!(error.retry(), Retry::WithIdempotencyKey);
    shop.kill();
}

#[tokio::test(start_paused = true)]
async fn unknown() {
    let shop = open("unknown_error", [clerk("till", &Desk::default())]).await;
    let error = named(&shop, "till").ask(Fail).await.unwrap_err();
    assert!(matches!(error, CallError::Unknown { .. }), "{error:?}");
    assert_eq!(error.retry(), Retry::WithIdempotencyKey);
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn would_deadlock_is_a_fault_of_who_is_written_and_never_to_be_repeated() {
    let shop = open("deadlock_error", [clerk("till", &Desk::default())]).await;
    let ring = Pass { along: vec!["till".to_owned()], from_a_task: false };
    let error = named(&shop, "till").ask(ring).await.unwrap_err();
    assert!(
        matches!(&error, CallError::Refused(why) if why.0.contains("would wait for itself")),
        "{error:?}"
    );
    shop.stop().await;
}

/// A carrier to nowhere, as a broken link would be.
struct Nowhere;

impl Carrier<Clerking> for Nowhere {
    fn accept(&self, envelope: Envelope<Clerking>) -> Result<(), Undelivered<Clerking>> {
        Err(Undelivered { envelope, why: Why::Unreachable { reason: "the cable is cut".to_owned() } })
    }
    fn room(&self) -> Room<'_> {
        Box::pin(std::future::pending())
    }
    fn address(&self) -> Address {
        Address::Node { name: "far@away".to_owned() }
    }
}

#[tokio::test(start_paused = true)]
async fn unreachable() {
    let id = "floor/till@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44".parse().unwrap();
    let till = AgentRef::new(Arc::new(id), Arc::new(Nowhere), Clock::seeded(1));
    let error = till.ask(Who).await.unwrap_err();
    assert_eq!(error.to_string(), "unreachable: the cable is cut");
    assert_eq!(error.retry(), Retry::Elsewhere);
    assert!(error.into_request().is_some());
    assert_eq!(till.address().to_string(), "on node far@away");
}
