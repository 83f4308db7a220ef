//! The three strategies: who is stopped with a child that crashed, who is started again, and when it is too much.

use mistersmith::supervisor::{Flags, Strategy};

use crate::tree::{OnStart, OneForAll, OneForOne, RestForOne, Tree, always, children, once, run};

/// At most so many restarts in an hour, as all these cases have it.
fn hourly(strategy: Strategy, restarts: u32) -> Flags {
    Flags::new(strategy, restarts, 3_600)
}

/// A crash every 2.1 s is never too much for one restart in a second.
#[tokio::test(start_paused = true)]
async fn multiple_restarts() {
    let (trace, [child1]) = children(["child1"]);
    let tree = Tree::start(&trace, Flags::new(OneForOne, 1, 1), &[child1.child()]).await;
    for round in 0..4 {
        child1.crash("boom");
        assert_eq!(tree.trace().await, "child1!boom +child1", "round {round}");
        tree.pass(2_100).await;
    }
    tree.stop().await;
}

/// A crash leaves the sibling alone; the third one is too many for an intensity of two.
#[tokio::test(start_paused = true)]
async fn one_for_one() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let tree = Tree::start(&trace, hourly(OneForOne, 2), &[child1.child(), child2.child()]).await;
    child1.crash("boom");
    assert_eq!(tree.trace().await, "child1!boom +child1");
    child2.crash("boom");
    assert_eq!(tree.trace().await, "child2!boom +child2");
    child1.crash("boom");
    assert_eq!(tree.trace_to_the_end().await, "child1!boom -child2 SUP(shutdown)");
}

/// A child whose every restart fails takes its sibling and the supervisor down, after four attempts.
#[tokio::test(start_paused = true)]
async fn one_for_one_escalation() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let tree = Tree::start(&trace, hourly(OneForOne, 4), &[child1.child(), child2.child()]).await;
    child1.next_starts(always());
    child1.crash("boom");
    let attempts = "child1!boom ×child1 ×child1 ×child1 ×child1 -child2 SUP(shutdown)";
    assert_eq!(tree.trace_to_the_end().await, attempts);
}

/// A crash replaces the sibling too; the third one is too many for an intensity of two.
#[tokio::test(start_paused = true)]
async fn one_for_all() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let tree = Tree::start(&trace, hourly(OneForAll, 2), &[child1.child(), child2.child()]).await;
    child1.crash("boom");
    assert_eq!(tree.trace().await, "child1!boom -child2 +child1 +child2");
    child2.crash("boom");
    assert_eq!(tree.trace().await, "child2!boom -child1 +child1 +child2");
    child2.crash("boom");
    assert_eq!(tree.trace_to_the_end().await, "child2!boom -child1 SUP(shutdown)");
}

/// A sibling whose every restart fails takes all down, after four attempts that each undo what they had started.
#[tokio::test(start_paused = true)]
async fn one_for_all_escalation() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let tree = Tree::start(&trace, hourly(OneForAll, 4), &[child1.child(), child2.child()]).await;
    child2.next_starts(always());
    child1.crash("boom");
    let attempt = "+child1 ×child2 -child1 ".repeat(4);
    assert_eq!(tree.trace_to_the_end().await, format!("child1!boom -child2 {attempt}SUP(shutdown)"));
}

/// When the sibling's restart fails once, what was started again is stopped, and both are started.
#[tokio::test(start_paused = true)]
async fn one_for_all_other_child_fails_restart() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let tree = Tree::start(&trace, hourly(OneForAll, 3), &[child1.child(), child2.child()]).await;
    child2.next_starts([once()[0].clone(), run()]);
    child1.crash("boom");
    let words = "child1!boom -child2 +child1 ×child2 -child1 +child1 +child2";
    assert_eq!(tree.trace().await, words);
    tree.stop().await;
}

/// A crash replaces those after the child and leaves those before it; the third one is too many.
#[tokio::test(start_paused = true)]
async fn rest_for_one() {
    let (trace, [child1, child2, child3]) = children(["child1", "child2", "child3"]);
    let specs = [child1.child(), child2.child(), child3.child()];
    let tree = Tree::start(&trace, hourly(RestForOne, 2), &specs).await;
    child2.crash("boom");
    assert_eq!(tree.trace().await, "child2!boom -child3 +child2 +child3");
    child3.crash("boom");
    assert_eq!(tree.trace().await, "child3!boom +child3");
    child2.crash("boom");
    assert_eq!(tree.trace_to_the_end().await, "child2!boom -child3 -child1 SUP(shutdown)");
}

/// A later child whose every restart fails takes all down; the one that crashed is started once.
#[tokio::test(start_paused = true)]
async fn rest_for_one_escalation() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let tree = Tree::start(&trace, hourly(RestForOne, 4), &[child1.child(), child2.child()]).await;
    child2.next_starts(always());
    child1.crash("boom");
    let words = "child1!boom -child2 +child1 ×child2 ×child2 ×child2 ×child2 -child1 SUP(shutdown)";
    assert_eq!(tree.trace_to_the_end().await, words);
}

/// When the later child's restart fails once, only that one is started again.
#[tokio::test(start_paused = true)]
async fn rest_for_one_other_child_fails_restart() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let tree = Tree::start(&trace, hourly(RestForOne, 3), &[child1.child(), child2.child()]).await;
    child2.next_starts([OnStart::Error("nope".to_owned())]);
    child1.crash("boom");
    assert_eq!(tree.trace().await, "child1!boom -child2 +child1 ×child2 +child2");
    tree.stop().await;
}

/// Children start in the order of the list and stop against it, in a restart of some as at the end of all.
#[tokio::test(start_paused = true)]
async fn order_of_children() {
    let (trace, [b, e, a, d, c]) = children(["b", "e", "a", "d", "c"]);
    let specs = [b.child(), e.child(), a.child(), d.child(), c.child()];
    let tree = Tree::start(&trace, hourly(RestForOne, 3), &specs).await;
    assert_eq!(tree.list().await, "b e a d c");
    a.crash("boom");
    assert_eq!(tree.trace().await, "a!boom -c -d +a +d +c");
    assert_eq!(tree.list().await, "b e a d c");
    assert_eq!(tree.stop().await, "-c -d -a -e -b");
}
