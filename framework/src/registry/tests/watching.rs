//! A watcher is told everything, in order, or is told that it was not.

use std::task::Poll;

use super::super::{Change, Changes, Filter, Health};
use super::{active, id, record, registry, store};
use crate::identity::lifecycle::Stage;
use crate::identity::{AgentName, Incarnation};

/// What the next change is, in words; `nothing` when none waits.
async fn next(changes: &mut Changes) -> String {
    match waiting(changes).await {
        Poll::Pending => "nothing".into(),
        Poll::Ready(next) => in_words(next),
    }
}

/// What waits, without waiting for it.
async fn waiting(changes: &mut Changes) -> Poll<Option<Change>> {
    tokio::task::unconstrained(async {
        tokio::select! {
            biased;
            next = changes.next() => Poll::Ready(next),
            () = std::future::ready(()) => Poll::Pending,
        }
    })
    .await
}

fn in_words(change: Option<Change>) -> String {
    match change {
        None => "the end".into(),
        Some(Change::Registered(record)) => format!("{} {} registered", record.id.name, record.incarnation),
        Some(Change::Deregistered { id, incarnation, reason }) => {
            format!("{} {incarnation} left: {reason:?}", id.name)
        }
        Some(Change::StageChanged { id, from, to, reason, .. }) => {
            format!("{} {from} to {to}: {reason}", id.name)
        }
        Some(Change::HealthChanged { id, from, to, .. }) => format!("{} {from} to {to}", id.name),
        Some(Change::Lagged { missed }) => format!("lagged {missed}"),
    }
}

#[tokio::test]
async fn a_watcher_is_told_what_is_there_and_then_what_changes() {
    let registry = registry();
    let id = id("cache", 1);
    let first = active(&registry, &id, 1);
    let mut changes = registry.watch(Filter::default());
    assert_eq!(next(&mut changes).await, "cache 1 registered");
    assert_eq!(next(&mut changes).await, "nothing");

    first.set_stage(Stage::Suspended, "maintenance");
    assert_eq!(next(&mut changes).await, "cache active to suspended: maintenance");
    assert_eq!(next(&mut changes).await, "cache healthy to suspended");

    let second = registry.register(record(&id, 2)).unwrap();
    assert_eq!(next(&mut changes).await, "cache 1 left: Replaced { by: Incarnation(2) }");
    assert_eq!(next(&mut changes).await, "cache 2 registered");
    drop(first);
    assert_eq!(next(&mut changes).await, "nothing");
    drop(second);
    assert_eq!(next(&mut changes).await, "cache 2 left: Ended");

    let third = registry.register(record(&id, 3)).unwrap();
    registry.deregister(&id, Incarnation::new(3));
    assert_eq!(next(&mut changes).await, "cache 3 registered");
    assert_eq!(next(&mut changes).await, "cache 3 left: Removed");
    drop((third, registry));
    assert_eq!(next(&mut changes).await, "the end");
}

#[tokio::test]
async fn a_watcher_cannot_tell_a_reserved_place_from_another() {
    let registry = registry();
    let id = id("cache", 1);
    let mut changes = registry.watch(Filter::default());
    let reserved = registry.reserve(id.instance);
    for incarnation in 1..=2 {
        drop(active(&registry, &id, incarnation));
        assert!(registry.list().is_empty() && registry.find_healthy(&store()).is_none());
    }
    drop(reserved);
    for incarnation in 1..=2 {
        assert_eq!(next(&mut changes).await, format!("cache {incarnation} registered"));
        assert_eq!(next(&mut changes).await, "cache registering to active: ready");
        assert_eq!(next(&mut changes).await, "cache starting to healthy");
        assert_eq!(next(&mut changes).await, format!("cache {incarnation} left: Ended"));
    }
    assert_eq!(next(&mut changes).await, "nothing");
}

#[tokio::test]
async fn a_watcher_is_told_only_of_those_it_asked_for() {
    let registry = registry();
    let mut changes = registry.watch(Filter::default().name(AgentName::new("index").unwrap()));
    let _cache = active(&registry, &id("cache", 1), 1);
    let _index = registry.register(record(&id("index", 2), 1)).unwrap();
    assert_eq!(next(&mut changes).await, "index 1 registered");
    assert_eq!(next(&mut changes).await, "nothing");
}

#[tokio::test]
async fn one_more_missed_look_is_no_news() {
    let registry = registry();
    let held = active(&registry, &id("cache", 1), 1);
    held.record().pulse.begin();
    let mut changes = registry.watch(Filter::default().capability(store()));
    assert_eq!(next(&mut changes).await, "cache 1 registered");
    (0..9).for_each(|_| registry.look());
    assert_eq!(next(&mut changes).await, "cache healthy to late (1 missed)");
    assert_eq!(next(&mut changes).await, "cache late (2 missed) to unhealthy (3 missed)");
    assert_eq!(next(&mut changes).await, "nothing");
    assert_eq!(held.record().health(), Health::Unhealthy { missed: 8 });
}

#[tokio::test]
async fn who_is_too_far_behind_is_told_how_far_and_then_everything_again() {
    let registry = registry();
    let mut changes = registry.watch_with_capacity(Filter::default(), 500);
    let held: Vec<_> = (0..503).map(|n| registry.register(record(&id("cache", n), 1)).unwrap()).collect();
    assert!(matches!(changes.next().await, Some(Change::Registered(_))));
    drop(held);
    // One place was free by then, but what came after the loss must not be taken for what came before it.
    for _ in 1..500 {
        assert!(matches!(changes.next().await, Some(Change::Registered(_))));
    }
    assert_eq!(next(&mut changes).await, "lagged 506");
    assert_eq!(next(&mut changes).await, "nothing");
    let _again = registry.register(record(&id("index", 7), 1)).unwrap();
    assert_eq!(next(&mut changes).await, "index 1 registered");
}

#[tokio::test]
async fn a_watcher_that_is_gone_is_forgotten() {
    let registry = registry();
    drop(registry.watch(Filter::default()));
    let _held = active(&registry, &id("cache", 1), 1);
    assert_eq!(format!("{:?}", registry.write().watchers), "Watchers([])");
}

#[test]
fn between_the_snapshot_and_the_changes_nothing_is_lost_or_told_twice() {
    const AGENTS: u128 = 2000;
    let registry = registry();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            (0..AGENTS).map(|n| registry.register(record(&id("cache", n), 1)).unwrap()).collect::<Vec<_>>()
        });
        let mut watchers = Vec::new();
        while watchers.is_empty() || (watchers.len() < 20 && !writer.is_finished()) {
            watchers.push(registry.watch_with_capacity(Filter::default(), 4096));
            std::thread::yield_now();
        }
        let held = writer.join().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for mut changes in watchers {
                let mut told = Vec::new();
                for _ in 0..AGENTS {
                    match waiting(&mut changes).await {
                        Poll::Ready(Some(Change::Registered(record))) => told.push(record.id.instance),
                        other => panic!("{} told, then {other:?}", told.len()),
                    }
                }
                told.sort();
                told.dedup();
                assert_eq!(told.len(), held.len());
                assert_eq!(next(&mut changes).await, "nothing");
            }
        });
    });
}
