//! Calls: how they are answered when the supervisor ends meanwhile, or has ended.

use std::time::Duration;

use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpecError, ChildrenError, DeleteChildError, StartChildError, Started, TerminateChildError,
};

use crate::tree::{OnStart, OnStop, OneForOne, Tree, children, flags, once, temporary};

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_when_the_supervisor_ends_hears_how_it_ended() {
    for killed in [false, true] {
        let (trace, [a]) = children(["a"]);
        let a = a.stops(OnStop::Slow(Duration::from_millis(100)));
        let tree = Tree::start(&trace, flags(OneForOne, 1), &[a.child()]).await;
        let (root, why) = (tree.root.clone(), Exit::ShutdownWith { value: "moving".to_owned() });
        let asked = async {
            tree.pass(50).await;
            let late = async {
                tree.pass(10).await;
                if killed {
                    root.kill();
                }
            };
            let (started, terminated, list, spec, ()) = tokio::join!(
                root.start_child(a.child()),
                root.terminate_child("a"),
                root.which_children(),
                root.child_spec("a"),
                late
            );
            (started, terminated, list, spec)
        };
        let (exit, (started, terminated, list, spec)) = tokio::join!(root.stop(why.clone()), asked);
        assert_eq!(exit, if killed { Exit::Killed } else { why });
        let Err(StartChildError::SupervisorEnded(heard)) = started else { panic!("{started:?}") };
        assert_eq!(heard, exit);
        assert_eq!(terminated, Err(TerminateChildError::SupervisorEnded(exit.clone())));
        assert_eq!(list, Err(ChildrenError::SupervisorEnded(exit.clone())));
        assert_eq!(spec, Err(ChildSpecError::SupervisorEnded(exit)));
        // Now nobody is there any more.
        assert_eq!(root.terminate_child("a").await, Err(TerminateChildError::SupervisorGone));
        assert_eq!(root.count_children().await, Err(ChildrenError::SupervisorGone));
        assert_eq!(root.delete_child("a").await, Err(DeleteChildError::SupervisorGone));
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_may_stop_waiting_and_what_was_asked_is_done() {
    let (trace, [a]) = children(["a"]);
    let a = a.starts([OnStart::Slow(Duration::from_millis(100))]);
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[]).await;
    let root = tree.root.clone();
    assert!(tree.clock.timeout(Duration::from_millis(10), root.start_child(a.child())).await.is_err());
    tree.pass(200).await;
    assert_eq!((tree.trace.take().as_str(), tree.list().await.as_str()), ("+a", "a"));
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_temporary_child_that_is_terminated_or_not_needed_is_forgotten_and_its_id_is_free() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[temporary(&a)]).await;
    tree.root.terminate_child("a").await.unwrap();
    assert_eq!(tree.root.terminate_child("a").await, Err(TerminateChildError::NotFound));
    a.next_starts([OnStart::Ignore]);
    assert_eq!(tree.root.start_child(temporary(&a)).await.unwrap(), Started::Ignored);
    assert_eq!(tree.root.child_spec("a").await, Err(ChildSpecError::NotFound));
    b.next_starts(once());
    assert!(matches!(tree.root.start_child(temporary(&b)).await, Err(StartChildError::Failed(_))));
    assert_eq!(tree.list().await, "");
    tree.stop().await;
}
