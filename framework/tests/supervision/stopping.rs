//! Stops: one after the other in reverse order, each in its own time (traces 13 and 14).

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildSpec, History, Shutdown, Supervisor};

use crate::tree::{OnStart, OnStop, OneForOne, Tree, children, flags, spec};

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Trace 13.
#[tokio::test(start_paused = true)]
async fn the_times_of_a_stop_add_up() {
    let (trace, [deaf, slow, quick]) = children(["deaf", "slow", "quick"]);
    let deaf = deaf.stops(OnStop::Hang);
    let slow = slow.stops(OnStop::Slow(millis(300)));
    let quick = quick.stops(OnStop::Slow(millis(100)));
    let specs = [deaf.child().shutdown(Shutdown::After(millis(200))), slow.child(), quick.child()];
    let tree = Tree::start(&trace, flags(OneForOne, 1), &specs).await;
    let (clock, before) = (tree.clock.clone(), tree.clock.now());
    assert_eq!(tree.stop().await, "-quick -slow -deaf(killed)");
    assert_eq!(clock.now() - before, millis(600));
}

/// Trace 13.
#[tokio::test(start_paused = true)]
async fn however_a_child_takes_being_stopped_the_stop_goes_on() {
    let (trace, [a, b, c, d]) = children(["a", "b", "c", "d"]);
    let b = b.stops(OnStop::Error("no".to_owned()));
    let c = c.stops(OnStop::Panic("no".to_owned()));
    let d = d.child().shutdown(Shutdown::BrutalKill);
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[a.child(), b.child(), c.child(), d]).await;
    assert_eq!(tree.stop().await, "-d(killed) -c(panic) -b(error) -a");
}

/// Trace 13.
#[tokio::test(start_paused = true)]
async fn a_child_that_crashes_during_the_stop_is_not_restarted() {
    let (trace, [a, b]) = children(["a", "b"]);
    let b = b.stops(OnStop::Slow(millis(100)));
    let tree = Tree::start(&trace, flags(OneForOne, 9), &[a.child(), b.child()]).await;
    let root = tree.root.clone();
    let (exit, ()) = tokio::join!(root.stop(Exit::Shutdown), async {
        tree.pass(50).await;
        a.crash("boom");
    });
    assert!(matches!(exit, Exit::Shutdown), "{exit}");
    assert_eq!(tree.trace.take(), "a!boom -b");
}

/// Trace 14.
#[tokio::test(start_paused = true)]
async fn a_stop_during_the_start_waits_for_the_rest_of_the_start() {
    let (trace, [x, a, b]) = children(["x", "a", "b"]);
    let b = b.starts([OnStart::Slow(millis(100))]);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 1), &[a.child(), b.child()]));
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[x.child()]).await;
    let (root, other) = (tree.root.clone(), tree.root.clone());
    let (started, _) = tokio::join!(root.start_child(below), async {
        tree.pass(50).await;
        other.stop(Exit::Shutdown).await
    });
    assert!(started.is_ok(), "{started:?}");
    assert_eq!(tree.trace.take(), "+a +b -b -a -x");
}

#[tokio::test(start_paused = true)]
async fn a_tree_is_stopped_from_its_leaves_in_reverse_order() {
    let (trace, [a, b, c, d]) = children(["a", "b", "c", "d"]);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 1), &[b.child(), c.child()]));
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[a.child(), below, d.child()]).await;
    assert_eq!(tree.stop().await, "-d -c -b -a");
}

#[tokio::test(start_paused = true)]
async fn a_root_says_why_it_was_stopped_and_its_children_always_see_shutdown() {
    let (trace, [a]) = children(["a"]);
    let (clock, history) = (Clock::seeded(1), History::default());
    let root =
        Supervisor::start(spec("root", flags(OneForOne, 1), &[a.child()]), &clock, &history).await.unwrap();
    let why = Exit::ShutdownWith { value: "moving".to_owned() };
    assert_eq!(root.stop(why).await.to_string(), "shutdown: moving");
    assert_eq!(root.ended().await.to_string(), "shutdown: moving");
    assert_eq!(trace.take(), "+a -a");
}
