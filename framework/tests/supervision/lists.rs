//! Lists and positions (trace 15).

use crate::tree::{OneForOne, RestForOne, Tree, children, flags, spec, temporary};
use mistersmith::supervisor::{ChildSpec, Counts, StartChildError};

/// Trace 15.
#[tokio::test(start_paused = true)]
async fn a_child_that_is_added_again_stands_at_the_end_and_a_restart_keeps_the_place() {
    let (trace, [a, t, b, c]) = children(["a", "t", "b", "c"]);
    let tree = Tree::start(&trace, flags(RestForOne, 9), &[a.child(), temporary(&t), b.child()]).await;
    t.crash("boom");
    assert_eq!(tree.trace().await, "t!boom");
    tree.root.start_child(t.child()).await.unwrap();
    tree.root.start_child(c.child()).await.unwrap();
    assert_eq!(tree.trace().await, "+t +c");
    b.crash("boom");
    assert_eq!(tree.trace().await, "b!boom -c -t +b +t +c");
    assert_eq!(tree.list().await, "a b t c");
    tree.stop().await;
}

/// Trace 15, as it was cut from OTP: the one that is added again is temporary again.
#[tokio::test(start_paused = true)]
async fn a_temporary_child_that_is_added_again_is_forgotten_again() {
    let (trace, [a, t, b, c]) = children(["a", "t", "b", "c"]);
    let tree = Tree::start(&trace, flags(RestForOne, 9), &[a.child(), temporary(&t), b.child()]).await;
    t.crash("boom");
    assert_eq!(tree.trace().await, "t!boom");
    tree.root.start_child(temporary(&t)).await.unwrap();
    tree.root.start_child(c.child()).await.unwrap();
    b.crash("boom");
    assert_eq!(tree.trace().await, "+t +c b!boom -c -t +b +c");
    assert_eq!(tree.list().await, "a b c");
    tree.stop().await;
}

/// Trace 15.
#[tokio::test(start_paused = true)]
async fn a_supervisor_that_was_restarted_has_the_children_of_its_specification_only() {
    let (trace, [a, b]) = children(["a", "b"]);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 0), &[a.child()]));
    let tree = Tree::start(&trace, flags(OneForOne, 9), &[below]).await;
    tree.root.child("s").unwrap().start_child(b.child()).await.unwrap();
    assert_eq!(tree.trace().await, "+b");
    a.crash("boom");
    assert_eq!(tree.trace().await, "a!boom -b +a");
    let counts = tree.root.child("s").unwrap().count_children().await.unwrap();
    assert_eq!(counts, Counts { specs: 1, active: 1, supervisors: 0, workers: 1 });
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_id_belongs_to_one_child_through_restarts_until_it_is_deleted() {
    let (trace, [a, other]) = children(["a", "a"]);
    let tree = Tree::start(&trace, flags(OneForOne, 9), &[a.child()]).await;
    a.crash("boom");
    assert_eq!(tree.trace().await, "a!boom +a");
    let taken = tree.root.start_child(other.child()).await;
    assert!(matches!(taken, Err(StartChildError::AlreadyStarted)), "{taken:?}");
    tree.root.terminate_child("a").await.unwrap();
    let taken = tree.root.start_child(other.child()).await;
    assert!(matches!(taken, Err(StartChildError::AlreadyPresent)), "{taken:?}");
    tree.root.delete_child("a").await.unwrap();
    tree.root.start_child(other.child()).await.unwrap();
    tree.stop().await;
}
