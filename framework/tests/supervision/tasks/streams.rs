//! Outcomes of many tasks, in the order of their inputs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mistersmith::exit::Exit;
use mistersmith::supervisor::{StartInstanceError, TaskError};
use tokio_stream::StreamExt;

use super::{Alive, House, below, millis};

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
