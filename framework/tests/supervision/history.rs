//! What the history says of a restart: its cause, its verdict, who was stopped and started, and what is left.

use mistersmith::supervisor::{ChildSpec, Event, Names, Verdict, What};
use mistersmith::testing::eventually;

use crate::tree::{OneForAll, OneForOne, Tree, children, flags, once, spec, temporary};

fn names(names: &Names) -> Vec<&str> {
    names.first.iter().map(|name| name.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_decision_says_what_ended_how_and_what_was_done() {
    let (trace, [a, t, b]) = children(["a", "t", "b"]);
    let tree = Tree::start(&trace, flags(OneForAll, 3), &[a.child(), temporary(&t), b.child()]).await;
    b.crash("boom");
    let event = eventually(&tree.history, |event| matches!(event.what, What::Decided(_))).await;
    assert_eq!(&*event.supervisor, "root");
    let What::Decided(decision) = event.what else { unreachable!("it was asked for") };
    assert_eq!((decision.child.as_str(), decision.exit.to_string().as_str()), ("b", "error: boom"));
    assert_eq!((decision.verdict, decision.retry, decision.budget_left), (Verdict::Restart, false, 2));
    assert_eq!(names(&decision.stopped), ["t", "a"]);
    assert_eq!(names(&decision.forgotten), ["t"]);
    assert_eq!(names(&decision.started), ["a", "b"]);
    assert_eq!(decision.failed, None);
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_that_fails_names_the_child_and_its_retry_the_event_before() {
    let (trace, [a]) = children(["a"]);
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[a.child()]).await;
    a.next_starts(once());
    a.crash("boom");
    let retry =
        eventually(&tree.history, |event| matches!(&event.what, What::Decided(decision) if decision.retry))
            .await;
    let before = cause(&tree.history.events(), &retry);
    let What::Decided(first) = before.what else { panic!("{before:?}") };
    assert_eq!(first.failed.unwrap().as_str(), "a");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_give_up_is_heard_above_and_its_event_is_the_cause_there() {
    let (trace, [c]) = children(["c"]);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 0), &[c.child()]));
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[below]).await;
    c.crash("boom");
    let above = eventually(&tree.history, |event| {
        matches!(event.what, What::Decided(_)) && &*event.supervisor == "root"
    })
    .await;
    let mut chain = vec![above];
    while chain[chain.len() - 1].cause.is_some() {
        chain.push(cause(&tree.history.events(), &chain[chain.len() - 1]));
    }
    let gave_up = chain.iter().find(|event| matches!(event.what, What::GaveUp { .. }));
    let gave_up = gave_up.unwrap_or_else(|| panic!("no give-up behind it: {chain:#?}"));
    assert_eq!(&*gave_up.supervisor, "root/s");
    let What::GaveUp { child, exit } = &gave_up.what else { unreachable!("it was found by that") };
    assert_eq!((child.as_str(), exit.to_string().as_str()), ("c", "error: boom"));
    tree.stop().await;
}

#[track_caller]
fn cause(events: &[Event], of: &Event) -> Event {
    let cause = of.cause.unwrap_or_else(|| panic!("{of:?} has no cause"));
    events.iter().find(|event| event.number == cause).unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn hands_are_in_the_history_too() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[a.child()]).await;
    tree.root.start_child(b.child()).await.unwrap();
    tree.root.terminate_child("a").await.unwrap();
    let what: Vec<_> = tree.history.events().into_iter().map(|event| event.what).collect();
    assert!(
        matches!(&what[..], [
        What::Up { children: 1 },
        What::ChildStarted { child: started },
        What::ChildTerminated { child: terminated },
    ] if started.as_str() == "b" && terminated.as_str() == "a"),
        "{what:?}"
    );
    tree.stop().await;
}
