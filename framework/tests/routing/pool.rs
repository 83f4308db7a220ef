//! Load-balanced groups: evenly spread, around those that are busy, and never twice what may have run.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use mistersmith::agent::{AgentSpec, MailboxLimits, WhenFull};
use mistersmith::identity::Capability;
use mistersmith::message::Budget;
use mistersmith::routing::{CallError, Group, LoadBalanced};
use mistersmith::system::System;

use crate::shop::other::{Bell, Ring, Ringing};
use crate::shop::{AskGroup, Clerking, Desk, Fail, Hold, SECOND, Who, clerk, control, named, open, settled};

const SHUT: MailboxLimits = MailboxLimits { capacity: 0, when_full: WhenFull::Refuse };

fn tills(shop: &System) -> LoadBalanced<Clerking> {
    shop.router().load_balanced("floor/till".parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn idle_members_get_exactly_as_much_each() {
    let shop = open("even", [clerk("till", &Desk::default()).instances(4)]).await;
    let mut asked: HashMap<String, usize> = HashMap::new();
    for _ in 0..40 {
        *asked.entry(tills(&shop).ask(Who).await.unwrap()).or_default() += 1;
    }
    assert_eq!(asked.into_values().collect::<Vec<_>>(), [10; 4]);
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_member_that_is_busy_is_passed_over() {
    let shop = open("busy", [clerk("till", &Desk::default()).instances(3)]).await;
    let busy = shop.router().direct::<Clerking>(control(&shop, "till", 1).id()).unwrap();
    busy.try_tell(Hold).unwrap();
    settled(&shop).await;
    for _ in 0..12 {
        assert_ne!(
            tills(&shop).within(SECOND).ask(Who).await.unwrap(),
            busy.id().instance.as_uuid().to_string()
        );
    }
    shop.kill();
}

#[tokio::test(start_paused = true)]
async fn what_was_not_delivered_is_tried_elsewhere_within_its_retries() {
    let shop = open("elsewhere", [clerk("till", &Desk::default()).instances(4)]).await;
    for number in 0..3 {
        control(&shop, "till", number).set_mailbox(SHUT);
    }
    for _ in 0..8 {
        assert!(tills(&shop).ask(Who).await.is_ok(), "four members, {} further attempts", Budget::RETRIES);
    }
    let tries = (0..3).map(|number| control(&shop, "till", number).facts().dead_letters).sum::<u64>();
    assert!(tries > 0);
    control(&shop, "till", 3).set_mailbox(SHUT);
    let refused = tills(&shop).retries(1).ask(Who).await;
    assert!(matches!(refused, Err(CallError::Overloaded { request: Who })), "{refused:?}");
    let after = (0..4).map(|number| control(&shop, "till", number).facts().dead_letters).sum::<u64>();
    assert_eq!(after - tries, 2, "the first attempt and one more");
    let told = tills(&shop).retries(9).tell(Who).await;
    assert!(matches!(told, Err(CallError::Overloaded { request: Who })), "{told:?}");
    let all = (0..4).map(|number| control(&shop, "till", number).facts().dead_letters).sum::<u64>();
    assert_eq!(all - after, 4, "no member is tried twice");
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_may_have_run_is_not_tried_elsewhere_without_a_key() {
    let desk = Desk::default();
    let shop = open("unknown", [clerk("till", &desk).instances(2)]).await;
    let unknown = tills(&shop).ask(Fail).await;
    assert!(matches!(unknown, Err(CallError::Unknown { .. })), "{unknown:?}");
    assert_eq!(desk.failed.load(Ordering::Relaxed), 1);
    let unknown = tills(&shop).idempotency_key("order 17").ask(Fail).await;
    assert!(matches!(unknown, Err(CallError::Unknown { .. })), "{unknown:?}");
    assert_eq!(desk.failed.load(Ordering::Relaxed), 3, "with a key, both members had it");
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_answer_and_goes_nowhere_else() {
    let shop = open("refusal", [clerk("till", &Desk::default()).instances(2)]).await;
    let nobody = AskGroup { group: "no.such.thing".to_owned(), then_fail: false };
    let refused = tills(&shop).ask(nobody).await;
    assert!(
        matches!(&refused, Err(CallError::Refused(why)) if why.0.contains("no.such.thing")),
        "{refused:?}"
    );
    let handled: u64 = (0..2).map(|number| control(&shop, "till", number).facts().handled).sum();
    assert_eq!(handled, 1);
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_member_that_asks_its_own_group_gets_another_one() {
    let shop = open("own", [clerk("till", &Desk::default()).instances(2)]).await;
    for number in 0..2 {
        let till = shop.router().direct::<Clerking>(control(&shop, "till", number).id()).unwrap();
        for _ in 0..3 {
            let group = "floor/till".to_owned();
            let answered = till.ask(AskGroup { group, then_fail: false }).await.unwrap();
            assert_ne!(answered, till.id().instance.as_uuid().to_string());
        }
    }
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_capability_of_two_contracts_leads_to_the_one_that_is_meant() {
    let help = Capability::new("shop.help").unwrap();
    let agents = [clerk("till", &Desk::default()), AgentSpec::new::<Bell>("bell", ()).unwrap()];
    let shop = open("mixed", agents.map(|agent| agent.capability(help.clone()))).await;
    for _ in 0..4 {
        let group = || Group::from(help.clone());
        shop.router().load_balanced::<Clerking>(group()).ask(Who).await.unwrap();
        shop.router().load_balanced::<Ringing>(group()).ask(Ring).await.unwrap();
        shop.find_capable::<Clerking>(&help).unwrap();
    }
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_suspended_member_gets_nothing_and_a_group_without_members_says_so() {
    let shop = open("suspended", [clerk("till", &Desk::default()).instances(2)]).await;
    control(&shop, "till", 0).suspend("asleep").unwrap();
    let awake = control(&shop, "till", 1).id().instance.as_uuid().to_string();
    for _ in 0..4 {
        assert_eq!(tills(&shop).ask(Who).await.unwrap(), awake);
    }
    control(&shop, "till", 1).suspend("asleep").unwrap();
    let nobody = tills(&shop).ask(Who).await.unwrap_err();
    assert!(matches!(nobody, CallError::NotFound { .. }), "{nobody:?}");
    assert!(tills(&shop).pick().is_err());
    assert_eq!(named_or_none(&shop), None);
    shop.stop().await;
}

fn named_or_none(shop: &System) -> Option<String> {
    shop.find::<Clerking>().ok().map(|till| till.id().to_string())
}

#[tokio::test(start_paused = true)]
async fn all_attempts_together_keep_to_the_deadline() {
    let waiting = MailboxLimits { capacity: 0, when_full: WhenFull::Wait };
    let shop = open("deadline", [clerk("till", &Desk::default()).instances(3).mailbox(waiting)]).await;
    let before = shop.clock().now();
    let late = tills(&shop).within(SECOND).ask(Who).await;
    assert!(matches!(late, Err(CallError::Overloaded { .. })), "{late:?}");
    assert_eq!(shop.clock().now() - before, SECOND);
    assert!(named(&shop, "till").try_tell(Who).is_err());
    shop.stop().await;
}
