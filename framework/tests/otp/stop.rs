//! How a supervisor stops its children: by the policy of each, to the end, whatever they do meanwhile.

use std::time::Duration;

use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildSpec, Restart, Shutdown, SupervisorSpec};
use mistersmith::testing::Scripted;

use crate::sight::{done, error, last_exit};
use crate::tree::{OnStop, OneForOne, Tree, children, flags};

const SECOND: Duration = Duration::from_secs(1);

/// Children of both types that are waited for without limit end with `shutdown`, however long they take.
#[tokio::test(start_paused = true)]
async fn sup_stop_infinity() {
    let (trace, [child1]) = children(["child1"]);
    let child1 = child1.stops(OnStop::Slow(3_600 * SECOND));
    let below = ChildSpec::supervisor(SupervisorSpec::new("child2", flags(OneForOne, 1)));
    let specs = [child1.child().shutdown(Shutdown::Infinity), below.shutdown(Shutdown::Infinity)];
    let tree = Tree::start(&trace, flags(OneForOne, 1), &specs).await;
    assert!(matches!(tree.root.stop(Exit::Shutdown).await, Exit::Shutdown));
    assert_eq!(tree.trace.take(), "-child1");
    assert_eq!(["child1", "child2"].map(|id| last_exit(&tree.root, id)), ["shutdown", "shutdown"]);
}

/// A child that is busy for longer than its second is killed, its sibling ends with `shutdown`, and so does the
/// supervisor.
#[tokio::test(start_paused = true)]
async fn sup_stop_timeout() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let child2 = child2.stops(OnStop::Hang);
    let specs = [&child1, &child2].map(|child| child.child().shutdown(Shutdown::After(SECOND)));
    let tree = Tree::start(&trace, flags(OneForOne, 2), &specs).await;
    let before = tree.clock.now();
    assert!(matches!(tree.root.stop(Exit::Shutdown).await, Exit::Shutdown));
    assert_eq!(tree.clock.now() - before, SECOND);
    assert_eq!(["child1", "child2"].map(|id| last_exit(&tree.root, id)), ["shutdown", "killed"]);
}

/// A child that is to be killed is killed, its sibling is asked.
#[tokio::test(start_paused = true)]
async fn sup_stop_brutal_kill() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let specs = [child1.child(), child2.child().shutdown(Shutdown::BrutalKill)];
    let tree = Tree::start(&trace, flags(OneForOne, 2), &specs).await;
    assert!(matches!(tree.root.stop(Exit::Shutdown).await, Exit::Shutdown));
    assert_eq!(tree.trace.take(), "-child2(killed) -child1");
    assert_eq!(["child1", "child2"].map(|id| last_exit(&tree.root, id)), ["shutdown", "killed"]);
}

/// Twelve children end by themselves, for four reasons and under three restart types, while the supervisor stops
/// the last one: the stop goes on, each keeps its own reason, nobody is restarted.
#[tokio::test(start_paused = true)]
async fn sup_stop_race() {
    let (trace, [last]) = children(["last"]);
    let last = last.stops(OnStop::Slow(SECOND));
    let (mut racing, mut specs) = (Vec::new(), Vec::new());
    for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
        for exit in [Exit::Normal, Exit::Shutdown, done(), error("boom")] {
            let child = Scripted::worker(format!("{restart} {exit}"), &trace);
            specs.push(child.child().restart(restart));
            racing.push((child, exit));
        }
    }
    specs.push(last.child());
    let tree = Tree::start(&trace, flags(OneForOne, 1), &specs).await;
    let root = tree.root.clone();
    let (stopped, ()) = tokio::join!(root.stop(Exit::Shutdown), async {
        tree.pass(500).await;
        for (child, exit) in &racing {
            child.end(exit.clone());
        }
    });
    assert!(matches!(stopped, Exit::Shutdown), "{stopped}");
    let words = tree.trace.take();
    assert!(!words.contains('+') && words.ends_with(" -last"), "{words}");
    for (index, (_, exit)) in racing.iter().enumerate() {
        let seen = tree.root.tree().children[index].last_exit.clone().unwrap();
        assert_eq!(seen.to_string(), exit.to_string(), "child {index}");
    }
}
