//! A task by itself: started, awaited, ended, run again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    History, Restart, Shutdown, StartInstanceError, Supervisor, TaskError, Tasks, TerminateChildError,
};
use mistersmith::testing::{Probe, settled};

use super::{Alive, House, below, millis};
use crate::tree::{OneForOne, flags, spec};

/// "counts and returns children", "async/1": the task is a child of the supervisor, and gives its result.
#[tokio::test(start_paused = true)]
async fn a_task_is_a_child_of_its_supervisor_while_it_runs_and_gives_what_it_made() {
    let house = House::of(below(1)).await;
    let mut task = house.tasks.spawn(house.pause(100)).await.unwrap();
    let rows = house.pool().which_children().await.unwrap();
    assert_eq!((rows.len(), rows[0].instance), (1, task.instance()));
    assert_eq!(task.wait().await, Ok(100));
    assert_eq!(task.wait().await, Err(TaskError::Taken));
    assert_eq!(house.count().await, 0);
    house.supervisor.stop(Exit::Shutdown).await;
}

/// "await/1 exits on throw, error and exit of the task".
#[tokio::test(start_paused = true)]
async fn a_failure_of_a_task_is_told_to_who_waits_and_touches_nobody_else() {
    let house = House::of(below(0)).await;
    let mut steady = house.tasks.spawn(house.pause(1_000)).await.unwrap();
    let mut clumsy = house.tasks.spawn(async { panic!("dropped it") }).await.unwrap();
    let Err(TaskError::Ended(Exit::Panic(panic))) = clumsy.wait().await else { panic!("no panic") };
    assert_eq!(panic.message(), "dropped it");
    let mut killed = house.tasks.spawn(house.pause(1_000)).await.unwrap();
    killed.kill();
    assert_eq!(killed.wait().await, Err(TaskError::Ended(Exit::Killed)));
    assert_eq!(steady.wait().await, Ok(1_000));
    house.supervisor.stop(Exit::Shutdown).await;
}

/// "async/1 is linked to the caller"; "async_nolink/1 is not".
#[tokio::test(start_paused = true)]
async fn a_task_ends_with_who_holds_it_and_one_without_a_link_runs_on() {
    let house = House::of(below(1)).await;
    let alive = Arc::new(AtomicUsize::new(0));
    let work = |length| {
        let (alive, pause) = (Alive::one_more(&alive), house.pause(length));
        async move {
            pause.await;
            drop(alive);
        }
    };
    let linked = house.tasks.spawn(work(1_000)).await.unwrap();
    let unlinked = house.tasks.spawn_nolink(work(1_000)).await.unwrap();
    drop((linked, unlinked));
    assert_eq!((house.count().await, alive.load(Ordering::Acquire)), (1, 1));
    house.clock.sleep(millis(1_000)).await;
    assert_eq!((house.count().await, alive.load(Ordering::Acquire)), (0, 0));
    house.supervisor.stop(Exit::Shutdown).await;
}

#[tokio::test(start_paused = true)]
async fn a_task_whose_start_nobody_waits_for_any_more_is_not_left_behind() {
    let house = House::of(below(1)).await;
    let ran = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&ran);
    let spawning = house.tasks.spawn(async move { counts.fetch_add(1, Ordering::AcqRel) });
    assert!(house.clock.timeout(Duration::ZERO, spawning).await.is_err());
    assert_eq!((house.count().await, ran.load(Ordering::Acquire)), (0, 0));
    house.supervisor.stop(Exit::Shutdown).await;
}

/// "async/1 with custom shutdown".
#[tokio::test(start_paused = true)]
async fn tasks_end_with_their_supervisor_each_by_its_policy() {
    let house = House::of(below(1)).await;
    let mut asked = house.tasks.spawn(house.pause(60_000)).await.unwrap();
    let mut killed =
        house.tasks.clone().shutdown(Shutdown::BrutalKill).spawn(house.pause(60_000)).await.unwrap();
    let before = house.clock.now();
    house.supervisor.stop(Exit::Shutdown).await;
    assert_eq!(house.clock.now(), before, "a task ends at its next await");
    assert_eq!(asked.wait().await, Err(TaskError::Ended(Exit::Shutdown)));
    assert_eq!(killed.wait().await, Err(TaskError::Ended(Exit::Killed)));
    let refused = house.tasks.spawn(async {}).await;
    assert!(matches!(refused, Err(StartInstanceError::SupervisorGone)), "{refused:?}");
}

/// "max_children".
#[tokio::test(start_paused = true)]
async fn more_tasks_than_there_may_be_are_refused() {
    let house = House::of(below(1).max_children(1)).await;
    let first = house.tasks.spawn(house.pause(100)).await.unwrap();
    let refused = house.tasks.spawn(house.pause(100)).await;
    assert!(matches!(refused, Err(StartInstanceError::MaxChildren { limit: 1 })), "{refused:?}");
    let refused = house.tasks.start_child(Restart::Temporary, || async { Ok(()) }).await;
    assert!(matches!(refused, Err(StartInstanceError::MaxChildren { .. })), "{refused:?}");
    drop(first);
    assert_eq!(house.count().await, 0);
    assert!(house.tasks.spawn(async {}).await.is_ok());
    house.supervisor.stop(Exit::Shutdown).await;
}

/// "start_child/2 with custom restart": a permanent one runs again, a temporary one does not.
#[tokio::test(start_paused = true)]
async fn a_task_nobody_waits_for_runs_again_as_its_restart_type_says() {
    for (restart, fails, runs) in [
        (Restart::Temporary, true, 1),
        (Restart::Transient, false, 1),
        (Restart::Transient, true, 4),
        (Restart::Permanent, false, 4),
    ] {
        let house = House::of(below(3)).await;
        let (probe, starts) = (Probe::new(), Arc::new(AtomicUsize::new(0)));
        let (reports, counts) = (probe.clone(), Arc::clone(&starts));
        let work = move || {
            reports.report(());
            counts.fetch_add(1, Ordering::AcqRel);
            async move { if fails { Err(anyhow::anyhow!("no")) } else { Ok(()) } }
        };
        house.tasks.start_child(restart, work).await.unwrap();
        settled(&house.clock).await;
        assert_eq!(starts.load(Ordering::Acquire), runs, "{restart} {fails}");
        assert_eq!(probe.take().len(), runs);
    }
}

/// "terminate_child/2".
#[tokio::test(start_paused = true)]
async fn a_task_that_is_terminated_is_gone_and_then_not_found() {
    let house = House::of(below(1)).await;
    let pause = house.pause(60_000);
    let pause = std::sync::Mutex::new(Some(pause));
    let work = move || {
        let pause = pause.lock().unwrap().take();
        async move {
            if let Some(pause) = pause {
                pause.await;
            }
            Ok(())
        }
    };
    let task = house.tasks.start_child(Restart::Temporary, work).await.unwrap();
    house.tasks.terminate_child(task).await.unwrap();
    assert_eq!(house.tasks.terminate_child(task).await, Err(TerminateChildError::NotFound));
    assert_eq!(house.count().await, 0);
    house.supervisor.stop(Exit::Shutdown).await;
}

/// "await/1 with a timeout drops the late result and the down message".
#[tokio::test(start_paused = true)]
async fn who_waits_too_long_may_wait_again_or_let_it_go() {
    let house = House::of(below(1)).await;
    let mut task = house.tasks.spawn(house.pause(100)).await.unwrap();
    assert_eq!(task.within(millis(50)).await, Err(TaskError::TimedOut { limit: millis(50) }));
    assert_eq!(task.within(millis(60)).await, Ok(100));
    let mut slow = house.tasks.spawn(house.pause(100)).await.unwrap();
    assert!(slow.within(millis(50)).await.is_err());
    drop(slow);
    assert_eq!(house.count().await, 0);
    house.supervisor.stop(Exit::Shutdown).await;
}

#[tokio::test(start_paused = true)]
async fn tasks_are_started_in_whichever_incarnation_of_their_supervisor_runs() {
    let (clock, tasks) = (Clock::seeded(1), Tasks::new(below(0)));
    assert!(matches!(tasks.spawn(async {}).await, Err(StartInstanceError::SupervisorGone)));
    let root = spec("root", flags(OneForOne, 1), &[tasks.child()]);
    let root = Supervisor::start(root, &clock, &History::default()).await.unwrap();
    let pause = clock.clone();
    let mut lost = tasks.spawn(async move { pause.sleep(millis(1_000)).await }).await.unwrap();
    root.child("tasks").unwrap().kill();
    assert_eq!(lost.wait().await, Err(TaskError::Ended(Exit::Killed)));
    settled(&clock).await;
    assert_eq!(tasks.spawn(async { 1 }).await.unwrap().wait().await, Ok(1));
    root.stop(Exit::Shutdown).await;
}
