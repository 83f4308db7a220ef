//! Tasks: started, awaited, linked or not, streamed in order, and never left behind (the cases of Elixir's
//! `task/supervisor_test`).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    Dynamic, DynamicSpec, History, Restart, Shutdown, StartInstanceError, Supervisor, SupervisorSpec,
    TaskError, Tasks, TerminateChildError,
};
use mistersmith::testing::{Probe, settled};
use tokio_stream::StreamExt;

use crate::tree::{OneForOne, flags, spec};

struct House {
    clock: Clock,
    tasks: Tasks,
    supervisor: Supervisor,
}

fn below(restarts: u32) -> DynamicSpec {
    SupervisorSpec::dynamic("tasks", flags(OneForOne, restarts))
}

impl House {
    async fn of(spec: DynamicSpec) -> Self {
        let (clock, tasks) = (Clock::seeded(1), Tasks::new(spec));
        let supervisor = tasks.start(&clock, &History::default()).await.unwrap();
        Self { clock, tasks, supervisor }
    }

    fn pool(&self) -> Dynamic {
        self.tasks.supervisor().unwrap()
    }

    /// How many tasks there are, once everything has happened that can.
    async fn count(&self) -> usize {
        settled(&self.clock).await;
        self.pool().count_children().await.unwrap().specs
    }

    /// Work that takes so long.
    fn pause(&self, length: u64) -> impl Future<Output = u64> + Send + use<> {
        let clock = self.clock.clone();
        async move {
            clock.sleep(millis(length)).await;
            length
        }
    }
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Counts how many are alive: goes up when it is made, and down when it is dropped.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn one_more(of: &Arc<AtomicUsize>) -> Self {
        of.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(of))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

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

/// "async_stream: order kept although slowest first", "bounded concurrency".
#[tokio::test(start_paused = true)]
async fn outcomes_come_in_the_order_of_the_inputs_and_few_tasks_run_at_a_time() {
    let house = House::of(below(1)).await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let work = |length: u64| {
        let (now, most, pause) = (Arc::clone(&now), Arc::clone(&most), house.pause(length));
        async move {
            let alive = Alive::one_more(&now);
            most.fetch_max(now.load(Ordering::Acquire), Ordering::AcqRel);
            let length = pause.await;
            drop(alive);
            length
        }
    };
    let inputs = [300, 200, 100, 50, 10, 400];
    let outcomes = house.tasks.stream(inputs, 3, work).collect().await;
    assert_eq!(outcomes, inputs.map(Ok));
    assert_eq!((most.load(Ordering::Acquire), house.count().await), (3, 0));
    house.supervisor.stop(Exit::Shutdown).await;
}

/// "async_stream: exits as values", "timeout with kill".
#[tokio::test(start_paused = true)]
async fn failures_and_timeouts_are_outcomes_and_a_task_that_is_too_slow_is_gone() {
    let house = House::of(below(0)).await;
    let work = |length: u64| {
        let pause = house.pause(length);
        async move {
            assert!(length != 7, "seven");
            pause.await
        }
    };
    let before = house.clock.now();
    let mut outcomes = house.tasks.stream([10, 7, 9_000, 20], 4, work).timeout(millis(100));
    assert_eq!(outcomes.next().await, Some(Ok(10)));
    assert!(matches!(outcomes.next().await, Some(Err(TaskError::Ended(Exit::Panic(_))))));
    assert_eq!(outcomes.next().await, Some(Err(TaskError::TimedOut { limit: millis(100) })));
    assert_eq!(house.clock.now() - before, millis(100));
    assert_eq!(outcomes.next().await, Some(Ok(20)));
    assert_eq!((outcomes.next().await, house.count().await), (None, 0));
    house.supervisor.stop(Exit::Shutdown).await;
}

/// A task that is too slow is gone when its time is over, whether or not somebody reads.
#[tokio::test(start_paused = true)]
async fn nobody_need_read_for_a_task_to_be_ended_in_time() {
    let house = House::of(below(0)).await;
    let mut outcomes =
        house.tasks.stream([0, 9_000, 9_000], 3, |length| house.pause(length)).timeout(millis(100));
    assert_eq!(outcomes.next().await, Some(Ok(0)));
    assert_eq!(house.count().await, 2);
    house.clock.sleep(millis(100)).await;
    assert_eq!(house.count().await, 0);
    assert!(matches!(outcomes.next().await, Some(Err(TaskError::TimedOut { .. }))));
    house.supervisor.stop(Exit::Shutdown).await;
}

#[tokio::test(start_paused = true)]
async fn outcomes_are_a_stream_and_asking_both_ways_loses_none() {
    let house = House::of(below(0)).await;
    let mut outcomes = house.tasks.stream([30, 10, 20], 2, |length| house.pause(length)).timeout(millis(500));
    assert!(house.clock.timeout(millis(5), StreamExt::next(&mut outcomes)).await.is_err());
    assert_eq!(outcomes.next().await, Some(Ok(30)));
    let rest: Vec<_> = outcomes.map(|outcome| outcome.unwrap()).collect().await;
    assert_eq!((rest, house.count().await), (vec![10, 20], 0));
    let mut begun = house.tasks.stream([9_000], 1, |length| house.pause(length));
    assert!(house.clock.timeout(millis(5), StreamExt::next(&mut begun)).await.is_err());
    drop(begun);
    assert_eq!(house.count().await, 0, "the one that was waited for is ended, too");
    house.supervisor.stop(Exit::Shutdown).await;
}

/// "async_stream: early halt stops the unused tasks and leaks nothing".
#[tokio::test(start_paused = true)]
async fn who_stops_reading_leaves_no_task_behind() {
    let house = House::of(below(0)).await;
    let (begun, alive) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let work = |length: u64| {
        begun.fetch_add(1, Ordering::AcqRel);
        let (alive, pause) = (Alive::one_more(&alive), house.pause(length));
        async move {
            pause.await;
            drop(alive);
        }
    };
    let mut outcomes = house.tasks.stream((0..).map(|number| number * 1_000), 4, work);
    assert_eq!(outcomes.next().await, Some(Ok(())));
    assert_eq!(outcomes.next().await, Some(Ok(())));
    drop(outcomes);
    assert_eq!((house.count().await, alive.load(Ordering::Acquire)), (0, 0));
    assert_eq!(begun.load(Ordering::Acquire), 5, "four, and one for the first that was read");
    house.supervisor.stop(Exit::Shutdown).await;
}

/// "async_stream with max_children cleans up".
#[tokio::test(start_paused = true)]
async fn a_stream_that_finds_no_room_says_so_and_is_over() {
    let house = House::of(below(0).max_children(2)).await;
    let mut outcomes = house.tasks.stream((1..).map(|number| number * 10), 4, |length| house.pause(length));
    assert_eq!(outcomes.next().await, Some(Ok(10)));
    assert_eq!(outcomes.next().await, Some(Ok(20)));
    let full = Some(Err(TaskError::NotStarted(StartInstanceError::MaxChildren { limit: 2 })));
    assert_eq!(outcomes.next().await, full);
    assert_eq!((outcomes.next().await, house.count().await), (None, 0));
    house.supervisor.stop(Exit::Shutdown).await;
}

#[tokio::test(start_paused = true)]
async fn asking_for_the_next_outcome_may_be_given_up_and_nothing_is_lost() {
    let house = House::of(below(0)).await;
    let mut outcomes = house.tasks.stream([100, 50], 1, |length| house.pause(length));
    for _ in 0..9 {
        assert!(house.clock.timeout(millis(10), outcomes.next()).await.is_err());
    }
    assert_eq!(outcomes.collect().await, [Ok(100), Ok(50)]);
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
