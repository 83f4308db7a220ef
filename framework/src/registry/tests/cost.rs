//! Costs, counted in places touched and not in time.

use std::sync::atomic::Ordering;

use super::super::writer::LINGERING;
use super::super::{Registration, Registry, Reservation};
use super::{active, id, registry, store};
use crate::identity::lifecycle::Stage;

fn touched(registry: &Registry, work: impl FnOnce()) -> u64 {
    let counter = &registry.0.groups.rows.touched;
    let before = counter.load(Ordering::Relaxed);
    work();
    counter.load(Ordering::Relaxed) - before
}

fn many(registry: &Registry, count: u128) -> Vec<Registration> {
    (0..count).map(|number| active(registry, &id("cache", number), 1)).collect()
}

#[test]
fn to_come_and_to_leave_touches_a_fixed_number_of_places_whoever_else_is_there() {
    let registry = registry();
    // Two places, everybody's and the fit ones', in each of three groups.
    let mut held = Vec::new();
    assert_eq!(touched(&registry, || held = many(&registry, 2000)), 2000 * 6);
    // The oldest first, which is the hardest: somebody must move up each time.
    let cost = touched(&registry, || drop(held));
    assert!(cost <= 2000 * 6 * 3, "{cost}");
    assert!(cost > 1999 * 6 * 2, "the counter counts: {cost}");
}

#[test]
fn to_find_a_healthy_one_touches_one_place_among_ten_and_among_thousands_unwell_or_not() {
    for count in [10, 3000] {
        let registry = registry();
        let held = many(&registry, count);
        let find = || assert!(registry.find_healthy(&store()).is_some());
        assert_eq!(touched(&registry, find), 1);
        for sick in &held[1..] {
            registry.set_degraded(&sick.record().id, Some("slow".into()));
        }
        assert_eq!(touched(&registry, find), 1);
        registry.set_degraded(&held[0].record().id, Some("slow".into()));
        assert_eq!(touched(&registry, || assert!(registry.find_healthy(&store()).is_none())), 0);
    }
}

#[test]
fn a_group_whose_last_member_left_is_forgotten() {
    let registry = registry();
    for number in 0..100 {
        let name = format!("cache-{number}");
        drop(active(&registry, &id(&name, number), 1));
    }
    assert_eq!(registry.0.groups.count(), 0);
}

#[test]
fn a_restart_in_a_reserved_place_touches_no_row() {
    let registry = registry();
    let id = id("cache", 1);
    let _reserved = registry.reserve(id.instance);
    let mut held = Some(active(&registry, &id, 1));
    let restarts = || {
        for incarnation in 2..1000 {
            // As an agent does it: it ends, and leaves.
            held.take().map(|held: Registration| held.set_stage(Stage::Terminated, "failed"));
            assert!(registry.by_id(&id).is_none() && registry.is_empty());
            held = Some(active(&registry, &id, incarnation));
        }
    };
    assert_eq!(touched(&registry, restarts), 0);
    assert_eq!(registry.find_healthy(&store()).unwrap().incarnation.number(), 999);
}

#[test]
fn who_restarts_is_passed_over_by_a_few_steps_however_many_restart_and_by_none_after_a_look() {
    let registry = registry();
    let ids: Vec<_> = (0..500).map(|number| id("cache", number)).collect();
    let _reserved: Vec<Reservation> = ids.iter().map(|id| registry.reserve(id.instance)).collect();
    let mut held = many(&registry, 500);
    held.truncate(1);
    let find = || assert_eq!(*registry.find_healthy(&store()).unwrap().id, ids[0]);
    for _ in 0..2 * LINGERING {
        let steps = touched(&registry, find);
        assert!(steps <= 1 + u64::from(LINGERING), "{steps} steps");
    }
    registry.look();
    assert_eq!(touched(&registry, find), 1);
}

#[test]
fn a_reservation_that_is_dropped_leaves_nothing_behind() {
    let registry = registry();
    let id = id("cache", 1);
    let (one, other) = (registry.reserve(id.instance), registry.reserve(id.instance));
    drop(active(&registry, &id, 1));
    drop(one);
    assert_eq!((registry.0.entries.len(), registry.0.groups.count()), (1, 3));
    drop(other);
    assert_eq!((registry.0.entries.len(), registry.0.groups.count()), (0, 0));
}
