//! How instances end: each by its own shutdown, all at once.

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, ChildState, Dynamic, Flags, History, Restart, Shutdown, SupervisorSpec, TerminateChildError,
};
use mistersmith::testing::{OnStart, OnStop, Scripted, Trace};

use super::{SECOND, three_in_five};
use crate::pool::{Pool, answering, pool, template};
use crate::sight::done;
use crate::tree::{OneForOne, children};

/// An instance may be given no time at all to stop, or a millisecond.
#[tokio::test(start_paused = true)]
async fn with_valid_shutdown() {
    for limit in [Duration::ZERO, Duration::from_millis(1)] {
        let (trace, [child]) = children(["child"]);
        let limited = template(Restart::Permanent).shutdown(Shutdown::After(limit));
        let held = Pool::start(&trace, pool(three_in_five(), limited)).await;
        held.add(&child.stops(OnStop::Hang)).await;
        let (clock, before) = (held.clock.clone(), held.clock.now());
        held.stop().await;
        assert_eq!(clock.now() - before, limit);
    }
}

/// Stops a supervisor of these children, each with its restart type and its shutdown; how each ended, and how many
/// seconds it took.
async fn stopped(children: impl IntoIterator<Item = ChildSpec>) -> (Vec<String>, u64) {
    let (clock, history) = (Clock::seeded(1), History::default());
    let spec = SupervisorSpec::dynamic("root", three_in_five());
    let root = Dynamic::start(spec, &clock, &history).await.unwrap();
    for child in children {
        root.start_child(child).await.unwrap().unwrap();
    }
    let before = clock.now();
    assert!(matches!(root.stop(Exit::Shutdown).await, Exit::Shutdown));
    let children = root.supervisor().tree().children;
    let ends =
        children.iter().map(|child| child.last_exit.as_ref().map(ToString::to_string).unwrap_or_default());
    (ends.collect(), (clock.now() - before).as_secs())
}

fn deaf(id: &str) -> ChildSpec {
    Scripted::worker(id, &Trace::new()).stops(OnStop::Hang).child()
}

fn slow(id: &str, seconds: u32) -> ChildSpec {
    Scripted::worker(id, &Trace::new()).stops(OnStop::Slow(seconds * SECOND)).child()
}

/// Instances that are to be killed are killed, deaf or not.
#[tokio::test(start_paused = true)]
async fn terminates_children_with_brutal_kill() {
    let three = [deaf("a"), slow("b", 1), slow("c", 0)].map(|child| child.shutdown(Shutdown::BrutalKill));
    assert_eq!(stopped(three).await, (vec!["killed".to_owned(); 3], 0));
}

/// Instances that have all the time they want end with `shutdown`, all at once.
#[tokio::test(start_paused = true)]
async fn terminates_children_with_infinity_shutdown() {
    let three = [9, 60, 30].map(|seconds| slow("a", seconds).shutdown(Shutdown::Infinity));
    assert_eq!(stopped(three).await, (vec!["shutdown".to_owned(); 3], 60));
}

/// So do those that say something as they end.
#[tokio::test(start_paused = true)]
async fn terminates_children_with_infinity_shutdown_and_abnormal_reason() {
    let three = ["a", "b", "c"].map(|id| answering(id, done()).shutdown(Shutdown::Infinity));
    assert_eq!(stopped(three).await, (vec!["shutdown: done".to_owned(); 3], 0));
}

/// Instances that end in the time they have end with `shutdown`.
#[tokio::test(start_paused = true)]
async fn terminates_children_with_integer_shutdown() {
    let three = [1, 1, 1].map(|seconds| slow("a", seconds).shutdown(Shutdown::After(2 * SECOND)));
    assert_eq!(stopped(three).await, (vec!["shutdown".to_owned(); 3], 1));
}

/// So do those that say something as they end.
#[tokio::test(start_paused = true)]
async fn terminates_children_with_integer_shutdown_and_abnormal_reason() {
    let three = ["a", "b", "c"].map(|id| answering(id, done()).shutdown(Shutdown::After(SECOND)));
    assert_eq!(stopped(three).await, (vec!["shutdown: done".to_owned(); 3], 0));
}

/// When the time is over, the deaf one is killed; the others have ended with `shutdown`.
#[tokio::test(start_paused = true)]
async fn terminates_children_with_expired_integer_shutdown() {
    let three = [slow("a", 0), deaf("b"), slow("c", 0)].map(|child| child.shutdown(Shutdown::After(SECOND)));
    assert_eq!(stopped(three).await, (["shutdown", "killed", "shutdown"].map(str::to_owned).to_vec(), 1));
}

/// A permanent instance that says it is done when it is asked to stop is taken at its word.
#[tokio::test(start_paused = true)]
async fn terminates_children_with_permanent_restart_and_normal_reason() {
    let three = ["a", "b", "c"].map(|id| answering(id, Exit::Normal).shutdown(Shutdown::Infinity));
    assert_eq!(stopped(three).await, (vec!["normal".to_owned(); 3], 0));
}

/// Each instance is stopped by its own policy, all at the same time.
#[tokio::test(start_paused = true)]
async fn terminates_with_mixed_children() {
    let mixed = [
        slow("a", 2).shutdown(Shutdown::Infinity),
        slow("b", 1).shutdown(Shutdown::BrutalKill),
        slow("c", 1).shutdown(Shutdown::After(2 * SECOND)),
        deaf("d").shutdown(Shutdown::After(3 * SECOND)),
    ];
    let ends = ["shutdown", "killed", "shutdown", "killed"].map(str::to_owned).to_vec();
    assert_eq!(stopped(mixed).await, (ends, 3));
}

/// An instance that was terminated, killed or asked, is not found any more, and not counted.
#[tokio::test(start_paused = true)]
async fn terminate_child() {
    for (shutdown, words) in
        [(Shutdown::BrutalKill, "+child -child(killed)"), (Shutdown::After(SECOND), "+child -child")]
    {
        let (trace, [child]) = children(["child"]);
        let held =
            Pool::start(&trace, pool(three_in_five(), template(Restart::Permanent).shutdown(shutdown))).await;
        let instance = held.add(&child).await;
        held.root.terminate_child(instance).await.unwrap();
        assert_eq!(held.trace().await, words);
        assert_eq!(held.root.terminate_child(instance).await, Err(TerminateChildError::NotFound));
        assert_eq!(held.counts().await, [0, 0, 0, 0]);
        held.stop().await;
    }
}

/// An instance that is being restarted is terminated by the number it always had.
#[tokio::test(start_paused = true)]
async fn terminate_child_with_restarting_child() {
    let (trace, [child]) = children(["child"]);
    let limited = template(Restart::Permanent).start_timeout(Some(SECOND));
    let held = Pool::start(&trace, pool(Flags::new(OneForOne, 100, 5), limited)).await;
    let instance = held.add(&child).await;
    child.next_starts(std::iter::repeat_n(OnStart::Hang, 100));
    child.crash("oops");
    held.clock.sleep(SECOND / 2).await;
    assert_eq!(held.states().await, [ChildState::Restarting]);
    held.root.terminate_child(instance).await.unwrap();
    assert_eq!(held.root.terminate_child(instance).await, Err(TerminateChildError::NotFound));
    assert_eq!(held.counts().await, [0, 0, 0, 0]);
    held.stop().await;
}
