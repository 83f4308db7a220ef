//! Restarts that wait, when the flags say so: what is counted, who is served meanwhile, and what ends the wait.

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::supervisor::{
    Backoff, Event, Flags, History, RestartChildError, Started, Strategy, Supervisor, What,
};
use mistersmith::testing::settled;

use crate::tree::{OneForAll, OneForOne, RestForOne, Tree, always, children, flags, once, spec};

const SECOND: Duration = Duration::from_secs(1);

/// 1 s, 2 s, 4 s, at most 4 s.
fn slow(strategy: Strategy, restarts: u32) -> Flags {
    flags(strategy, restarts).backoff(Backoff::new(SECOND, 2, 4 * SECOND))
}

fn delays(history: &History) -> Vec<Duration> {
    let delay = |event: Event| match event.what {
        What::Decided(decision) => decision.put_off.map(|put_off| put_off.delay),
        _ => None,
    };
    history.events().into_iter().filter_map(delay).collect()
}

#[tokio::test(start_paused = true)]
async fn a_restart_waits_and_is_seen_to_wait() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, slow(OneForOne, 9), &[a.child(), b.child()]).await;
    a.crash("boom");
    tree.pass(900).await;
    assert_eq!((tree.list().await.as_str(), tree.trace.take().as_str()), ("a=restarting b", "a!boom"));
    let node = &tree.root.tree().children[0];
    assert!(node.next_attempt.is_some_and(|left| (left - 0.1).abs() < 0.01), "{node:?}");
    assert_eq!(tree.budget_left().await, 8, "the end is counted when it happens");
    tree.pass(101).await;
    assert_eq!(tree.trace.take(), "+a");
    assert_eq!(tree.budget_left().await, 8, "and only then");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn each_attempt_waits_longer_up_to_the_limit_and_a_long_run_begins_anew() {
    let (trace, [a]) = children(["a"]);
    let tree = Tree::start(&trace, slow(OneForOne, 9), &[a.child()]).await;
    a.next_starts(always().take(3));
    a.crash("boom");
    tree.pass(12_000).await;
    assert_eq!(tree.trace.take(), "a!boom ×a ×a ×a +a");
    assert_eq!(delays(&tree.history), [1, 2, 4, 4].map(|seconds| seconds * SECOND));
    // It has run for less than the period of 5 s, then for more.
    a.crash("bang");
    tree.pass(4_001 + 5_000).await;
    a.crash("thud");
    tree.pass(1_001).await;
    assert_eq!(delays(&tree.history)[4..], [4 * SECOND, SECOND]);
    assert_eq!(tree.stop().await, "a!bang +a a!thud +a -a");
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_does_so_without_waiting() {
    let (trace, [a]) = children(["a"]);
    let slow = flags(OneForOne, 1).backoff(Backoff::new(SECOND, 1, SECOND));
    let tree = Tree::start(&trace, slow, &[a.child()]).await;
    a.next_starts(always());
    a.crash("boom");
    assert_eq!(tree.trace_to_the_end().await, "a!boom ×a SUP(shutdown)");
    assert_eq!(tree.clock.now(), SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_queue_is_served_while_a_restart_waits() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, slow(OneForOne, 9), &[a.child(), b.child()]).await;
    a.crash("boom");
    tree.pass(300).await;
    b.crash("bang");
    tree.pass(300).await;
    assert_eq!(tree.list().await, "a=restarting b=restarting");
    assert!(matches!(tree.root.restart_child("a").await, Err(RestartChildError::Restarting)));
    tree.root.terminate_child("a").await.unwrap();
    tree.pass(10_000).await;
    assert_eq!(tree.list().await, "a=down b", "the wait of a has been cancelled, that of b has not");
    assert_eq!(tree.root.restart_child("a").await.unwrap(), Started::Running);
    assert_eq!(tree.stop().await, "a!boom b!bang +b +a -b -a");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_was_cancelled_does_not_come_back_with_a_later_one() {
    let (trace, [a]) = children(["a"]);
    let tree = Tree::start(&trace, slow(OneForOne, 9), &[a.child()]).await;
    a.crash("boom");
    tree.pass(600).await;
    tree.root.terminate_child("a").await.unwrap();
    tree.root.restart_child("a").await.unwrap();
    a.crash("bang");
    let _ = tree.trace().await;
    tree.pass(1_500).await;
    assert_eq!(tree.trace.take(), "", "the first delay would have ended by now, the second has not");
    tree.pass(600).await;
    assert_eq!(tree.trace.take(), "+a");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_parents_stop_wins_over_the_wait() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, slow(OneForOne, 9), &[a.child(), b.child()]).await;
    a.crash("boom");
    tree.pass(300).await;
    let (clock, before) = (tree.clock.clone(), tree.clock.now());
    assert_eq!(tree.stop().await, "a!boom -b");
    assert_eq!(clock.now(), before);
    clock.sleep(10 * SECOND).await;
    assert_eq!(trace.take(), "");
}

#[tokio::test(start_paused = true)]
async fn a_group_is_stopped_at_once_and_starts_together_after_the_wait() {
    let (trace, [a, b, c]) = children(["a", "b", "c"]);
    let tree = Tree::start(&trace, slow(RestForOne, 9), &[a.child(), b.child(), c.child()]).await;
    b.crash("boom");
    assert_eq!(tree.trace().await, "b!boom -c");
    assert_eq!(tree.list().await, "a b=restarting c=down");
    tree.pass(1_000).await;
    assert_eq!(tree.trace.take(), "+b +c");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_end_in_a_group_that_waits_begins_the_wait_of_the_group_anew() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, slow(OneForAll, 9), &[a.child(), b.child()]).await;
    b.crash("boom");
    tree.pass(500).await;
    tree.root.restart_child("a").await.unwrap();
    a.crash("bang");
    tree.pass(600).await;
    assert_eq!(tree.trace.take(), "b!boom -a +a a!bang");
    assert_eq!(tree.list().await, "a=restarting b=down");
    tree.pass(401).await;
    assert_eq!(tree.trace.take(), "+a +b");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn chance_is_that_of_the_systems_clock() {
    let mut seen = Vec::new();
    for seed in [1, 1, 2] {
        let (_, [a]) = children(["a"]);
        let jitter = Backoff::new(SECOND, 2, 60 * SECOND).jitter(50);
        let root = spec("root", flags(OneForOne, 99).backoff(jitter), &[a.child()]);
        let (clock, history) = (Clock::seeded(seed), History::default());
        let root = Supervisor::start(root, &clock, &history).await.unwrap();
        a.next_starts(always().take(3));
        a.crash("boom");
        clock.sleep(20 * SECOND).await;
        settled(&clock).await;
        let drawn = delays(&history);
        assert_eq!(drawn.len(), 4);
        for (delay, full) in drawn.iter().zip([1, 2, 4, 8].map(|seconds| seconds * SECOND)) {
            assert!(*delay >= full / 2 && *delay < full, "{drawn:?}");
        }
        seen.push(drawn);
        root.kill();
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], seen[2]);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_fails_waits_as_an_end_does() {
    let (trace, [a]) = children(["a"]);
    let tree = Tree::start(&trace, slow(OneForOne, 9), &[a.child()]).await;
    a.next_starts(once());
    a.crash("boom");
    tree.pass(1_500).await;
    assert_eq!(tree.trace.take(), "a!boom ×a");
    tree.pass(1_501).await;
    assert_eq!(tree.trace.take(), "+a");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_new_specification_does_not_end_the_wait() {
    let (trace, [a, b]) = children(["a", "b"]);
    let slow = slow(OneForOne, 9);
    let tree = Tree::start(&trace, slow, &[a.child(), b.child()]).await;
    a.crash("boom");
    tree.pass(300).await;
    tree.root.upgrade(spec("root", slow, &[a.child(), b.child()])).await.unwrap();
    assert_eq!(tree.list().await, "a=restarting b");
    tree.pass(701).await;
    assert_eq!(tree.trace.take(), "a!boom +a");
    tree.stop().await;
}
