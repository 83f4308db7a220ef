//! Direct, broadcast, and the patterns as data.

use mistersmith::agent::{AgentSpec, MailboxLimits, WhenFull};
use mistersmith::message::Why;
use mistersmith::routing::{CallError, NotReached, Routed, RoutingPattern, Subject};

use crate::shop::other::{Bell, Ring, Ringing};
use crate::shop::{Clerking, Desk, Fail, Hold, SECOND, Who, clerk, control, named, open, settled};

#[tokio::test(start_paused = true)]
async fn direct_leads_to_exactly_this_instance() {
    let shop = open("direct", [clerk("till", &Desk::default()).instances(3)]).await;
    for number in 0..3 {
        let id = control(&shop, "till", number).id().clone();
        let till = shop.router().direct::<Clerking>(&id).unwrap();
        assert_eq!(till.ask(Who).await.unwrap(), id.instance.as_uuid().to_string());
    }
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn direct_finds_nobody_who_answers_another_contract_or_has_gone() {
    let shop = open("direct_other", [clerk("till", &Desk::default())]).await;
    let till = control(&shop, "till", 0);
    let error = shop.router().direct::<Ringing>(till.id()).unwrap_err();
    assert!(error.to_string().contains("contract Ringing"), "{error}");
    shop.terminate(&till).await;
    assert!(shop.router().direct::<Clerking>(till.id()).is_err());
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_says_who_got_it_and_who_did_not_and_why() {
    let desk = Desk::default();
    let small = MailboxLimits { capacity: 1, when_full: WhenFull::Wait };
    let shop = open(
        "broadcast",
        [
            clerk("till", &desk).instances(2),
            clerk("stock", &desk).mailbox(small),
            clerk("tired", &desk),
            AgentSpec::new::<Bell>("bell", ()).unwrap(),
        ],
    )
    .await;
    let stock = named(&shop, "stock");
    stock.try_tell(Hold).unwrap();
    settled(&shop).await;
    stock.try_tell(Hold).unwrap(); // one in hand, one in the queue: full
    control(&shop, "tired", 0).suspend("asleep").unwrap();

    let told = shop.router().broadcast(&"agents.floor.*".parse().unwrap(), Who);
    let reached: Vec<_> = told.reached.iter().map(|id| id.name.as_str()).collect();
    assert_eq!(reached, ["till", "till"]);
    let missed: Vec<_> = told.missed.iter().map(|missed| (missed.agent.name.as_str(), &missed.why)).collect();
    assert_eq!(
        missed,
        [
            ("bell", &NotReached::OtherContract { contract: "Ringing".to_owned() }),
            ("stock", &NotReached::NotDelivered(Why::Overloaded { wait: true })),
            ("tired", &NotReached::NotDelivered(Why::Suspended { reason: "asleep".to_owned() })),
        ]
    );
    settled(&shop).await;
    assert_eq!(desk.heard(), ["who", "who"]);
    shop.kill();
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_goes_to_those_whose_subject_matches_and_nobody_is_no_error() {
    let shop = open("subjects", ["till", "stock"].map(|name| clerk(name, &Desk::default()))).await;
    for (pattern, reached) in [
        ("agents.floor.till", 1),
        ("agents.*.stock", 1),
        ("agents.>", 2),
        (">", 2),
        ("agents.cellar.*", 0),
        ("agents.floor", 0),
    ] {
        let told = shop.router().broadcast(&pattern.parse().unwrap(), Who);
        assert_eq!((told.reached.len(), told.missed.len()), (reached, 0), "{pattern}");
    }
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn request_and_reply_keeps_to_its_time_and_says_when_nobody_is_there() {
    let shop = open("request", [clerk("till", &Desk::default())]).await;
    let till: Subject = "agents.floor.till".parse().unwrap();
    assert!(shop.router().request_reply(&till, Who, SECOND).await.is_ok());
    let before = shop.clock().now();
    let late = shop.router().request_reply(&till, Hold, SECOND).await;
    assert!(matches!(late, Err(CallError::DeadlineExceeded)), "{late:?}");
    assert_eq!(shop.clock().now() - before, SECOND);
    let nobody = shop.router().request_reply(&"agents.floor.safe".parse().unwrap(), Who, SECOND).await;
    assert!(matches!(nobody, Err(CallError::NotFound { request: Who, .. })), "{nobody:?}");
    shop.kill();
}

#[tokio::test(start_paused = true)]
async fn a_pattern_read_as_data_is_carried_out() {
    let desk = Desk::default();
    let shop = open("data", [clerk("till", &desk), clerk("stock", &desk)]).await;
    let id = control(&shop, "till", 0).id().clone();
    let direct = serde_json::to_string(&RoutingPattern::Direct(id.clone())).unwrap();
    for (pattern, replies) in [
        (&*direct, true),
        (r#"{"request_reply": "agents.floor.till"}"#, true),
        (r#"{"load_balanced": "floor/till"}"#, true),
        (r#"{"load_balanced": "Clerking"}"#, true),
        (r#"{"broadcast": "agents.floor.*"}"#, false),
    ] {
        let pattern: RoutingPattern = serde_json::from_str(pattern).unwrap();
        match shop.router().route(&pattern, Who, SECOND).await.unwrap() {
            Routed::Reply(_) => assert!(replies, "{pattern:?}"),
            Routed::Sent(told) => assert!(!replies && told.reached.len() == 2, "{pattern:?}"),
        }
    }
    let gone = RoutingPattern::Direct(id);
    shop.stop().await;
    let error = shop.router().route(&gone, Fail, SECOND).await.unwrap_err();
    assert!(matches!(error, CallError::NotFound { .. }), "{error:?}");
    let error = shop.router().route(&gone, Ring, SECOND).await.unwrap_err();
    assert!(error.into_request().is_some());
}
