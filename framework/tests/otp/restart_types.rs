//! What becomes of a child that ends by itself: its restart type and its exit decide.

use mistersmith::exit::Exit;
use mistersmith::supervisor::{Restart, Started};
use mistersmith::testing::Scripted;

use crate::sight::{counts, done, error};
use crate::tree::{OneForOne, Tree, children, flags, temporary};

async fn alone(restart: Restart) -> (Tree, Scripted) {
    let (trace, [child1]) = children(["child1"]);
    let tree = Tree::start(&trace, flags(OneForOne, 5), &[child1.child().restart(restart)]).await;
    (tree, child1)
}

/// Lets the child end so; what is seen of it then, what is left of it, and how it is counted.
async fn after(tree: &Tree, child: &Scripted, exit: Exit) -> (String, String, [usize; 4]) {
    child.end(exit);
    (tree.trace().await, tree.list().await, counts(&tree.root).await)
}

/// Lets a lone child of this restart type end so, and says what is left of it.
async fn left(restart: Restart, exit: Exit) -> (String, [usize; 4]) {
    let (tree, child) = alone(restart).await;
    let (_, list, counts) = after(&tree, &child, exit).await;
    tree.stop().await;
    (list, counts)
}

fn restarted() -> (String, [usize; 4]) {
    ("child1".to_owned(), [1, 1, 0, 1])
}

fn down() -> (String, [usize; 4]) {
    ("child1=down".to_owned(), [1, 0, 0, 1])
}

fn forgotten() -> (String, [usize; 4]) {
    (String::new(), [0, 0, 0, 0])
}

/// A permanent child that is done is started again.
#[tokio::test(start_paused = true)]
async fn permanent_normal() {
    assert_eq!(left(Restart::Permanent, Exit::Normal).await, restarted());
}

/// A transient child that is done stays, down.
#[tokio::test(start_paused = true)]
async fn transient_normal() {
    assert_eq!(left(Restart::Transient, Exit::Normal).await, down());
}

/// A temporary child that is done is forgotten.
#[tokio::test(start_paused = true)]
async fn temporary_normal() {
    assert_eq!(left(Restart::Temporary, Exit::Normal).await, forgotten());
}

/// A permanent child that shuts down is started again, with a value or without.
#[tokio::test(start_paused = true)]
async fn permanent_shutdown() {
    let (tree, child) = alone(Restart::Permanent).await;
    for (exit, words) in
        [(Exit::Shutdown, "child1!shutdown +child1"), (done(), "child1!shutdown: done +child1")]
    {
        let (list, counts) = restarted();
        assert_eq!(after(&tree, &child, exit).await, (words.to_owned(), list, counts));
    }
    tree.stop().await;
}

/// A transient child that shuts down stays, down, with a value or without, and can be started by hand.
#[tokio::test(start_paused = true)]
async fn transient_shutdown() {
    let (tree, child) = alone(Restart::Transient).await;
    for (exit, words) in [(Exit::Shutdown, "child1!shutdown"), (done(), "+child1 child1!shutdown: done")] {
        let (list, counts) = down();
        assert_eq!(after(&tree, &child, exit).await, (words.to_owned(), list, counts));
        assert_eq!(tree.root.restart_child("child1").await.unwrap(), Started::Running);
    }
    tree.stop().await;
}

/// A temporary child that shuts down is forgotten, with a value or without, and its id is free.
#[tokio::test(start_paused = true)]
async fn temporary_shutdown() {
    let (tree, child) = alone(Restart::Temporary).await;
    for (exit, words) in [(Exit::Shutdown, "child1!shutdown"), (done(), "+child1 child1!shutdown: done")] {
        let (list, counts) = forgotten();
        assert_eq!(after(&tree, &child, exit).await, (words.to_owned(), list, counts));
        assert_eq!(tree.root.start_child(temporary(&child)).await.unwrap(), Started::Running);
    }
    tree.stop().await;
}

/// A permanent child that fails is started again.
#[tokio::test(start_paused = true)]
async fn permanent_abnormal() {
    assert_eq!(left(Restart::Permanent, error("abnormal")).await, restarted());
}

/// A transient child that fails is started again.
#[tokio::test(start_paused = true)]
async fn transient_abnormal() {
    assert_eq!(left(Restart::Transient, error("abnormal")).await, restarted());
}

/// A temporary child that fails is forgotten.
#[tokio::test(start_paused = true)]
async fn temporary_abnormal() {
    assert_eq!(left(Restart::Temporary, error("abnormal")).await, forgotten());
}
