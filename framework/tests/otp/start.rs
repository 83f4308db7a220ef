//! How a supervisor and its children are started, and what a start that fails leaves behind.

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, ChildType, Flags, History, Restart, RestartChildError, Shutdown, StartChildError, Started,
    Supervisor, SupervisorSpec,
};

use crate::sight::{counts, is_up};
use crate::tree::{OnStart, OneForOne, Tree, children, flags, once, spec, temporary};

async fn refused(spec: SupervisorSpec) -> Exit {
    Supervisor::start(spec, &Clock::seeded(1), &History::default()).await.unwrap_err()
}

/// A supervisor without children that its parent stops ends with `shutdown`.
#[tokio::test(start_paused = true)]
async fn sup_start_normal() {
    let (trace, []) = children([]);
    let empty = ChildSpec::supervisor(SupervisorSpec::new("empty", flags(OneForOne, 2)));
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[empty]).await;
    let empty = tree.root.child("empty").unwrap();
    assert_eq!(counts(&empty).await, [0, 0, 0, 0]);
    tree.root.terminate_child("empty").await.unwrap();
    assert!(matches!(empty.ended().await, Exit::Shutdown));
    assert!(is_up(&tree));
    tree.stop().await;
}

/// A child that is not needed is no error for `start_child`; it stays, down, and the next one starts.
#[tokio::test(start_paused = true)]
async fn sup_start_ignore_child() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let child1 = child1.starts([OnStart::Ignore]);
    let tree = Tree::start(&trace, flags(OneForOne, 2), &[]).await;
    assert_eq!(tree.root.start_child(child1.child()).await.unwrap(), Started::Ignored);
    assert_eq!(tree.root.start_child(child2.child()).await.unwrap(), Started::Running);
    assert_eq!(tree.list().await, "child1=down child2");
    assert_eq!(counts(&tree.root).await, [2, 1, 0, 2]);
    tree.stop().await;
}

/// A temporary child of the specification that is not needed is forgotten, and the next one starts.
#[tokio::test(start_paused = true)]
async fn sup_start_ignore_temporary_child() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let child1 = child1.starts([OnStart::Ignore]);
    let tree = Tree::start(&trace, flags(OneForOne, 2), &[temporary(&child1), temporary(&child2)]).await;
    assert_eq!(tree.list().await, "child2");
    assert_eq!(counts(&tree.root).await, [1, 1, 0, 1]);
    tree.stop().await;
}

/// A temporary child that `start_child` adds and that is not needed is forgotten, and the next one starts.
#[tokio::test(start_paused = true)]
async fn sup_start_ignore_temporary_child_start_child() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let child1 = child1.starts([OnStart::Ignore]);
    let tree = Tree::start(&trace, flags(OneForOne, 2), &[]).await;
    assert_eq!(tree.root.start_child(temporary(&child1)).await.unwrap(), Started::Ignored);
    assert_eq!(tree.root.start_child(temporary(&child2)).await.unwrap(), Started::Running);
    assert_eq!(tree.list().await, "child2");
    assert_eq!(counts(&tree.root).await, [1, 1, 0, 1]);
    tree.stop().await;
}

/// A supervisor that cannot be as it was specified does not start, and says what is wrong. (In Erlang `init`
/// returns rubbish, which our types exclude.)
#[tokio::test(start_paused = true)]
async fn sup_start_error_return() {
    let (trace, [child]) = children(["child"]);
    let exit = refused(spec("root", Flags::new(OneForOne, 1, 0), &[child.child()])).await;
    assert!(
        exit.is_abnormal() && exit.to_string().contains("the period of the restart intensity is 0 s"),
        "{exit}"
    );
    assert_eq!(trace.take(), "");
}

/// A start that panics is an error for whoever starts the supervisor, and nothing else. (A supervisor of ours has
/// no `init` that could raise; its children have.)
#[tokio::test(start_paused = true)]
async fn sup_start_fail() {
    let (trace, [child]) = children(["child"]);
    let child = child.starts([OnStart::Panic("no disk".to_owned())]);
    let exit = refused(spec("root", flags(OneForOne, 1), &[child.child()])).await;
    assert!(
        matches!(&exit, Exit::NotStarted { child, cause } if child == "child" && matches!(**cause, Exit::Panic(_))),
        "{exit}"
    );
    assert_eq!(trace.take(), "×child");
}

/// `start_child` with a child that fails returns the reason and keeps nothing of it.
#[tokio::test(start_paused = true)]
async fn sup_start_child_returns_error() {
    let (trace, [child]) = children(["child"]);
    let child = child.starts(once());
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[]).await;
    let failed = tree.root.start_child(child.child()).await;
    let Err(StartChildError::Failed(reason)) = failed else { panic!("{failed:?}") };
    assert_eq!(reason.to_string(), "error: nope");
    assert_eq!((tree.list().await.as_str(), counts(&tree.root).await), ("", [0, 0, 0, 0]));
    assert_eq!(tree.root.start_child(child.child()).await.unwrap(), Started::Running, "the id is free");
    tree.stop().await;
}

/// `restart_child` with a child that fails returns the reason and keeps the child, down.
#[tokio::test(start_paused = true)]
async fn sup_start_restart_child_returns_error() {
    let (trace, [child]) = children(["child"]);
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[child.child()]).await;
    tree.root.terminate_child("child").await.unwrap();
    child.next_starts(once());
    let failed = tree.root.restart_child("child").await;
    let Err(RestartChildError::Failed(reason)) = failed else { panic!("{failed:?}") };
    assert_eq!(reason.to_string(), "error: nope");
    assert_eq!(tree.list().await, "child=down");
    assert_eq!(tree.trace().await, "-child ×child", "one attempt, and no other");
    tree.stop().await;
}

/// What a child specification does not say is permanent, 5 s and worker; what it says is kept.
#[tokio::test(start_paused = true)]
async fn sup_start_map() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let minimal = child1.child();
    let killed = child2.child().shutdown(Shutdown::BrutalKill);
    let below = ChildSpec::supervisor(SupervisorSpec::new("child3", flags(OneForOne, 1)));
    let specs = [minimal.clone(), killed.clone(), below.clone()];
    let tree = Tree::start(&trace, flags(OneForOne, 1), &specs).await;
    let kept = tree.root.child_spec("child1").await.unwrap();
    let in_full = minimal.restart(Restart::Permanent).shutdown(Shutdown::After(Duration::from_secs(5)));
    assert_eq!(*kept, in_full.significant(false));
    assert_eq!(*tree.root.child_spec("child2").await.unwrap(), killed);
    assert_eq!(*tree.root.child_spec("child3").await.unwrap(), below.shutdown(Shutdown::Infinity));
    assert!(tree.root.child_spec("child4").await.is_err());
    let types: Vec<_> = tree.root.tree().children.iter().map(|child| child.child_type).collect();
    assert_eq!(types, [ChildType::Worker, ChildType::Worker, ChildType::Supervisor]);
    tree.stop().await;
}

/// A supervisor with a child specification that is wrong does not start, and starts nothing before it says so.
/// (What Erlang's map can lack, a Rust value cannot; two children of one id remain.)
#[tokio::test(start_paused = true)]
async fn sup_start_map_faulty_specs() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let twice = [child1.child(), child2.child(), child1.child()];
    let exit = refused(spec("root", flags(OneForOne, 1), &twice)).await;
    assert!(exit.to_string().contains("child child1 is specified twice"), "{exit}");
    assert_eq!(trace.take(), "");
}
