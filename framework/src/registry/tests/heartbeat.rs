//! An agent that is stuck turns unhealthy by itself, and well again by itself.

use std::time::Duration;

use super::super::{Health, Heartbeat, Registry};
use super::{active, id, registry, store};
use crate::clock::Clock;
use crate::identity::lifecycle::Stage;

/// As a system does it: a look every interval, on the system's clock.
async fn looks(registry: &Registry, clock: &Clock, count: u32) {
    for _ in 0..count {
        clock.sleep(registry.heartbeat().interval).await;
        registry.look();
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_is_stuck_for_three_heartbeats_is_not_found_until_it_moves() {
    let clock = Clock::seeded(1);
    let registry = Registry::new(clock.clone(), Heartbeat::default());
    let held = active(&registry, &id("cache", 1), 1);
    let record = held.record();
    record.pulse.begin();
    let stuck_at = clock.now();
    looks(&registry, &clock, 3).await;
    assert_eq!(record.health(), Health::Late { missed: 2 });
    assert!(registry.find_healthy(&store()).is_some());
    looks(&registry, &clock, 1).await;
    assert_eq!(record.health(), Health::Unhealthy { missed: 3 });
    assert!(registry.find_healthy(&store()).is_none());
    assert_eq!(clock.now() - stuck_at, Duration::from_secs(20));

    record.pulse.advance();
    looks(&registry, &clock, 1).await;
    assert_eq!(record.health(), Health::Healthy);
    assert!(registry.find_healthy(&store()).is_some());
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_has_nothing_to_do_stays_healthy_for_ever() {
    let clock = Clock::seeded(1);
    let registry = Registry::new(clock.clone(), Heartbeat::default());
    let held = active(&registry, &id("cache", 1), 1);
    looks(&registry, &clock, 100).await;
    assert_eq!(held.record().health(), Health::Healthy);
}

#[tokio::test(start_paused = true)]
async fn a_busy_agent_that_moves_stays_healthy_however_long_its_queue() {
    let clock = Clock::seeded(1);
    let registry = Registry::new(clock.clone(), Heartbeat::default());
    let held = active(&registry, &id("cache", 1), 1);
    (0..10_000).for_each(|_| held.record().pulse.arrive());
    for _ in 0..10 {
        held.record().pulse.advance();
        looks(&registry, &clock, 1).await;
    }
    assert_eq!(held.record().health(), Health::Healthy);
}

#[test]
fn a_suspended_agent_misses_no_heartbeat() {
    let registry = registry();
    let held = active(&registry, &id("cache", 1), 1);
    (0..3).for_each(|_| held.record().pulse.arrive());
    registry.look();
    registry.look();
    assert_eq!(held.record().health(), Health::Late { missed: 1 });
    held.set_stage(Stage::Suspended, "maintenance");
    (0..5).for_each(|_| registry.look());
    held.set_stage(Stage::Active, "resumed");
    assert_eq!(held.record().health(), Health::Healthy);
}

#[test]
fn a_new_limit_holds_from_the_next_look_on() {
    let registry = registry();
    let held = active(&registry, &id("cache", 1), 1);
    held.record().pulse.begin();
    registry.look();
    registry.set_heartbeat(Heartbeat { missed: 1, ..registry.heartbeat() });
    registry.look();
    assert_eq!(held.record().health(), Health::Unhealthy { missed: 1 });
}

#[test]
fn degraded_lasts_until_it_is_taken_back_and_not_beyond_a_restart() {
    let registry = registry();
    let id = id("cache", 1);
    let held = active(&registry, &id, 1);
    assert!(registry.set_degraded(&id, Some("slow disk".into())));
    assert_eq!(held.record().health(), Health::Degraded { reason: "slow disk".into() });
    assert!(registry.find_healthy(&store()).is_none());
    assert!(registry.set_degraded(&id, None));
    assert!(registry.find_healthy(&store()).is_some());
    registry.set_degraded(&id, Some("slow disk".into()));
    let next = active(&registry, &id, 2);
    assert_eq!(next.record().health(), Health::Healthy);
}
