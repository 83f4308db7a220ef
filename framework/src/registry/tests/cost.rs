//! Costs, counted in places touched and not in time.

use std::sync::atomic::Ordering;

use super::super::{Registration, Registry};
use super::{active, id, registry, store};

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
