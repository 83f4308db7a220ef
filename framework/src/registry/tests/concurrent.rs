//! Readers that read while writers write see nothing that was not so.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::super::Filter;
use super::super::Fitness;
use super::{active, id, registry, store};

#[test]
fn nobody_finds_an_incarnation_after_its_deregistration_returned_reserved_or_not() {
    const AGENTS: u64 = 4;
    const STARTS: u64 = 500;
    let registry = registry();
    // For each agent, the newest incarnation that is known to be gone.
    let gone: Vec<AtomicU64> = (0..AGENTS).map(|_| AtomicU64::new(0)).collect();
    let done = AtomicBool::new(false);
    let staying = active(&registry, &id("cache", 99), 1);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..AGENTS)
            .map(|agent| {
                let (registry, gone) = (&registry, &gone);
                scope.spawn(move || {
                    let id = id("cache", agent.into());
                    let _reserved = (agent < 2).then(|| registry.reserve(id.instance));
                    for incarnation in 1..=STARTS {
                        let held = active(registry, &id, incarnation);
                        if incarnation % 2 == 0 {
                            registry.set_degraded(&held.record().id, Some("slow".into()));
                        }
                        drop(held);
                        gone[usize::try_from(agent).unwrap()].store(incarnation, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        for _ in 0..2 {
            scope.spawn(|| {
                let filter = Filter::default().capability(store());
                while !done.load(Ordering::SeqCst) {
                    let before: Vec<u64> = gone.iter().map(|gone| gone.load(Ordering::SeqCst)).collect();
                    let found = registry.discover(&filter, Fitness::Any);
                    assert!(
                        found.iter().any(|record| record.id == staying.record().id),
                        "who stays is found"
                    );
                    let healthy = registry.find_healthy(&store()).expect("one always stays healthy");
                    for record in found.iter().chain([&healthy]) {
                        let agent = usize::try_from(record.id.instance.as_uuid().as_u128()).unwrap();
                        if let Some(gone) = before.get(agent) {
                            assert!(record.incarnation.number() > *gone, "{record:?} is gone");
                        }
                    }
                }
            });
        }
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::SeqCst);
    });
    assert_eq!(registry.len(), 1);
}

#[test]
fn a_restart_by_replacement_leaves_no_moment_without_the_agent() {
    replacements(false);
    replacements(true);
}

fn replacements(reserved: bool) {
    let registry = registry();
    let id = id("cache", 1);
    let _reserved = reserved.then(|| registry.reserve(id.instance));
    let done = AtomicBool::new(false);
    let first = active(&registry, &id, 1);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut looks = 0_u64;
            while !done.load(Ordering::SeqCst) || looks == 0 {
                assert!(registry.by_id(&id).is_some());
                assert_eq!(registry.by_name(&id.domain, &id.name).len(), 1);
                looks += 1;
            }
        });
        let mut held = first;
        for incarnation in 2..2000 {
            held = active(&registry, &id, incarnation);
        }
        done.store(true, Ordering::SeqCst);
        reader.join().unwrap();
        drop(held);
    });
}

#[test]
fn healthy_agents_are_found_in_equal_shares() {
    let registry = registry();
    let held: Vec<_> = (0..7).map(|number| active(&registry, &id("cache", number), 1)).collect();
    registry.set_degraded(&held[3].record().id, Some("slow".into()));
    let mut shares = BTreeMap::new();
    for _ in 0..600 {
        *shares.entry(registry.find_healthy(&store()).unwrap().id.clone()).or_insert(0) += 1;
    }
    assert_eq!(shares.into_values().collect::<Vec<_>>(), [100; 6]);
}
