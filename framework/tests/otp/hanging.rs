//! A child whose every restart takes its time and fails: the supervisor is there in between, and can be stopped.

use std::time::Duration;

use mistersmith::supervisor::{ChildSpec, DeleteChildError, Flags, RestartChildError, StartChildError};
use mistersmith::testing::Scripted;

use crate::sight::counts;
use crate::tree::{OnStart, OneForOne, RestForOne, Tree, children};

/// A start of this child that hangs has failed after 2 s.
fn limited(child: &Scripted) -> ChildSpec {
    child.child().start_timeout(Some(Duration::from_secs(2)))
}

fn for_ever() -> impl Iterator<Item = OnStart> {
    std::iter::repeat_n(OnStart::Hang, 1_000)
}

/// While a child is tried again and again, calls are answered between two attempts, `terminate_child` ends the
/// attempts, and a supervisor in the midst of them can be stopped.
#[tokio::test(start_paused = true)]
async fn hanging_restart_loop() {
    let (trace, [child1]) = children(["child1"]);
    // Eight attempts in 10 s are too many; at 2 s each it goes on for ever.
    let tree = Tree::start(&trace, Flags::new(OneForOne, 8, 10), &[limited(&child1)]).await;
    child1.next_starts(for_ever());
    child1.crash("boom");
    tree.pass(60_000).await;
    assert_eq!(tree.list().await, "child1=restarting");
    assert_eq!(counts(&tree.root).await, [1, 0, 0, 1]);
    assert!(matches!(tree.root.start_child(child1.child()).await, Err(StartChildError::AlreadyPresent)));
    assert!(matches!(tree.root.restart_child("child1").await, Err(RestartChildError::Restarting)));
    assert_eq!(tree.root.delete_child("child1").await, Err(DeleteChildError::Restarting));

    tree.root.terminate_child("child1").await.unwrap();
    assert_eq!(tree.list().await, "child1=down");
    let _ = tree.trace.take();
    tree.pass(60_000).await;
    assert_eq!(tree.trace.take(), "", "no further attempt");
    assert!(matches!(tree.root.restart_child("child1").await, Err(RestartChildError::Failed(_))));

    let (trace, [child1]) = children(["child1"]);
    let looping = Tree::start(&trace, Flags::new(OneForOne, 8, 10), &[limited(&child1)]).await;
    child1.next_starts(for_ever());
    child1.crash("boom");
    looping.pass(60_000).await;
    let _ = looping.trace.take();
    assert_eq!(looping.stop().await, "×child1", "the attempt under way is the last one");
    tree.stop().await;
}

/// In the middle of three under rest_for_one: the one before runs, the one after is down until somebody starts it.
#[tokio::test(start_paused = true)]
async fn hanging_restart_loop_rest_for_one() {
    let (trace, [child1, child2, child3]) = children(["child1", "child2", "child3"]);
    let specs = [child1.child(), limited(&child2), child3.child()];
    let tree = Tree::start(&trace, Flags::new(RestForOne, 8, 10), &specs).await;
    child2.next_starts(for_ever());
    child2.crash("boom");
    tree.pass(60_000).await;
    assert_eq!(tree.list().await, "child1 child2=restarting child3=down");
    assert_eq!(counts(&tree.root).await, [3, 1, 0, 3]);
    assert!(matches!(tree.root.start_child(child2.child()).await, Err(StartChildError::AlreadyPresent)));
    assert!(matches!(tree.root.restart_child("child2").await, Err(RestartChildError::Restarting)));
    assert_eq!(tree.root.delete_child("child2").await, Err(DeleteChildError::Restarting));
    tree.root.restart_child("child3").await.unwrap();
    tree.root.terminate_child("child3").await.unwrap();

    tree.root.terminate_child("child2").await.unwrap();
    let _ = tree.trace.take();
    tree.pass(60_000).await;
    assert_eq!(tree.trace.take(), "", "no further attempt");
    assert_eq!(tree.list().await, "child1 child2=down child3=down");
    assert_eq!(tree.stop().await, "-child1");
}
