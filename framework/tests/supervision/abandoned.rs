//! What a start that came to nothing has left behind: nobody is started beside what does not yield.

use std::time::Duration;

use mistersmith::supervisor::{
    ChildSpec, RestartChildError, Shutdown, StartChildError, Started, Strategy, SupervisorSpec,
};
use mistersmith::testing::Scripted;

use crate::orphans::{node, reports};
use crate::tree::{OnStart, OneForAll, OneForOne, RestForOne, Tree, children, flags, once, spec};

/// How long a start may take here.
const LIMIT: Duration = Duration::from_secs(3);

/// How long that, and the wait for what does not yield, take together, in milliseconds.
const UNTIL_REPORTED: u64 = 3_000 + 5_000 + 1;

fn limited(below: SupervisorSpec) -> ChildSpec {
    ChildSpec::supervisor(below).start_timeout(Some(LIMIT))
}

/// Kills the supervisor `s` of `a` and `b`, gives its next start up, and lets `a` of that start stay behind.
async fn give_up_beside(strategy: Strategy, a: &Scripted, b: &Scripted, tree: &Tree) {
    b.next_starts([OnStart::Hang]);
    tree.root.child("s").unwrap().kill();
    tree.trace().await;
    a.linger();
    tree.pass(UNTIL_REPORTED).await;
    assert_eq!(reports(tree), ["root/s/a"], "{strategy:?}: once, the lowest of whom that is known");
    assert!(node(&tree.root, "s").orphaned, "{strategy:?}");
    let _ = tree.trace.take();
}

#[tokio::test(start_paused = true)]
async fn the_next_attempt_of_a_group_waits_for_what_is_left_of_one_that_was_given_up() {
    for (strategy, waiting, started) in [
        (OneForOne, "x s=restarting y", "+a +b"),
        (RestForOne, "x s=restarting y=down", "+a +b +y"),
        (OneForAll, "x=down s=restarting y=down", "+x +a +b +y"),
    ] {
        let (trace, [a, b, x, y]) = children(["a", "b", "x", "y"]);
        let below = spec("s", flags(OneForOne, 5), &[a.child(), b.child()]);
        let tree = Tree::start(&trace, flags(strategy, 5), &[x.child(), limited(below), y.child()]).await;
        give_up_beside(strategy, &a, &b, &tree).await;
        tree.pass(60_000).await;
        assert_eq!(tree.list().await, waiting, "{strategy:?}: the supervisor serves on");
        assert_eq!(tree.trace.take(), "", "{strategy:?}: nobody starts beside it");
        a.release();
        assert_eq!(tree.trace().await, started, "{strategy:?}");
        assert_eq!(tree.list().await, "x s y", "{strategy:?}");
        assert_eq!(reports(&tree).len(), 1, "{strategy:?}");
        tree.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_is_not_tried_again_beside_what_its_failed_start_has_left() {
    let (trace, [a, b]) = children(["a", "b"]);
    let given_up = a.child().start_timeout(Some(LIMIT));
    let tree = Tree::start(&trace, flags(OneForOne, 5), &[given_up, b.child()]).await;
    a.next_starts([OnStart::Hang]);
    a.crash("boom");
    tree.trace().await;
    a.linger();
    tree.pass(UNTIL_REPORTED).await;
    assert_eq!(reports(&tree), ["root/a"]);
    assert!(node(&tree.root, "a").orphaned);
    let _ = tree.trace.take();
    tree.pass(60_000).await;
    assert_eq!(tree.list().await, "a=restarting b", "the supervisor serves on");
    assert_eq!(tree.trace.take(), "", "nobody starts beside it");
    a.release();
    assert_eq!(tree.trace().await, "+a");
    assert_eq!(reports(&tree).len(), 1);
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn it_is_found_below_a_start_below_a_start() {
    let (trace, [a, b]) = children(["a", "b"]);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 5), &[a.child(), b.child()]));
    let deep = limited(spec("t", flags(OneForOne, 5), &[below.start_timeout(None)]));
    let tree = Tree::start(&trace, flags(OneForOne, 5), &[deep]).await;
    b.next_starts([OnStart::Hang]);
    tree.root.child("t").unwrap().kill();
    tree.trace().await;
    a.linger();
    tree.pass(UNTIL_REPORTED).await;
    assert_eq!(tree.list().await, "t=restarting");
    assert_eq!(reports(&tree), ["root/t/s/a"]);
    let _ = tree.trace.take();
    a.release();
    assert_eq!(tree.trace().await, "+a +b");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_could_not_come_up_is_not_tried_beside_what_it_could_not_stop() {
    let (trace, [a, slow, b]) = children(["a", "slow", "b"]);
    let first = a.child().shutdown(Shutdown::BrutalKill);
    let below = spec("s", flags(OneForOne, 5), &[first, slow.child(), b.child()]);
    let tree = Tree::start(&trace, flags(OneForOne, 5), &[ChildSpec::supervisor(below)]).await;
    slow.next_starts([OnStart::Slow(LIMIT)]);
    b.next_starts(once());
    tree.root.child("s").unwrap().kill();
    tree.trace().await;
    a.linger();
    // Reported by the one that could not come up: its own supervisor does not wait for it a second time.
    tree.pass(UNTIL_REPORTED).await;
    assert_eq!(tree.list().await, "s=restarting");
    assert_eq!(reports(&tree), ["root/s/a"]);
    assert_eq!(tree.trace.take(), "+slow ×b -slow -a(killed)");
    a.release();
    assert_eq!(tree.trace().await, "+a +slow +b");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn its_name_is_given_to_nobody_by_hand_either() {
    let (trace, [a, b, other]) = children(["a", "b", "s"]);
    let below = || limited(spec("s", flags(OneForOne, 5), &[a.child(), b.child()]));
    let tree = Tree::start(&trace, flags(OneForOne, 5), &[below()]).await;
    tree.root.terminate_child("s").await.unwrap();
    b.next_starts([OnStart::Hang]);
    let give_up = async {
        tree.trace().await;
        a.linger();
    };
    let (failed, ()) = tokio::join!(tree.root.restart_child("s"), give_up);
    assert!(matches!(failed, Err(RestartChildError::Failed(_))), "{failed:?}");
    assert!(matches!(tree.root.restart_child("s").await, Err(RestartChildError::Orphaned)));
    tree.root.delete_child("s").await.unwrap();
    let taken = tree.root.start_child(other.child()).await;
    assert!(matches!(taken, Err(StartChildError::Orphaned)), "{taken:?}");
    a.release();
    tree.trace().await;
    assert_eq!(tree.list().await, "", "it is forgotten");
    assert_eq!(tree.root.start_child(below()).await.unwrap(), Started::Running);
    tree.stop().await;
}
