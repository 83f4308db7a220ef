//! The cases of Elixir's `Task.Supervisor` that `tests/supervision` has not got as they are.

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{History, SupervisorSpec, Tasks};
use mistersmith::testing::Probe;

use crate::tree::{OneForOne, flags};

/// A stream is read to its end in another process than the one that made it.
#[tokio::test(start_paused = true)]
async fn stream_from_another_process() {
    let tasks = Tasks::new(SupervisorSpec::dynamic("tasks", flags(OneForOne, 3)));
    let supervisor = tasks.start(&Clock::seeded(1), &History::default()).await.unwrap();
    let outcomes = tasks.stream(1..=4, 2, |number| async move { number * number });
    let read = Probe::new();
    let reader = read.clone();
    let mut reading = tasks.spawn(async move { reader.report(outcomes.collect().await) }).await.unwrap();
    reading.wait().await.unwrap();
    read.expect(vec![Ok(1), Ok(4), Ok(9), Ok(16)]).await;
    supervisor.stop(Exit::Shutdown).await;
}

/// What each task was made from stands beside its outcome, also when its time was over.
#[tokio::test(start_paused = true)]
async fn stream_timeout_with_input() {
    let clock = Clock::seeded(1);
    let tasks = Tasks::new(SupervisorSpec::dynamic("tasks", flags(OneForOne, 3)));
    let supervisor = tasks.start(&clock, &History::default()).await.unwrap();
    let inputs = [1, 100, 2];
    let work = |millis| {
        let clock = clock.clone();
        async move { clock.sleep(Duration::from_millis(millis)).await }
    };
    let outcomes = tasks.stream(inputs, 3, work).timeout(Duration::from_millis(50)).collect().await;
    let zipped: Vec<_> =
        inputs.into_iter().zip(outcomes).map(|(input, outcome)| (input, outcome.is_ok())).collect();
    assert_eq!(zipped, [(1, true), (100, false), (2, true)]);
    supervisor.stop(Exit::Shutdown).await;
}
