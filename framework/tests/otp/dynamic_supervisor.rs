//! The cases of Elixir's `DynamicSupervisor`: instances of specifications of their own, or of one template.

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    AutoShutdown, ChildSpec, ChildState, ChildType, Dynamic, Flags, History, Restart, Shutdown, SpecProblem,
    StartChildError, StartInstanceError, Strategy, SupervisorSpec, TerminateChildError,
};
use mistersmith::testing::{OnStart, OnStop, Scripted, Trace};

use crate::pool::{Pool, answering, pool, template};
use crate::sight::{done, error};
use crate::tree::{OneForAll, OneForOne, RestForOne, Tree, always, children, flags, once};

const SECOND: Duration = Duration::from_secs(1);

/// Elixir's defaults: 3 restarts in 5 s.
fn three_in_five() -> Flags {
    Flags::new(OneForOne, 3, 5)
}

async fn of(restart: Restart, restarts: u32, trace: &Trace) -> Pool {
    Pool::start(trace, pool(Flags::new(OneForOne, restarts, 5), template(restart))).await
}

/// Several dynamic supervisors stand under one supervisor by names of their own; a second one of a name is refused.
#[tokio::test(start_paused = true)]
async fn can_be_supervised_directly() {
    let (trace, [child]) = children(["child"]);
    let dynamic = |name: &str| {
        let made = SupervisorSpec::dynamic(name, three_in_five());
        ChildSpec::supervisor(made.template(template(Restart::Temporary), |child: &Scripted| child.clone()))
    };
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[dynamic("one"), dynamic("two")]).await;
    for name in ["one", "two"] {
        let found = tree.root.child(name).unwrap().dynamic::<Scripted>().unwrap();
        found.start_child(child.clone()).await.unwrap().unwrap();
        assert_eq!(found.count_children().await.unwrap().active, 1);
    }
    let second = tree.root.start_child(dynamic("one")).await;
    assert!(matches!(second, Err(StartChildError::AlreadyStarted)), "{second:?}");
    assert_eq!(tree.stop().await, "+child +child -child -child");
}

/// A dynamic supervisor has no limit of instances unless it is told one. (It has no default flags: they are
/// written where it is.)
#[tokio::test(start_paused = true)]
async fn init_with_defaults() {
    let (trace, many) = children(["a"; 50]);
    let held = of(Restart::Temporary, 3, &trace).await;
    for child in &many {
        held.add(child).await;
    }
    assert_eq!(held.counts().await, [50, 50, 0, 50]);
    assert_eq!(held.root.supervisor().flags(), three_in_five());
    held.stop().await;
}

/// A wrong strategy, period or `auto_shutdown` is refused before anything starts, all at once.
#[tokio::test(start_paused = true)]
async fn start_link_with_bad_flags() {
    for strategy in [OneForAll, RestForOne] {
        let auto_shutdown = AutoShutdown::AnySignificant;
        let flags = Flags::new(strategy, 1, 0).auto_shutdown(auto_shutdown);
        let spec = SupervisorSpec::dynamic("root", flags);
        let all = [
            SpecProblem::NotOneForOne { strategy },
            SpecProblem::ZeroPeriod,
            SpecProblem::DynamicAutoShutdown { auto_shutdown },
        ];
        assert_eq!(spec.check(), all);
        let refused = Dynamic::start(spec, &Clock::seeded(1), &History::default()).await.unwrap_err();
        assert!(refused.to_string().contains("use one_for_one"), "{refused}");
    }
}

/// A limit below the number of instances keeps those there are and refuses new ones; wrong flags change nothing.
#[tokio::test(start_paused = true)]
async fn code_change_with_max_children() {
    let (trace, [one, two, three]) = children(["one", "two", "three"]);
    let held = of(Restart::Temporary, 3, &trace).await;
    held.add(&one).await;
    held.add(&two).await;
    let wrong = pool(Flags::new(OneForAll, 3, 5), template(Restart::Temporary)).max_children(9);
    held.root.upgrade(wrong).await.unwrap_err();
    assert_eq!(held.root.supervisor().flags().strategy, Strategy::OneForOne);
    let fewer = pool(three_in_five(), template(Restart::Temporary)).max_children(1);
    held.root.upgrade(fewer).await.unwrap();
    assert_eq!(held.counts().await, [2, 2, 0, 2]);
    assert!(matches!(held.try_add(&three).await, Err(StartInstanceError::MaxChildren { limit: 1 })));
    for child in [&one, &two] {
        child.end(Exit::Normal);
    }
    held.trace().await;
    held.add(&three).await;
    held.stop().await;
}

/// A specification that is wrong is refused and nothing is kept.
#[tokio::test(start_paused = true)]
async fn start_child_with_invalid_spec() {
    let (_, [child]) = children(["child"]);
    let spec = SupervisorSpec::dynamic("root", three_in_five());
    let root = Dynamic::start(spec, &Clock::seeded(1), &History::default()).await.unwrap();
    let significant = child.child().restart(Restart::Temporary).significant(true);
    let refused = root.start_child(significant).await;
    assert!(matches!(refused, Err(StartInstanceError::Invalid(_))), "{refused:?}");
    let unfilled = root.start_child(ChildSpec::template("child", ChildType::Worker)).await;
    assert!(matches!(unfilled, Err(StartInstanceError::Invalid(_))), "{unfilled:?}");
    assert_eq!(root.count_children().await.unwrap().specs, 0);
    root.stop(Exit::Shutdown).await;
}

/// A start that runs gives a number, one that is not needed none, one that fails its error; only the first is kept.
#[tokio::test(start_paused = true)]
async fn start_child_with_different_returns() {
    let (trace, [ok, ignore, error]) = children(["ok", "ignore", "error"]);
    let (ignore, error) = (ignore.starts([OnStart::Ignore]), error.starts(once()));
    let held = of(Restart::Permanent, 3, &trace).await;
    let instance = held.add(&ok).await;
    assert_eq!(held.try_add(&ignore).await.unwrap(), None);
    let failed = held.try_add(&error).await;
    assert!(matches!(failed, Err(StartInstanceError::Failed(Exit::Error(_)))), "{failed:?}");
    let rows = held.root.which_children().await.unwrap();
    assert_eq!(rows.iter().map(|row| row.instance).collect::<Vec<_>>(), [Some(instance)]);
    held.stop().await;
}

/// A start that panics is an error with the panic; the supervisor and its instances stay.
#[tokio::test(start_paused = true)]
async fn start_child_with_throw_error_exit() {
    let (trace, [good, bad]) = children(["good", "bad"]);
    let bad = bad.starts([OnStart::Panic("oops".to_owned())]);
    let held = of(Restart::Permanent, 3, &trace).await;
    held.add(&good).await;
    let failed = held.try_add(&bad).await;
    assert!(
        matches!(&failed, Err(StartInstanceError::Failed(Exit::Panic(panic))) if panic.message() == "oops")
    );
    assert_eq!(held.counts().await, [1, 1, 0, 1]);
    held.stop().await;
}

/// With room for nobody, nobody is started.
#[tokio::test(start_paused = true)]
async fn start_child_with_max_children() {
    let (trace, [child]) = children(["child"]);
    let spec = pool(three_in_five(), template(Restart::Permanent)).max_children(0);
    let held = Pool::start(&trace, spec).await;
    assert!(matches!(held.try_add(&child).await, Err(StartInstanceError::MaxChildren { limit: 0 })));
    assert_eq!(held.stop().await, "");
}

/// Lets an instance of this restart type shut down, and one fail; what is left of each.
async fn left(restart: Restart) -> [Vec<ChildState>; 2] {
    let (trace, [child]) = children(["child"]);
    let mut left = [Exit::Shutdown, error("oops")].map(|exit| (exit, Vec::new()));
    for (exit, states) in &mut left {
        let held = of(restart, 3, &trace).await;
        held.add(&child).await;
        child.end(exit.clone());
        held.trace().await;
        *states = held.states().await;
        held.stop().await;
    }
    left.map(|(_, states)| states)
}

/// A temporary instance is never restarted.
#[tokio::test(start_paused = true)]
async fn temporary_child_is_not_restarted_regardless_of_reason() {
    assert_eq!(left(Restart::Temporary).await, [vec![], vec![]]);
}

/// A transient instance is restarted when it failed, and forgotten when it was done.
#[tokio::test(start_paused = true)]
async fn transient_child_is_restarted_unless_normal_shutdown() {
    assert_eq!(left(Restart::Transient).await, [vec![], vec![ChildState::Running]]);
}

/// A permanent instance is always restarted.
#[tokio::test(start_paused = true)]
async fn permanent_child_is_restarted_regardless_of_reason() {
    assert_eq!(left(Restart::Permanent).await, [vec![ChildState::Running], vec![ChildState::Running]]);
}

/// A restart that runs keeps the instance, one that is not needed forgets it, one that fails leaves it restarting:
/// a worker that is not active.
#[tokio::test(start_paused = true)]
async fn child_is_restarted_when_trying_again_with_different_returns() {
    let limited = || template(Restart::Permanent).start_timeout(Some(SECOND));
    for (start, states, counts) in [
        (OnStart::Run, vec![ChildState::Running], [1, 1, 0, 1]),
        (OnStart::Ignore, vec![], [0, 0, 0, 0]),
        (OnStart::Hang, vec![ChildState::Restarting], [1, 0, 0, 1]),
    ] {
        let (trace, [child]) = children(["child"]);
        let held = Pool::start(&trace, pool(Flags::new(OneForOne, 100, 5), limited())).await;
        held.add(&child).await;
        child.next_starts(std::iter::repeat_n(start.clone(), if start == OnStart::Hang { 10 } else { 1 }));
        child.crash("oops");
        held.clock.sleep(SECOND / 2).await;
        assert_eq!(held.states().await, states, "{start:?}");
        assert_eq!(held.counts().await, counts, "{start:?}");
        held.stop().await;
    }
}

/// A room for one is taken by an instance that is being restarted, and still is when its restart came to pass.
#[tokio::test(start_paused = true)]
async fn restarting_children_counted_in_max_children() {
    let (trace, [child, other]) = children(["child", "other"]);
    let limited = template(Restart::Permanent).start_timeout(Some(SECOND));
    let held = Pool::start(&trace, pool(Flags::new(OneForOne, 100, 5), limited).max_children(1)).await;
    held.add(&child).await;
    child.next_starts([OnStart::Hang, OnStart::Hang]);
    child.crash("oops");
    held.clock.sleep(SECOND / 2).await;
    assert!(matches!(held.try_add(&other).await, Err(StartInstanceError::MaxChildren { limit: 1 })));
    assert_eq!(held.states().await, [ChildState::Restarting]);
    held.stop().await;
}

/// So it is when the first restart succeeds at once.
#[tokio::test(start_paused = true)]
async fn restarted_children_counted_in_max_children() {
    let (trace, [child, other]) = children(["child", "other"]);
    let held = Pool::start(&trace, pool(three_in_five(), template(Restart::Permanent)).max_children(1)).await;
    held.add(&child).await;
    child.crash("oops");
    assert_eq!(held.trace().await, "+child child!oops +child");
    assert!(matches!(held.try_add(&other).await, Err(StartInstanceError::MaxChildren { limit: 1 })));
    held.stop().await;
}

/// A restart uses the arguments that the instance was started with, which each has of its own.
#[tokio::test(start_paused = true)]
async fn child_is_restarted_with_its_arguments() {
    let (trace, [one, two]) = children(["one", "two"]);
    let held = of(Restart::Permanent, 3, &trace).await;
    held.add(&one).await;
    held.add(&two).await;
    two.crash("oops");
    one.crash("oops");
    assert_eq!(held.trace().await, "+one +two two!oops one!oops +two +one");
    held.stop().await;
}

/// A restart that fails first and then succeeds is within two restarts.
#[tokio::test(start_paused = true)]
async fn restarting_on_init_failed_once() {
    let (trace, [child]) = children(["child"]);
    let held = of(Restart::Permanent, 2, &trace).await;
    held.add(&child).await;
    child.next_starts(once());
    child.crash("oops");
    assert_eq!(held.trace().await, "+child child!oops ×child +child");
    held.stop().await;
}

/// A restart that fails is too much for one restart.
#[tokio::test(start_paused = true)]
async fn restarting_too_often_at_once() {
    let (trace, [child]) = children(["child"]);
    let held = of(Restart::Permanent, 1, &trace).await;
    held.add(&child).await;
    child.next_starts(always());
    child.crash("oops");
    assert_eq!(held.trace_to_the_end().await, "+child child!oops ×child SUP(shutdown)");
}

/// A restart that always fails is tried until the limit, ten times.
#[tokio::test(start_paused = true)]
async fn restarting_until_the_limit() {
    let (trace, [child]) = children(["child"]);
    let held = of(Restart::Permanent, 10, &trace).await;
    held.add(&child).await;
    child.next_starts(always());
    child.crash("oops");
    let attempts = " ×child".repeat(10);
    assert_eq!(held.trace_to_the_end().await, format!("+child child!oops{attempts} SUP(shutdown)"));
}

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
