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
async fn what_supervisors_below_write_of_a_restart_stands_behind_its_cause() {
    let (trace, [a, b]) = children(["a", "b"]);
    let inner = ChildSpec::supervisor(spec("inner", flags(OneForOne, 3), &[a.child()]));
    let outer = ChildSpec::supervisor(spec("outer", flags(OneForOne, 3), &[inner]));
    let tree = Tree::start(&trace, flags(OneForAll, 3), &[outer, b.child()]).await;
    let before = tree.history.newest();
    b.crash("boom");
    eventually(&tree.history, |event| matches!(event.what, What::Decided(_))).await;
    let story: Vec<_> = tree.history.since(before).iter().map(told).collect();
    let begins = before + 1;
    let expected = [
        format!("root: b ended: error: boom, after {:?}", None::<u64>),
        format!("root/outer/inner: stopped, after {:?}", Some(begins)),
        format!("root/outer: stopped, after {:?}", Some(begins)),
        format!("root/outer/inner: up, after {:?}", Some(begins)),
        format!("root/outer: up, after {:?}", Some(begins)),
        format!("root: decided, after {:?}", Some(begins)),
    ];
    assert_eq!(story, expected);
    a.crash("boom");
    let alone = eventually(&tree.history, |event| {
        &*event.supervisor == "root/outer/inner" && event.number > begins + 5
    })
    .await;
    assert!(
        matches!(alone.what, What::Decided(_)),
        "nobody else writes of it, so it is told at once: {alone:?}"
    );
    tree.stop().await;
}

fn told(Event { supervisor, cause, what, .. }: &Event) -> String {
    let what = match what {
        What::RestartBegins { child, exit } => format!("{child} ended: {exit}"),
        What::Stopped { .. } => "stopped".to_owned(),
        What::Up { .. } => "up".to_owned(),
        What::Decided(_) => "decided".to_owned(),
        other => format!("{other:?}"),
    };
    format!("{supervisor}: {what}, after {cause:?}")
}

#[tokio::test(start_paused = true)]
async fn of_a_supervisor_that_is_started_by_hand_its_own_word_comes_first() {
    let (trace, [a]) = children(["a"]);
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[]).await;
    tree.root.start_child(ChildSpec::supervisor(spec("s", flags(OneForOne, 3), &[a.child()]))).await.unwrap();
    tree.root.terminate_child("s").await.unwrap();
    let told = |Event { supervisor, cause, what, .. }: Event| {
        assert_eq!(cause, None, "a hand has no cause, and is none: {what:?}");
        match what {
            What::Up { .. } => format!("{supervisor} is up"),
            What::Stopped { .. } => format!("{supervisor} has stopped"),
            What::ChildStarted { child } => format!("{supervisor} has started {child}"),
            What::ChildTerminated { child } => format!("{supervisor} has terminated {child}"),
            other => panic!("{other:?}"),
        }
    };
    let story: Vec<_> = tree.history.events().into_iter().map(told).collect();
    let expected =
        ["root is up", "root/s is up", "root has started s", "root/s has stopped", "root has terminated s"];
    assert_eq!(story, expected);
    tree.stop().await;
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
