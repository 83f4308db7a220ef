//! The cases of Elixir's `Supervisor` that are not OTP's already.

use std::time::Duration;

use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    DeleteChildError, Restart, Shutdown, SpecProblem, StartChildError, Started, TerminateChildError,
};

use crate::sight::{counts, is_up};
use crate::tree::{OnStop, OneForOne, Tree, children, flags, transient};

/// A child is found under its id again after it was done, because it is permanent; `stop` ends the supervisor with
/// the reason it is given.
#[tokio::test(start_paused = true)]
async fn start_link() {
    let (trace, [child]) = children(["dyn_stack"]);
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[child.child()]).await;
    child.end(Exit::Normal);
    assert_eq!(tree.trace().await, "dyn_stack!normal +dyn_stack");
    assert_eq!(tree.list().await, "dyn_stack");
    assert!(matches!(tree.root.stop(Exit::Normal).await, Exit::Normal));
    assert!(!is_up(&tree));
}

/// `start_child` takes a specification as it is, changed or not, and refuses one that is wrong, without a trace.
#[tokio::test(start_paused = true)]
async fn start_child() {
    let (trace, [child]) = children(["child"]);
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[]).await;
    assert_eq!(tree.root.start_child(child.child()).await.unwrap(), Started::Running);
    let present = tree.root.start_child(child.child().restart(Restart::Temporary)).await;
    assert!(matches!(present, Err(StartChildError::AlreadyStarted)), "{present:?}");
    tree.root.terminate_child("child").await.unwrap();
    tree.root.delete_child("child").await.unwrap();
    let wrong = tree.root.start_child(transient(&child).significant(true)).await;
    let Err(StartChildError::Invalid(problems)) = wrong else { panic!("{wrong:?}") };
    assert_eq!(problems.0, [SpecProblem::SignificantWithoutAutoShutdown { id: "child".into() }]);
    assert_eq!((tree.list().await, tree.trace().await), (String::new(), "+child -child".to_owned()));
    tree.stop().await;
}

/// A child may be given no time at all to stop, or a millisecond; one that takes longer is killed.
#[tokio::test(start_paused = true)]
async fn with_valid_shutdown() {
    for limit in [Duration::ZERO, Duration::from_millis(1)] {
        let (trace, [child]) = children(["child"]);
        let child = child.stops(OnStop::Hang);
        let tree = Tree::start(&trace, flags(OneForOne, 3), &[]).await;
        tree.root.start_child(child.child().shutdown(Shutdown::After(limit))).await.unwrap();
        let before = tree.clock.now();
        tree.root.terminate_child("child").await.unwrap();
        assert_eq!(tree.clock.now() - before, limit);
        // With no time at all, either may come first: the question or the kill.
        assert!(["+child -child(killed)", "+child -child"].contains(&tree.trace().await.as_str()));
        tree.stop().await;
    }
}

/// A child is counted, refused to be deleted while it runs, terminated, restarted, terminated and deleted.
#[tokio::test(start_paused = true)]
async fn child_life_cycle() {
    let (trace, [child]) = children(["child"]);
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[]).await;
    let root = &tree.root;
    root.start_child(child.child()).await.unwrap();
    assert_eq!(counts(root).await, [1, 1, 0, 1]);
    assert_eq!(root.delete_child("child").await, Err(DeleteChildError::Running));
    root.terminate_child("child").await.unwrap();
    assert_eq!(counts(root).await, [1, 0, 0, 1]);
    assert_eq!(root.restart_child("child").await.unwrap(), Started::Running);
    root.terminate_child("child").await.unwrap();
    root.delete_child("child").await.unwrap();
    assert_eq!(counts(root).await, [0, 0, 0, 0]);
    assert_eq!(root.terminate_child("child").await, Err(TerminateChildError::NotFound));
    assert_eq!(tree.stop().await, "+child -child +child -child");
}
