//! What a request may cost travels with it: no hop works past the first deadline, or tries more than is left.

use mistersmith::agent::{MailboxLimits, WhenFull};
use mistersmith::routing::CallError;

use crate::shop::{AskGroup, Clerking, Desk, Hold, Pass, SECOND, clerk, control, named, open, settled};

fn pass(along: &[&str]) -> Pass {
    Pass { along: along.iter().map(|&name| name.to_owned()).collect(), from_a_task: false }
}

#[tokio::test(start_paused = true)]
async fn every_hop_of_a_chain_has_the_first_deadline() {
    let desks = [(); 3].map(|()| Desk::default());
    let agents = ["a", "b", "c"].into_iter().zip(&desks).map(|(name, desk)| clerk(name, desk));
    let shop = open("hops", agents).await;
    named(&shop, "a").within(SECOND).ask(pass(&["b", "c"])).await.unwrap();
    for desk in &desks {
        assert_eq!(desk.heard(), ["pass with Some(1s) and 3 retries"]);
    }
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_chain_never_works_past_the_first_deadline() {
    let desks = [(); 3].map(|()| Desk::default());
    let agents = ["a", "b", "c"].into_iter().zip(&desks).map(|(name, desk)| clerk(name, desk));
    let shop = open("late", agents).await;
    named(&shop, "c").try_tell(Hold).unwrap();
    settled(&shop).await;

    let before = shop.clock().now();
    let late = named(&shop, "a").within(SECOND).ask(pass(&["b", "c"])).await;
    // Whether the first hop notices first or the asker does is a matter of the same moment.
    assert!(matches!(late, Err(CallError::DeadlineExceeded | CallError::Refused(_))), "{late:?}");
    assert_eq!(shop.clock().now() - before, SECOND);
    settled(&shop).await;
    assert_eq!(control(&shop, "b", 0).facts().handled, 1, "the hop in the middle has given up, too");

    desks[2].gate.add_permits(1);
    settled(&shop).await;
    assert_eq!(desks[2].heard(), [""; 0], "what is too late is dropped before the handler");
    assert_eq!(control(&shop, "c", 0).facts().dead_letters, 1);
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn retries_over_hops_are_bounded_by_what_is_left_of_them() {
    let shut = MailboxLimits { capacity: 0, when_full: WhenFull::Refuse };
    let front = clerk("front", &Desk::default()).instances(4);
    let shop = open("retries", [front, clerk("back", &Desk::default()).instances(4).mailbox(shut)]).await;
    let pool = shop.router().load_balanced::<Clerking>("floor/front".parse().unwrap());
    // Each front asks the back, in vain, and fails; with a key, another front is tried.
    let ask = AskGroup { group: "floor/back".to_owned(), then_fail: true };
    let failed = pool.retries(2).idempotency_key("order 17").ask(ask).await;
    assert!(matches!(failed, Err(CallError::Unknown { .. })), "{failed:?}");
    let attempts: u64 = (0..4).map(|number| control(&shop, "back", number).facts().dead_letters).sum();
    assert_eq!(attempts, 3 + 2 + 1, "with 2, 1 and 0 retries left");
    shop.stop().await;
}
