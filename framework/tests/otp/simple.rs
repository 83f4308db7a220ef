//! OTP's cases of `simple_one_for_one`: instances of one template, started from arguments and known by number.

use std::sync::{Arc, Weak};
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    AutoShutdown, ChildSpec, ChildState, ChildType, DeleteChildError, Dynamic, Flags, History, Instance,
    RactorChild, Restart, RestartChildError, Shutdown, SpecProblem, StartInstanceError, Supervisor,
    SupervisorSpec, TerminateChildError,
};
use mistersmith::testing::{OnStart, OnStop, Scripted};

use crate::forgetting::Idle;
use crate::pool::{Pool, answering, pool, template};
use crate::sight::{done, error};
use crate::tree::{OneForOne, always, children, flags, once};

const SECOND: Duration = Duration::from_secs(1);
const RESTARTS: [Restart; 3] = [Restart::Permanent, Restart::Transient, Restart::Temporary];

/// At most so many restarts in an hour, as most of these cases have it.
fn hourly(restarts: u32) -> Flags {
    Flags::new(OneForOne, restarts, 3_600)
}

/// An instance that no supervisor has given out.
fn nobody() -> Instance {
    serde_json::from_str("4294967295").unwrap()
}

/// Nothing is kept of a temporary instance that is not needed; the next one is the only entry.
#[tokio::test(start_paused = true)]
async fn sup_start_ignore_temporary_child_start_child_simple() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let child1 = child1.starts([OnStart::Ignore]);
    let pool = Pool::start(&trace, pool(hourly(2), template(Restart::Temporary))).await;
    assert_eq!(pool.try_add(&child1).await.unwrap(), None);
    pool.add(&child2).await;
    assert_eq!((pool.states().await, pool.counts().await), (vec![ChildState::Running], [1, 1, 0, 1]));
    assert_eq!(pool.stop().await, "(child1) +child2 -child2");
}

/// Nothing is kept of a permanent instance that is not needed either, and the supervisor stops as it should.
#[tokio::test(start_paused = true)]
async fn sup_start_ignore_permanent_child_start_child_simple() {
    let (trace, [child1]) = children(["child1"]);
    let child1 = child1.starts([OnStart::Ignore]);
    let pool = Pool::start(&trace, pool(hourly(2), template(Restart::Permanent))).await;
    assert_eq!(pool.try_add(&child1).await.unwrap(), None);
    assert_eq!(pool.counts().await, [0, 0, 0, 0]);
    assert!(matches!(pool.root.stop(Exit::Shutdown).await, Exit::Shutdown));
}

/// The error of an instance that does not start comes bare, and nothing is kept.
#[tokio::test(start_paused = true)]
async fn sup_start_child_returns_error_simple() {
    let (trace, [child]) = children(["child"]);
    let child = child.starts(once());
    let pool = Pool::start(&trace, pool(hourly(2), template(Restart::Permanent))).await;
    let failed = pool.try_add(&child).await;
    let Err(StartInstanceError::Failed(reason)) = failed else { panic!("{failed:?}") };
    assert_eq!(reason.to_string(), "error: nope");
    assert_eq!(pool.counts().await, [0, 0, 0, 0]);
    pool.stop().await;
}

/// The specification of each of three instances is the template with its defaults; one that is not there has none.
#[tokio::test(start_paused = true)]
async fn sup_start_map_simple() {
    let (trace, three) = children(["child1", "child2", "child3"]);
    let pool = Pool::start(&trace, pool(hourly(2), ChildSpec::template("child", ChildType::Worker))).await;
    for child in &three {
        let instance = pool.add(child).await;
        let spec = pool.root.child_spec(instance).await.unwrap();
        assert_eq!(spec.id().as_str(), format!("child{instance}"));
        let in_full = (*spec).clone().restart(Restart::Permanent);
        assert_eq!(*spec, in_full.shutdown(Shutdown::After(5 * SECOND)).significant(false));
    }
    assert!(pool.root.child_spec(nobody()).await.is_err());
    pool.stop().await;
}

/// Of two instances that are given a second, the one that is busy is killed; the supervisor ends with `shutdown`.
#[tokio::test(start_paused = true)]
async fn sup_stop_timeout_dynamic() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let child2 = child2.stops(OnStop::Hang);
    let limited = template(Restart::Permanent).shutdown(Shutdown::After(SECOND));
    let pool = Pool::start(&trace, pool(hourly(2), limited)).await;
    pool.add(&child1).await;
    pool.add(&child2).await;
    let before = pool.clock.now();
    assert!(matches!(pool.root.stop(Exit::Shutdown).await, Exit::Shutdown));
    assert_eq!(pool.clock.now() - before, SECOND);
    assert_eq!(pool.trace.take(), "+child1 +child2 -child1 -child2(killed)");
}

/// Ten instances that are to be killed are killed; the supervisor ends with `shutdown`.
#[tokio::test(start_paused = true)]
async fn sup_stop_brutal_kill_dynamic() {
    let (trace, []) = children([]);
    let killed = template(Restart::Permanent).shutdown(Shutdown::BrutalKill);
    let pool = Pool::start(&trace, pool(hourly(2), killed)).await;
    for number in 0..10 {
        pool.add(&Scripted::worker(number.to_string(), &trace)).await;
    }
    let _ = pool.trace.take();
    assert!(matches!(pool.root.stop(Exit::Shutdown).await, Exit::Shutdown));
    let words = pool.trace.take();
    let mut words: Vec<_> = words.split(' ').collect();
    words.sort_unstable();
    assert_eq!(words, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(|number| format!("-{number}(killed)")));
}

/// Whatever instances of whatever restart type answer to being stopped, the supervisor ends with `shutdown`.
#[tokio::test(start_paused = true)]
async fn sup_stop_non_shutdown_exit_dynamic() {
    for restart in RESTARTS {
        let (spec, history) = (SupervisorSpec::dynamic("root", hourly(2)), History::default());
        let root = Dynamic::start(spec, &Clock::seeded(1), &history).await.unwrap();
        for answer in [Exit::Normal, Exit::Shutdown, done(), error("boom")] {
            root.start_child(answering(answer.kind(), answer).restart(restart)).await.unwrap();
        }
        assert!(matches!(root.stop(Exit::Shutdown).await, Exit::Shutdown), "{restart}");
        let ends = root.supervisor().tree().children;
        let ends: Vec<_> = ends.iter().filter_map(|child| Some(child.last_exit.as_ref()?.kind())).collect();
        assert_eq!(ends, ["normal", "shutdown", "shutdown_with", "error"], "{restart}");
    }
}

/// A dynamic supervisor in short: counts, ends by number, and what cannot be asked of it.
#[tokio::test(start_paused = true)]
async fn child_adm_simple() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let pool = Pool::start(&trace, pool(hourly(2), template(Restart::Permanent))).await;
    assert_eq!((pool.states().await.len(), pool.counts().await), (0, [0, 0, 0, 0]));
    let first = pool.add(&child1).await;
    assert_eq!(pool.counts().await, [1, 1, 0, 1]);
    let second = pool.add(&child2).await;
    assert_eq!(pool.counts().await, [2, 2, 0, 2]);
    pool.root.terminate_child(first).await.unwrap();
    assert_eq!(pool.root.terminate_child(first).await, Err(TerminateChildError::NotFound));
    assert_eq!(pool.root.terminate_child(nobody()).await, Err(TerminateChildError::NotFound));
    assert_eq!((pool.trace().await.as_str(), pool.counts().await), ("+child1 +child2 -child1", [1, 1, 0, 1]));

    let root = pool.root.supervisor().clone();
    assert_eq!(root.terminate_child("child").await, Err(TerminateChildError::Dynamic));
    assert!(matches!(root.restart_child("child").await, Err(RestartChildError::Dynamic)));
    assert_eq!(root.delete_child("child").await, Err(DeleteChildError::Dynamic));
    assert!(root.start_child(child1.child()).await.is_err());
    pool.root.stop(Exit::Shutdown).await;
    assert_eq!(pool.root.terminate_child(second).await, Err(TerminateChildError::SupervisorGone));
    assert!(matches!(pool.try_add(&child1).await, Err(StartInstanceError::SupervisorGone)));
}

/// A crash of one instance leaves the other; the third one is too many for an intensity of two.
#[tokio::test(start_paused = true)]
async fn simple_one_for_one() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let pool = Pool::start(&trace, pool(hourly(2), template(Restart::Permanent))).await;
    pool.add(&child1).await;
    pool.add(&child2).await;
    assert_eq!(pool.trace().await, "+child1 +child2");
    child1.crash("boom");
    assert_eq!(pool.trace().await, "child1!boom +child1");
    child2.crash("boom");
    assert_eq!(pool.trace().await, "child2!boom +child2");
    child1.crash("boom");
    assert_eq!(pool.trace_to_the_end().await, "child1!boom -child2 SUP(shutdown)");
}

/// Instances are stopped all at once: two that take a second and one that takes five, with 2 s for each, take 2 s.
#[tokio::test(start_paused = true)]
async fn simple_one_for_one_shutdown() {
    let (trace, three) = children(["child1", "child2", "child3"]);
    let limited = template(Restart::Permanent).shutdown(Shutdown::After(2 * SECOND));
    let pool = Pool::start(&trace, pool(hourly(2), limited)).await;
    for (child, seconds) in three.into_iter().zip([1, 1, 5]) {
        pool.add(&child.stops(OnStop::Slow(seconds * SECOND))).await;
    }
    let (clock, before) = (pool.clock.clone(), pool.clock.now());
    assert!(pool.stop().await.ends_with("-child1 -child2 -child3(killed)"));
    assert_eq!(clock.now() - before, 2 * SECOND);
}

/// An instance whose every restart fails takes the supervisor and the other instance down, after four attempts.
#[tokio::test(start_paused = true)]
async fn simple_one_for_one_escalation() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let pool = Pool::start(&trace, pool(hourly(4), template(Restart::Permanent))).await;
    pool.add(&child1).await;
    pool.add(&child2).await;
    pool.trace().await;
    child1.next_starts(always());
    child1.crash("boom");
    let attempts = "child1!boom ×child1 ×child1 ×child1 ×child1 -child2 SUP(shutdown)";
    assert_eq!(pool.trace_to_the_end().await, attempts);
}

/// A dynamic supervisor of ractor actors that are each started with a mebibyte, and what still holds that.
async fn with_mebibytes(restart: Restart) -> Dynamic<Arc<Vec<u8>>> {
    let make = |data: &Arc<Vec<u8>>| {
        let data = Arc::downgrade(data); // what the instance is made of is not what it is started from
        RactorChild::new(move || (Idle, data.upgrade().unwrap_or_default()))
    };
    let spec = SupervisorSpec::dynamic("root", flags(OneForOne, 2)).template(template(restart), make);
    Dynamic::start(spec, &Clock::seeded(1), &History::default()).await.unwrap()
}

/// What a temporary instance was started from is dropped as soon as it is up, also after another one has ended.
#[tokio::test(start_paused = true)]
async fn simple_one_for_one_corruption() {
    for (restart, kept) in [(Restart::Temporary, false), (Restart::Transient, true)] {
        let pool = with_mebibytes(restart).await;
        let add = async || -> (Instance, Weak<Vec<u8>>) {
            let data = Arc::new(vec![0; 1 << 20]);
            let held = Arc::downgrade(&data);
            (pool.start_child(data).await.unwrap().unwrap(), held)
        };
        let (first, held) = add().await;
        assert_eq!(held.upgrade().is_some(), kept, "{restart}");
        pool.terminate_child(first).await.unwrap();
        assert!(held.upgrade().is_none());
        let (_, held) = add().await;
        assert_eq!(held.upgrade().is_some(), kept, "{restart}");
        pool.stop(Exit::Shutdown).await;
    }
}

/// An instance that is not needed any more when it is started the third time is forgotten, and the supervisor stops
/// as it should. (OTP 25 keeps a ghost of it.)
#[tokio::test(start_paused = true)]
async fn simple_one_for_one_restart_ignore() {
    for restart in [Restart::Permanent, Restart::Transient] {
        let (trace, [child]) = children(["child"]);
        let child = child.starts([OnStart::Run, OnStart::Run, OnStart::Ignore]);
        let pool = Pool::start(&trace, pool(hourly(2), template(restart))).await;
        pool.add(&child).await;
        child.kill();
        assert_eq!(pool.trace().await, "+child -child(killed) +child");
        child.kill();
        assert_eq!(pool.trace().await, "-child(killed) (child)");
        assert_eq!((pool.states().await.len(), pool.counts().await), (0, [0, 0, 0, 0]));
        assert!(matches!(pool.root.stop(Exit::Shutdown).await, Exit::Shutdown));
    }
}

/// A dynamic supervisor that is to end with its instances is refused, since no instance is significant; so is a
/// template that is.
#[tokio::test(start_paused = true)]
async fn significant_simple() {
    for auto_shutdown in [AutoShutdown::AnySignificant, AutoShutdown::AllSignificant] {
        let spec = pool(hourly(2).auto_shutdown(auto_shutdown), template(Restart::Transient));
        assert_eq!(spec.check(), [SpecProblem::DynamicAutoShutdown { auto_shutdown }]);
        let exit = Supervisor::start(spec.into(), &Clock::seeded(1), &History::default()).await.unwrap_err();
        assert!(exit.to_string().contains("auto_shutdown"), "{exit}");
    }
    let significant = pool(hourly(2), template(Restart::Transient).significant(true));
    assert_eq!(significant.check(), [SpecProblem::SignificantWithoutAutoShutdown { id: "child".into() }]);
}

/// An instance is tried again and again while calls are answered, and its old number ends the attempts.
#[tokio::test(start_paused = true)]
async fn hanging_restart_loop_simple() {
    let (trace, [child1]) = children(["child1"]);
    let limited = template(Restart::Permanent).start_timeout(Some(2 * SECOND));
    let pool = Pool::start(&trace, pool(Flags::new(OneForOne, 8, 10), limited)).await;
    let instance = pool.add(&child1).await;
    child1.next_starts(std::iter::repeat_n(OnStart::Hang, 1_000));
    child1.crash("boom");
    pool.clock.sleep(60 * SECOND).await;
    assert_eq!((pool.states().await, pool.counts().await), (vec![ChildState::Restarting], [1, 0, 0, 1]));
    pool.root.terminate_child(instance).await.unwrap();
    assert_eq!(pool.counts().await, [0, 0, 0, 0]);
    let _ = pool.trace.take();
    pool.clock.sleep(60 * SECOND).await;
    assert_eq!(pool.trace.take(), "", "no further attempt");
    assert_eq!(pool.root.terminate_child(instance).await, Err(TerminateChildError::NotFound));
    pool.stop().await;
}

/// The list has the instances by number, through starts and ends, newest first.
#[tokio::test(start_paused = true)]
async fn which_children_simple_one_for_one() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let pool = Pool::start(&trace, pool(hourly(2), template(Restart::Temporary))).await;
    let instances = async || -> Vec<_> {
        let rows = pool.root.which_children().await.unwrap();
        rows.into_iter().map(|row| (row.instance, row.state, row.child_type)).collect()
    };
    assert!(instances().await.is_empty());
    let row = |instance| (Some(instance), ChildState::Running, ChildType::Worker);
    let (first, second) = (pool.add(&child1).await, pool.add(&child2).await);
    assert_eq!(instances().await, [row(second), row(first)]);
    pool.root.terminate_child(second).await.unwrap();
    assert_eq!(instances().await, [row(first)]);
    child1.crash("boom");
    pool.trace().await;
    assert!(instances().await.is_empty());
    pool.stop().await;
}
