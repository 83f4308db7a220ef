//! Kills: the whole subtree is gone before anything is started again, and what cannot be killed is reported.

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildSpec, History, Restart, Shutdown, Supervisor, What};
use mistersmith::testing::{Scripted, eventually};

use crate::tree::{OneForAll, OneForOne, Tree, children, flags, spec, transient};

/// Trace 14, where this differs from Erlang on purpose: no orphans.
#[tokio::test(start_paused = true)]
async fn the_subtree_of_a_killed_supervisor_is_gone_before_it_is_started_again() {
    for round in 0..200 {
        let (trace, [a, b, c]) = children(["a", "b", "c"]);
        let deep = ChildSpec::supervisor(spec("deep", flags(OneForOne, 1), &[b.child(), c.child()]));
        let below = ChildSpec::supervisor(spec("s", flags(OneForAll, 1), &[a.child(), deep]));
        let tree = Tree::start(&trace, flags(OneForOne, 1), &[below]).await;
        tree.root.child("s").unwrap().kill();
        let words = tree.trace().await;
        let (gone, back) = words.split_once(" +").unwrap();
        let mut gone: Vec<_> = gone.split(' ').collect();
        gone.sort_unstable();
        assert_eq!(gone, ["-a(killed)", "-b(killed)", "-c(killed)"], "round {round}");
        assert_eq!(back, "a +b +c", "round {round}");
        tree.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_several_threads_a_supervisor_that_is_being_killed_restarts_nobody() {
    for round in 0..200 {
        let (trace, [a, b]) = children(["a", "b"]);
        let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 9), &[a.child(), b.child()]));
        let tree = Tree::start(&trace, flags(OneForOne, 1), &[below]).await;
        tree.root.child("s").unwrap().kill();
        eventually(&tree.history, |event| {
            matches!(event.what, What::Decided(_)) && &*event.supervisor == "root"
        })
        .await;
        // Whoever dies first: the supervisor that is being killed restarts nobody, so all are gone before any is back.
        let words = tree.trace.take();
        let (gone, back) = words.split_once(" +").expect("they are started again");
        let mut gone: Vec<_> = gone.split(' ').collect();
        gone.sort_unstable();
        assert_eq!(gone, ["-a(killed)", "-b(killed)"], "round {round}: {words}");
        assert_eq!(back, "a +b", "round {round}: {words}");
        tree.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_killed_child_ended_abnormally() {
    let (trace, [a]) = children(["a"]);
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[transient(&a)]).await;
    a.kill();
    assert_eq!(tree.trace().await, "-a(killed) +a");
    tree.stop().await;
}

/// Trace 14.
#[tokio::test(start_paused = true)]
async fn a_killed_root_takes_everything_with_it() {
    let (trace, [a, b]) = children(["a", "b"]);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 1), &[b.child()]));
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[a.child(), below]).await;
    tree.root.kill();
    assert!(matches!(tree.root.ended().await, Exit::Killed));
    let words = tree.trace().await;
    let mut words: Vec<_> = words.split(' ').collect();
    words.sort_unstable();
    assert_eq!(words, ["-a(killed)", "-b(killed)"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_child_that_never_yields_is_reported_and_does_not_hold_up_the_others() {
    let (trace, [a, stuck]) = children(["a", "stuck"]);
    let (clock, history) = (Clock::machine(), History::default());
    let limited =
        stuck.child().restart(Restart::Temporary).shutdown(Shutdown::After(Duration::from_millis(10)));
    let root = spec("root", flags(OneForOne, 1), &[a.child(), limited]);
    let root = Supervisor::start(root, &clock, &history).await.unwrap();
    let _released = Released(stuck.clone());
    stuck.block();
    while trace.next().await != "stuck blocks" {}
    root.terminate_child("stuck").await.unwrap();
    let orphan = eventually(&history, |event| matches!(event.what, What::Orphaned { .. })).await;
    assert!(matches!(&orphan.what, What::Orphaned { child } if child.as_str() == "stuck"), "{orphan:?}");
    a.crash("boom");
    assert_eq!([trace.next().await, trace.next().await], ["a!boom", "+a"]);
    // It blocks still, and the stop of the tree does not wait for it for ever.
    assert!(matches!(root.stop(Exit::Shutdown).await, Exit::Shutdown));
}

/// Lets a blocking child go, also when the test fails: the runtime waits for its thread.
struct Released(Scripted);

impl Drop for Released {
    fn drop(&mut self) {
        self.0.release();
    }
}
