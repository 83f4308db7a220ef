//! Tasks: started, awaited, linked or not, streamed in order, and never left behind (the cases of Elixir's
//! `task/supervisor_test`).

mod streams;
mod whole;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::supervisor::{Dynamic, DynamicSpec, History, Supervisor, SupervisorSpec, Tasks};
use mistersmith::testing::settled;

use crate::tree::{OneForOne, flags};

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
