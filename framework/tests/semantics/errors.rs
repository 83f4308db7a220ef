//! What each error says, and whether the same request may be sent again.

use std::sync::Arc;

use super::scribe::*;
use mistersmith::agent::WhenFull;
use mistersmith::message::{Address, Carrier, Envelope, Failure, Room, Undelivered, Why};
use mistersmith::routing::{AgentRef, CallError, Retry};

#[tokio::test(start_paused = true)]
async fn refused() {
    let office = Office::open().await;
    let error = office.scribe.ask(Do { what: What::Refuse }).await.unwrap_err();
    assert!(matches!(&error, CallError::Refused(sorry) if sorry.why == "no ink"));
    assert_eq!((error.retry(), error.into_request()), (Retry::Never, None));
    assert_eq!(office.control.facts().incarnation.number(), 1, "a refusal restarts nobody");
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn overloaded() {
    let office = Office::of(|spec| spec.mailbox(capacity(0, WhenFull::Refuse))).await;
    let error = office.scribe.ask(note("one too many")).await.unwrap_err();
    assert!(matches!(error, CallError::Overloaded { .. }));
    assert_eq!((error.retry(), error.into_request()), (Retry::Later, Some(note("one too many"))));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn restarting() {
    let office = Office::of(|spec| spec.mailbox(capacity(1, WhenFull::Refuse))).await;
    office.book.shut_door();
    office.scribe.ask(Do { what: What::Fail }).await.unwrap_err();
    office.settle().await;
    office.scribe.tell(note("takes the room")).await.unwrap();
    let error = office.scribe.ask(note("one too many")).await.unwrap_err();
    assert!(matches!(error, CallError::Restarting { .. }));
    assert_eq!((error.retry(), error.into_request()), (Retry::Later, Some(note("one too many"))));
    office.house.kill();
}

#[tokio::test(start_paused = true)]
async fn suspended() {
    let office = Office::open().await;
    office.control.suspend("lunch").unwrap();
    let error = office.scribe.ask(note("knock")).await.unwrap_err();
    assert!(matches!(&error, CallError::Suspended { reason, .. } if reason == "lunch"));
    assert_eq!((error.retry(), error.into_request()), (Retry::Later, Some(note("knock"))));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn gone() {
    let office = Office::open().await;
    office.house.terminate(&office.control).await;
    let error = office.scribe.ask(note("anybody?")).await.unwrap_err();
    assert!(matches!(error, CallError::Gone { .. }));
    assert_eq!((error.retry(), error.into_request()), (Retry::Elsewhere, Some(note("anybody?"))));
    office.house.stop().await;
}

/// Leads nowhere.
struct Nowhere;

impl Carrier<Scribing> for Nowhere {
    fn accept(&self, envelope: Envelope<Scribing>) -> Result<(), Undelivered<Scribing>> {
        Err(Undelivered { envelope, why: Why::Unreachable { reason: "the cable is cut".to_owned() } })
    }
    fn room(&self) -> Room<'_> {
        Box::pin(std::future::pending())
    }
    fn address(&self) -> Address {
        Address::InProcess
    }
}

#[tokio::test(start_paused = true)]
async fn unreachable() {
    let office = Office::open().await;
    let id = Arc::new(office.scribe.id().clone());
    let far = AgentRef::new(id, Arc::new(Nowhere), office.house.clock().clone());
    let error = far.ask(note("hello")).await.unwrap_err();
    assert!(matches!(&error, CallError::Unreachable { reason, .. } if reason == "the cable is cut"));
    assert_eq!((error.retry(), error.into_request()), (Retry::Elsewhere, Some(note("hello"))));
    office.house.stop().await;
}

/// Did it before, and cannot read what it answered.
struct Forgetful;

impl Carrier<Scribing> for Forgetful {
    fn accept(&self, envelope: Envelope<Scribing>) -> Result<(), Undelivered<Scribing>> {
        envelope.reply.fail(Failure::AnswerUnreadable("it is in Linear A".to_owned()));
        Ok(())
    }
    fn room(&self) -> Room<'_> {
        Box::pin(std::future::pending())
    }
    fn address(&self) -> Address {
        Address::InProcess
    }
}

#[tokio::test(start_paused = true)]
async fn answer_unreadable() {
    let office = Office::open().await;
    let id = Arc::new(office.scribe.id().clone());
    let far = AgentRef::new(id, Arc::new(Forgetful), office.house.clock().clone());
    let error = far.ask(note("hello")).await.unwrap_err();
    assert!(matches!(&error, CallError::AnswerUnreadable { reason } if reason == "it is in Linear A"));
    assert_eq!((error.retry(), error.into_request()), (Retry::Never, None));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn deadline_exceeded() {
    let office = Office::open().await;
    let error = office.scribe.within(SECOND).ask(hold("long")).await.unwrap_err();
    assert!(matches!(error, CallError::DeadlineExceeded));
    assert_eq!((error.retry(), error.into_request()), (Retry::WithIdempotencyKey, None));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn who_asked_sees_how_the_agent_ended() {
    let office = Office::open().await;
    for (what, kind) in [(What::Fail, "error"), (What::Panic, "panic")] {
        let error = office.scribe.ask(Do { what }).await.unwrap_err();
        assert!(
            matches!(&error, CallError::Unknown { exit: Some(exit) } if exit.kind() == kind),
            "{kind}: {error}"
        );
    }
    office.book.read();
    let held = office.busy().await;
    office.control.kill();
    let error = held.await.unwrap().unwrap_err();
    assert!(matches!(&error, CallError::Unknown { exit: Some(exit) } if exit.kind() == "killed"), "{error}");
    let error = office.scribe.ask(Do { what: What::Panic }).await.unwrap_err().to_string();
    assert!(error.starts_with("unknown: the agent ended with the request in hand (panic at "), "{error}");
    assert!(error.ends_with("; it may have been done"), "{error}");
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn unknown() {
    let office = Office::open().await;
    let error = office.scribe.ask(Do { what: What::Panic }).await.unwrap_err();
    assert!(matches!(error, CallError::Unknown { .. }));
    assert_eq!((error.retry(), error.into_request()), (Retry::WithIdempotencyKey, None));
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_ask_that_would_wait_on_itself_is_refused_with_the_path() {
    let books: [Arc<Book>; 2] = Default::default();
    let house = start(office([scribe("till", &books[0]), scribe("stock", &books[1])])).await;
    let ring = Relay { along: vec!["stock".to_owned(), "till".to_owned()], from_a_task: false };
    let Err(CallError::Refused(sorry)) = named(&house, "till").ask(ring).await else {
        panic!("expected a ring")
    };
    assert!(sorry.why.contains("office/till -> office/stock -> office/till"), "{sorry}");
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn and_so_is_one_to_itself_from_a_private_message() {
    let office = Office::open().await;
    let before = office.house.clock().now();
    office.scribe.ask(set(Chore::Say("ask scribe".to_owned()))).await.unwrap();
    office.settle().await;
    let written = office.book.read();
    assert!(written[1].contains("would wait for itself: office/scribe -> office/scribe"), "{written:?}");
    assert!(office.house.clock().now() - before < SECOND);
    office.house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn from_a_task_beside_the_agent_the_same_ask_is_answered() {
    let books: [Arc<Book>; 2] = Default::default();
    let house = start(office([scribe("till", &books[0]), scribe("stock", &books[1])])).await;
    let ring = Relay { along: vec!["stock".to_owned(), "till".to_owned()], from_a_task: true };
    named(&house, "till").ask(ring).await.unwrap();
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn two_that_ask_each_other_at_the_same_moment_wait_until_their_limit() {
    let books: [Arc<Book>; 2] = Default::default();
    let house = start(office([scribe("till", &books[0]), scribe("stock", &books[1])])).await;
    let before = house.clock().now();
    let [one, other] = [("till", "stock"), ("stock", "till")].map(|(first, then)| {
        let first = named(&house, first);
        let along = Relay { along: vec![then.to_owned()], from_a_task: false };
        spawn(async move { first.within(SECOND).ask(along).await })
    });
    one.await.unwrap().unwrap_err();
    other.await.unwrap().unwrap_err();
    assert_eq!(house.clock().now() - before, SECOND);
    named(&house, "till").ask(note("on it goes")).await.unwrap();
    named(&house, "stock").ask(note("on it goes")).await.unwrap();
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_asks_one_who_waits_for_a_deferred_answer_waits_until_its_limit() {
    let books: [Arc<Book>; 2] = Default::default();
    let house = start(office([scribe("till", &books[0]), scribe("stock", &books[1])])).await;
    let (till, stock) = (named(&house, "till"), named(&house, "stock"));
    till.ask(set(Chore::After(1, "ask stock".to_owned()))).await.unwrap();
    let waiting = spawn(async move { stock.ask(set(Chore::AskToDefer("till".to_owned()))).await });
    house.clock().sleep(SECOND / 2).await;
    assert_eq!(books[0].read().last().unwrap(), "ask stock");
    house.clock().sleep(SECOND).await;
    let told = books[0].read();
    assert!(told[0].contains("the deadline passed"), "{told:?}");
    till.ask(Release).await.unwrap();
    waiting.await.unwrap().unwrap();
    house.stop().await;
}
