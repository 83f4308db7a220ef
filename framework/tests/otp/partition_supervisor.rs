//! The cases of Elixir's `PartitionSupervisor` that `tests/supervision` has not got with these numbers.

use std::collections::HashSet;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildSpec, History, Partitions, SupervisorSpec};
use mistersmith::testing::{Scripted, Trace};

use crate::sight::counts;
use crate::tree::{OneForOne, flags};

fn pools(partitions: usize) -> Partitions<usize> {
    let rules = flags(OneForOne, 3);
    Partitions::new("pools", rules, partitions, |partition| {
        (ChildSpec::supervisor(SupervisorSpec::dynamic("pool", rules)), partition)
    })
}

/// The partitions that many keys lead to.
fn targets(pools: &Partitions<usize>) -> HashSet<usize> {
    (0..100).filter_map(|key| pools.number_of(key).ok()).collect()
}

/// Eight partitions are resized to each number from 8 to 0, back, and in no order: eight specifications stay, as
/// many as wanted are active, and keys lead to each of these and to no other.
#[tokio::test(start_paused = true)]
async fn resize() {
    let pools = pools(8);
    let supervisor = pools.start(&Clock::seeded(1), &History::default()).await.unwrap();
    let mut before = 8;
    for wanted in (0..=8).rev().chain(0..=8).chain([3, 7, 1, 5, 0, 8, 2, 6, 4]) {
        assert_eq!(pools.resize(wanted).await.unwrap(), before);
        assert_eq!(counts(&supervisor).await, [8, wanted, 8, 0]);
        assert_eq!(targets(&pools), (0..wanted).collect());
        before = wanted;
    }
    supervisor.stop(Exit::Shutdown).await;
}

/// Partitions are counted by what they are: workers, or supervisors.
#[tokio::test(start_paused = true)]
async fn count_children() {
    let (clock, history, trace) = (Clock::seeded(1), History::default(), Trace::new());
    let supervisor = pools(3).start(&clock, &history).await.unwrap();
    assert_eq!(counts(&supervisor).await, [3, 3, 3, 0]);
    supervisor.stop(Exit::Shutdown).await;
    let workers = Partitions::new("workers", flags(OneForOne, 3), 3, |partition| {
        (Scripted::worker(partition.to_string(), &trace).child(), ())
    });
    let supervisor = workers.start(&clock, &history).await.unwrap();
    assert_eq!(counts(&supervisor).await, [3, 3, 0, 3]);
    supervisor.stop(Exit::Shutdown).await;
}
