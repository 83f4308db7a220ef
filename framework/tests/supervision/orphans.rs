//! Who was killed and does not yield: reported once, and never joined by a successor.

use std::time::Duration;

use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, Node, RestartChildError, Shutdown, StartChildError, Started, Supervisor, What,
};
use mistersmith::testing::Scripted;

use crate::tree::{OneForAll, OneForOne, RestForOne, Tree, always, children, flags, once, spec, temporary};

/// How long a killed process may take until it is reported.
const PATIENCE: u64 = 5_000;

fn at_once(child: &Scripted) -> ChildSpec {
    child.child().shutdown(Shutdown::BrutalKill)
}

pub(crate) fn node(root: &Supervisor, id: &str) -> Node {
    root.tree().children.into_iter().find(|node| node.id.as_str() == id).unwrap()
}

/// Who was reported, and by which supervisor.
pub(crate) fn reports(tree: &Tree) -> Vec<String> {
    let events = tree.history.events().into_iter();
    let reports = events.filter_map(|event| match event.what {
        What::Orphaned { child } => Some(format!("{}/{child}", event.supervisor)),
        _ => None,
    });
    reports.collect()
}

#[tokio::test(start_paused = true)]
async fn the_next_incarnation_waits_for_the_end_of_one_that_does_not_yield() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[a.child(), b.child()]).await;
    a.linger();
    a.crash("boom");
    tree.pass(PATIENCE + 1).await;
    assert_eq!((tree.list().await.as_str(), tree.trace.take().as_str()), ("a=restarting b", "a!boom"));
    assert!(node(&tree.root, "a").orphaned);
    // Its supervisor serves on: other children are restarted, calls are answered.
    b.crash("bang");
    assert_eq!(tree.trace().await, "b!bang +b");
    assert!(matches!(tree.root.restart_child("a").await, Err(RestartChildError::Restarting)));
    tree.pass(60_000).await;
    assert_eq!(tree.trace.take(), "");
    assert_eq!(reports(&tree), ["root/a"], "once");
    a.release();
    assert_eq!(tree.trace().await, "+a");
    assert_eq!(tree.list().await, "a b");
    assert!(!node(&tree.root, "a").orphaned);
    let what: Vec<_> = tree.history.events().into_iter().map(|event| event.what).collect();
    let last = &what[what.len() - 2..];
    assert!(
        matches!(last, [What::Yielded { child }, What::Resumed(resumed)]
            if child.as_str() == "a" && resumed.started.first[0].as_str() == "a"),
        "{last:?}"
    );
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_put_off_is_counted_once() {
    let (trace, [a]) = children(["a"]);
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[a.child()]).await;
    a.linger();
    a.crash("boom");
    tree.pass(PATIENCE).await;
    // The window has moved on: what is counted now is counted at the start.
    a.next_starts(once());
    a.release();
    assert_eq!(tree.trace().await, "a!boom ×a +a");
    assert_eq!(tree.budget_left().await, 1, "the crash, and the start that failed");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_group_starts_when_all_of_it_is_gone() {
    let (trace, [a, b, c]) = children(["a", "b", "c"]);
    let tree = Tree::start(&trace, flags(OneForAll, 3), &[a.child(), at_once(&b), at_once(&c)]).await;
    b.linger();
    c.linger();
    a.crash("boom");
    tree.pass(2 * PATIENCE + 1).await;
    assert_eq!(tree.trace.take(), "a!boom -c(killed) -b(killed)");
    assert_eq!(tree.list().await, "a=restarting b=down c=down", "nobody starts beside one of the old group");
    c.release();
    assert_eq!(tree.trace().await, "", "nor beside the other one");
    b.release();
    assert_eq!(tree.trace().await, "+a +b +c");
    let events = tree.history.events();
    let resumed = events.iter().filter(|event| matches!(event.what, What::Resumed(_)));
    assert_eq!(resumed.count(), 1, "{events:#?}");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_says_whose_end_a_restart_waits_for() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, flags(OneForAll, 3), &[at_once(&a), b.child()]).await;
    a.linger();
    tree.root.terminate_child("a").await.unwrap();
    let error = || Exit::error(anyhow::anyhow!("boom"));
    let told = tree.root.dry_run().end("b", error()).unwrap().to_string();
    assert!(
        told.contains("  waits for the end of what was killed and does not yield: a\n  starts: a, b"),
        "{told}"
    );
    b.crash("boom");
    tree.pass(1).await;
    assert_eq!(tree.list().await, "a=down b=restarting", "and so it does");
    let waits = tree.root.dry_run().end("b", error()).unwrap_err().to_string();
    assert!(waits.starts_with("root/b has ended, and its restart waits for the end of root/a, "), "{waits}");
    a.release();
    assert_eq!(tree.trace().await, "-a(killed) b!boom +a +b");
    let told = tree.root.dry_run().end("b", error()).unwrap().to_string();
    assert!(!told.contains("waits"), "{told}");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_group_before_it_is_left_alone() {
    let (trace, [a, b, c]) = children(["a", "b", "c"]);
    let tree = Tree::start(&trace, flags(RestForOne, 3), &[a.child(), b.child(), at_once(&c)]).await;
    c.linger();
    b.crash("boom");
    tree.pass(PATIENCE + 1).await;
    assert_eq!(tree.list().await, "a b=restarting c=down");
    a.crash("bang");
    assert_eq!(tree.trace().await, "b!boom -c(killed) a!bang");
    assert_eq!(tree.list().await, "a=restarting b=down c=down", "now the whole group waits");
    c.release();
    assert_eq!(tree.trace().await, "+a +b +c");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn its_name_is_given_to_nobody_until_it_is_gone() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[at_once(&a), temporary(&b)]).await;
    a.linger();
    b.linger();
    tree.root.terminate_child("a").await.unwrap();
    assert!(matches!(tree.root.restart_child("a").await, Err(RestartChildError::Orphaned)));
    tree.root.delete_child("a").await.unwrap();
    b.end(Exit::Normal);
    tree.pass(PATIENCE + 1).await;
    for id in ["a", "b"] {
        let (_, [other]) = children([id]);
        let taken = tree.root.start_child(other.child()).await;
        assert!(matches!(taken, Err(StartChildError::Orphaned)), "{id}: {taken:?}");
        assert!(node(&tree.root, id).orphaned, "{id} is seen in the tree");
    }
    a.release();
    b.release();
    assert_eq!(tree.trace().await, "-a(killed) b!normal");
    assert_eq!(tree.list().await, "", "both are forgotten");
    assert_eq!(tree.root.start_child(a.child()).await.unwrap(), Started::Running);
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_above_one_does_not_come_back_before_it_is_gone() {
    let (trace, [a, b]) = children(["a", "b"]);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 3), &[a.child(), b.child()]));
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[below]).await;
    a.linger();
    tree.root.child("s").unwrap().kill();
    tree.pass(PATIENCE + 1).await;
    assert_eq!(tree.list().await, "s=restarting");
    assert_eq!(reports(&tree), ["root/s/a"], "the lowest of whom that is known");
    let _ = tree.trace.take();
    a.release();
    assert_eq!(tree.trace().await, "+a +b");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_it_twice() {
    let (trace, [a, b]) = children(["a", "b"]);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 0), &[a.child(), at_once(&b)]));
    let deep = ChildSpec::supervisor(spec("t", flags(OneForOne, 0), &[below]));
    let tree = Tree::start(&trace, flags(OneForOne, 0), &[deep]).await;
    b.linger();
    let before = tree.clock.now();
    a.crash("boom");
    tree.root.ended().await;
    assert_eq!(tree.clock.now() - before, Duration::from_millis(PATIENCE), "not on each level");
    assert_eq!(reports(&tree), ["root/t/s/b"]);
    b.release();
}

#[tokio::test(start_paused = true)]
async fn the_parents_stop_wins_over_a_restart_that_waits() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[a.child(), b.child()]).await;
    a.linger();
    a.crash("boom");
    tree.pass(PATIENCE + 1).await;
    let before = tree.clock.now();
    let history = tree.history.clone();
    let clock = tree.clock.clone();
    assert_eq!(tree.stop().await, "a!boom -b");
    assert_eq!(clock.now(), before, "nobody waits for it again");
    a.release();
    clock.sleep(Duration::from_secs(1)).await;
    assert_eq!(trace.take(), "", "and nothing starts afterwards");
    assert!(matches!(history.events().last().unwrap().what, What::Stopped { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_hand_ends_a_restart_that_waits() {
    let (trace, [a]) = children(["a"]);
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[a.child()]).await;
    a.linger();
    a.crash("boom");
    tree.pass(PATIENCE + 1).await;
    tree.root.terminate_child("a").await.unwrap();
    a.release();
    tree.pass(1_000).await;
    assert_eq!(tree.list().await, "a=down");
    assert_eq!(tree.root.restart_child("a").await.unwrap(), Started::Running);
    assert_eq!(tree.stop().await, "a!boom +a -a");
}

#[tokio::test(start_paused = true)]
async fn after_a_member_failed_to_start_the_others_of_its_group_are_down() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, flags(OneForAll, 9), &[a.child(), b.child()]).await;
    // First b fails, then a: b is down then, and no attempt of its own is on its way.
    b.next_starts(once());
    a.next_starts([crate::tree::run()].into_iter().chain(always().take(1)));
    a.crash("boom");
    assert_eq!(tree.trace().await, "a!boom -b +a ×b -a ×a +a +b");
    tree.stop().await;
}
