//! The supervisor as a whole: its stop, its own restart, and thousands of instances.

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, Counts, Dynamic, History, Restart, Shutdown, StartInstanceError, SupervisorSpec, What,
};
use mistersmith::testing::{Scripted, Trace, settled};

use super::{Pool, millis, of, sorted, template};
use crate::tree::{OnStop, OneForOne, children, flags};

/// Trace 13; supervisor_SUITE simple_one_for_one_shutdown.
#[tokio::test(start_paused = true)]
async fn the_time_of_a_stop_is_that_of_the_slowest() {
    for (slow, limit, expected, words) in [
        ([300, 300, 300], 5_000, 300, "-a -b -c"),
        ([100, 9_000, 9_000], 500, 500, "-a -b(killed) -c(killed)"),
    ] {
        let (trace, scripted) = children(["a", "b", "c"]);
        let template = template(Restart::Permanent).shutdown(Shutdown::After(millis(limit)));
        let pool = Pool::start(&trace, of(template, 1)).await;
        let [a, b, c] = scripted;
        let [a, b, c] =
            [(a, slow[0]), (b, slow[1]), (c, slow[2])].map(|(c, ms)| c.stops(OnStop::Slow(millis(ms))));
        pool.add([&a, &b, &c]).await;
        let (clock, before) = (pool.clock.clone(), pool.clock.now());
        assert_eq!(pool.stop().await, words);
        assert_eq!(clock.now() - before, millis(expected));
    }
}

/// DynamicSupervisor "mixed shutdown policies" (B3 20 to 27).
#[tokio::test(start_paused = true)]
async fn each_instance_has_its_own_time_and_all_times_run_together() {
    let (trace, [brutal, quick, patient, deaf, stubborn]) =
        children(["brutal", "quick", "patient", "deaf", "stubborn"]);
    let (clock, history) = (Clock::seeded(1), History::default());
    let spec = SupervisorSpec::dynamic("pool", flags(OneForOne, 1));
    let pool = Dynamic::start(spec, &clock, &history).await.unwrap();
    let patient = patient.stops(OnStop::Slow(millis(700)));
    let [deaf, stubborn] = [deaf, stubborn].map(|child| child.stops(OnStop::Hang));
    for child in [
        brutal.child().shutdown(Shutdown::BrutalKill),
        quick.child().shutdown(Shutdown::After(millis(0))).restart(Restart::Temporary),
        patient.child().shutdown(Shutdown::Infinity),
        deaf.child().shutdown(Shutdown::After(millis(300))),
        stubborn.child().shutdown(Shutdown::After(millis(600))),
    ] {
        pool.start_child(child).await.unwrap();
    }
    let (_, before) = (trace.take(), clock.now());
    assert!(matches!(pool.stop(Exit::Shutdown).await, Exit::Shutdown));
    assert_eq!(clock.now() - before, millis(700));
    let words = sorted(&trace.take());
    assert!(words.starts_with("-brutal(killed) -deaf(killed) -patient -quick"), "{words}");
}

#[tokio::test(start_paused = true)]
async fn a_dynamic_supervisor_is_a_child_as_any_other_and_starts_again_without_instances() {
    let (trace, [a, b]) = children(["a", "b"]);
    let (clock, history) = (Clock::seeded(1), History::default());
    let root = SupervisorSpec::new("root", flags(OneForOne, 1))
        .child(ChildSpec::supervisor(of(template(Restart::Permanent), 0)));
    let root = mistersmith::supervisor::Supervisor::start(root, &clock, &history).await.unwrap();
    let pool = root.child("pool").unwrap().dynamic::<Scripted>().unwrap();
    assert!(root.dynamic::<Scripted>().is_none());
    assert!(root.child("pool").unwrap().dynamic::<ChildSpec>().is_none(), "its instances start from others");
    pool.start_child(a.clone()).await.unwrap();
    pool.start_child(b.clone()).await.unwrap();
    let tree = root.tree();
    let ids: Vec<_> = tree.children[0].children.iter().map(|child| child.id.as_str()).collect();
    assert_eq!(ids, ["worker#0", "worker#1"]);
    a.crash("boom");
    settled(&clock).await;
    assert_eq!(trace.take(), "+a +b a!boom -b");
    let counts = root.child("pool").unwrap().count_children().await.unwrap();
    assert_eq!(counts, Counts::default());
    let gave_up = history.events().into_iter().find_map(|event| match event.what {
        What::GaveUp { child, .. } => Some((event.supervisor, child)),
        _ => None,
    });
    let (supervisor, child) = gave_up.unwrap();
    assert_eq!((&*supervisor, child.as_str()), ("root/pool", "worker#0"));
    assert!(matches!(pool.start_child(a).await, Err(StartInstanceError::SupervisorGone)));
    root.stop(Exit::Shutdown).await;
}

/// supervisor_SUITE count_children, simple_one_for_one_scale_many_temporary_children.
#[tokio::test(start_paused = true)]
async fn thousands_of_instances_come_die_at_once_and_leave_nothing() {
    let trace = Trace::new();
    let pool = Pool::start(&trace, of(template(Restart::Temporary), 1)).await;
    let crowd: Vec<_> = (0..10_000).map(|number| Scripted::worker(number.to_string(), &trace)).collect();
    for child in &crowd {
        pool.pool.start_child(child.clone()).await.unwrap();
    }
    assert_eq!(pool.counts().await, (10_000, 10_000));
    for child in &crowd {
        child.crash("boom");
    }
    settled(&pool.clock).await;
    assert_eq!(pool.counts().await, (0, 0));
    assert_eq!(pool.history.newest(), 1 + 20_000, "up, and a start and an end of each");
    pool.stop().await;
}
