//! Partitions: every key finds one, they are resized within the number at the start, and come back in full (the
//! cases of Elixir's `partition_supervisor_test`).

use std::collections::HashSet;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, ChildState, ChildrenError, Flags, History, NoPartitionError, Partitions, ResizeError,
    SpecProblem, Supervisor, SupervisorSpec,
};
use mistersmith::testing::{Scripted, Trace, settled};

use crate::tree::{AutoShutdown, OneForOne, flags, once, spec};

/// So many scripted children; the handle of each is itself.
fn scripted(trace: &Trace, partitions: usize, flags: Flags) -> Partitions<Scripted> {
    Partitions::new("partitions", flags, partitions, |partition| {
        let child = Scripted::worker(partition.to_string(), trace);
        (child.child(), child)
    })
}

async fn start<H: Send + Sync + 'static>(partitions: &Partitions<H>) -> Supervisor {
    partitions.start(&Clock::seeded(1), &History::default()).await.unwrap()
}

async fn states(supervisor: &Supervisor) -> (usize, usize) {
    let counts = supervisor.count_children().await.unwrap();
    (counts.specs, counts.active)
}

/// "start_link/1 with dynamic supervisors": 100 keyed starts land on all partitions and can all be found.
#[tokio::test(start_paused = true)]
async fn keyed_starts_land_on_all_partitions_and_can_be_found() {
    let rules = flags(OneForOne, 1);
    let pools = Partitions::new("pools", rules, 8, |partition| {
        (ChildSpec::supervisor(SupervisorSpec::dynamic("pool", rules)), partition)
    });
    let supervisor = start(&pools).await;
    let (trace, clock) = (Trace::new(), Clock::seeded(1));
    for key in 0..100 {
        let pool = pools.supervisor_of(key).unwrap().dynamic::<ChildSpec>().unwrap();
        pool.start_child(Scripted::worker(format!("{key}"), &trace).child()).await.unwrap();
    }
    for partition in 0..8 {
        let pool = supervisor.child(partition.to_string()).unwrap();
        let found: Vec<_> = pool.tree().children.into_iter().map(|child| child.id.to_string()).collect();
        let expected = (0..100).filter(|key| key % 8 == partition);
        assert!(expected.zip(&found).all(|(key, id)| id.starts_with(&format!("{key}#"))), "{found:?}");
        assert!(found.len() >= 12, "{found:?}");
    }
    settled(&clock).await;
    supervisor.stop(Exit::Shutdown).await;
}

/// "with_arguments", "keys by remainder".
#[tokio::test(start_paused = true)]
async fn whole_numbers_choose_by_remainder_and_every_partition_knows_its_number() {
    let rules = flags(OneForOne, 1);
    let trace = Trace::new();
    let partitions = Partitions::new("numbers", rules, 3, |partition| {
        (Scripted::worker(format!("of {partition}"), &trace).child(), partition)
    });
    let supervisor = start(&partitions).await;
    assert_eq!(trace.take(), "+of 0 +of 1 +of 2");
    assert_eq!((*partitions.get(3).unwrap(), *partitions.get(-1).unwrap()), (0, 1));
    let by_name: HashSet<_> = (0..100).map(|key| *partitions.get(&format!("user {key}")).unwrap()).collect();
    assert_eq!(by_name.len(), 3);
    supervisor.stop(Exit::Shutdown).await;
}

/// "which_children/1", "count_children/1".
#[tokio::test(start_paused = true)]
async fn partitions_are_listed_under_their_numbers() {
    let trace = Trace::new();
    let supervisor = start(&scripted(&trace, 3, flags(OneForOne, 1))).await;
    let rows = supervisor.which_children().await.unwrap();
    let ids: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.state)).collect();
    assert_eq!(ids, [("2", ChildState::Running), ("1", ChildState::Running), ("0", ChildState::Running)]);
    supervisor.stop(Exit::Shutdown).await;
}

/// "resize!/1 down, up and shuffled".
#[tokio::test(start_paused = true)]
async fn a_resize_keeps_all_specifications_and_finds_those_that_are_up_only() {
    let trace = Trace::new();
    let partitions = scripted(&trace, 8, flags(OneForOne, 1));
    let supervisor = start(&partitions).await;
    let mut before = 8;
    for size in [7, 6, 5, 4, 3, 2, 1, 2, 3, 4, 5, 6, 7, 8, 3, 8, 1, 5] {
        assert_eq!(partitions.resize(size).await.unwrap(), before);
        before = size;
        assert_eq!((partitions.size(), states(&supervisor).await), (size, (8, size)));
        let found: HashSet<_> = (0..100).map(|key| partitions.number_of(key).unwrap()).collect();
        assert_eq!(found, (0..size).collect());
    }
    let _ = trace.take();
    partitions.resize(2).await.unwrap();
    assert_eq!(trace.take(), "-4 -3 -2", "the highest first");
    supervisor.stop(Exit::Shutdown).await;
}

/// "resize!/1 to zero", "raises on lookup with zero partitions", "resize!/1 beyond".
#[tokio::test(start_paused = true)]
async fn without_partitions_a_look_up_is_an_error_and_more_than_at_first_is_refused() {
    let trace = Trace::new();
    let partitions = scripted(&trace, 2, flags(OneForOne, 1));
    assert_eq!(partitions.resize(1).await, Err(ResizeError::NotRunning));
    let supervisor = start(&partitions).await;
    assert_eq!(partitions.resize(0).await.unwrap(), 2);
    assert_eq!(partitions.get(1).unwrap_err(), NoPartitionError::NoPartitions);
    assert_eq!(partitions.supervisor_of("ada").unwrap_err(), NoPartitionError::NoPartitions);
    assert_eq!(partitions.resize(3).await, Err(ResizeError::TooMany { wanted: 3, most: 2 }));
    assert_eq!(partitions.resize(2).await.unwrap(), 0);
    assert_eq!(states(&supervisor).await, (2, 2));
    assert_eq!(partitions.supervisor_of(1).unwrap_err(), NoPartitionError::NotRunning { partition: 1 });
    supervisor.stop(Exit::Shutdown).await;
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_does_not_start_ends_the_resize_and_those_before_it_are_there() {
    let trace = Trace::new();
    let partitions = scripted(&trace, 4, flags(OneForOne, 1));
    let supervisor = start(&partitions).await;
    let third = partitions.get(2).unwrap();
    partitions.resize(1).await.unwrap();
    third.next_starts(once());
    let failed = partitions.resize(4).await;
    assert!(matches!(failed, Err(ResizeError::NotStarted { partition: 2, .. })), "{failed:?}");
    assert_eq!((partitions.size(), states(&supervisor).await), (2, (4, 2)));
    assert_eq!(partitions.resize(4).await.unwrap(), 2);
    supervisor.stop(Exit::Shutdown).await;
}

/// "start_link/1 with invalid options".
#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_for_partitions_is_refused_all_at_once() {
    let rules = Flags::new(OneForOne, 1, 0).auto_shutdown(AutoShutdown::AnySignificant);
    let none = scripted(&Trace::new(), 0, rules);
    let expected = [
        SpecProblem::NoPartitions,
        SpecProblem::PartitionsAutoShutdown { auto_shutdown: AutoShutdown::AnySignificant },
        SpecProblem::ZeroPeriod,
    ];
    assert_eq!(none.check(), expected);
    assert!(none.start(&Clock::seeded(1), &History::default()).await.is_err());
    let root = spec("root", flags(OneForOne, 1), &[none.child()]);
    assert_eq!(root.check().len(), 3, "{:?}", root.check());
}

/// "stop is synchronous".
#[tokio::test(start_paused = true)]
async fn after_a_stop_nobody_is_there() {
    let trace = Trace::new();
    let partitions = scripted(&trace, 2, flags(OneForOne, 1));
    let supervisor = start(&partitions).await;
    supervisor.stop(Exit::Shutdown).await;
    assert_eq!(trace.take(), "+0 +1 -1 -0");
    assert_eq!(supervisor.count_children().await, Err(ChildrenError::SupervisorGone));
}

#[tokio::test(start_paused = true)]
async fn when_their_supervisor_is_restarted_all_partitions_are_back_and_found() {
    let trace = Trace::new();
    let partitions = scripted(&trace, 3, flags(OneForOne, 0));
    let (clock, history) = (Clock::seeded(1), History::default());
    let root = spec("root", flags(OneForOne, 1), &[partitions.child()]);
    let root = Supervisor::start(root, &clock, &history).await.unwrap();
    partitions.resize(1).await.unwrap();
    partitions.get(0).unwrap().crash("boom");
    settled(&clock).await;
    assert_eq!(trace.take(), "+0 +1 +2 -2 -1 0!boom +0 +1 +2");
    assert_eq!(partitions.size(), 3);
    assert_eq!(partitions.resize(2).await.unwrap(), 3);
    assert_eq!(states(&partitions.supervisor().unwrap()).await, (3, 2));
    root.stop(Exit::Shutdown).await;
}
