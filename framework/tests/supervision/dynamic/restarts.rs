//! Who is started again, and who is forgotten.

use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildState, Counts, Restart, StartInstanceError};

use super::{Pool, millis, of, template};
use crate::tree::{OnStart, always, children, once};

/// supervisor_SUITE simple_one_for_one.
#[tokio::test(start_paused = true)]
async fn a_crash_of_one_instance_leaves_the_others_and_the_third_is_too_many() {
    let (trace, [a, b]) = children(["a", "b"]);
    let pool = Pool::start(&trace, of(template(Restart::Permanent), 2)).await;
    pool.add([&a, &b]).await;
    a.crash("boom");
    assert_eq!(pool.trace().await, "a!boom +a");
    a.crash("boom");
    assert_eq!(pool.trace().await, "a!boom +a");
    b.crash("boom");
    assert_eq!(pool.trace_to_the_end().await, "b!boom -a SUP(shutdown)");
}

/// supervisor_SUITE simple_one_for_one_escalation; DynamicSupervisor "restarting children... limit".
#[tokio::test(start_paused = true)]
async fn a_restart_that_always_fails_takes_the_supervisor_and_the_others_down() {
    let (trace, [a, b]) = children(["a", "b"]);
    let pool = Pool::start(&trace, of(template(Restart::Permanent), 4)).await;
    pool.add([&a, &b]).await;
    a.next_starts(always());
    a.crash("boom");
    assert_eq!(pool.trace_to_the_end().await, "a!boom ×a ×a ×a ×a -b SUP(shutdown)");
}

/// DynamicSupervisor "retry: first restart fails, second succeeds".
#[tokio::test(start_paused = true)]
async fn a_restart_that_fails_once_is_tried_again() {
    let (trace, [a]) = children(["a"]);
    let pool = Pool::start(&trace, of(template(Restart::Permanent), 2)).await;
    pool.add([&a]).await;
    a.next_starts(once());
    a.crash("boom");
    assert_eq!(pool.trace().await, "a!boom ×a +a");
    assert_eq!(pool.counts().await, (1, 1));
    pool.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_transient_instance_that_ends_politely_is_forgotten() {
    let (trace, [a, b]) = children(["a", "b"]);
    let pool = Pool::start(&trace, of(template(Restart::Transient), 1)).await;
    pool.add([&a, &b]).await;
    a.end(Exit::Normal);
    assert_eq!(pool.trace().await, "a!normal");
    assert_eq!(pool.counts().await, (1, 1));
    b.crash("boom");
    assert_eq!(pool.trace().await, "b!boom +b");
    pool.stop().await;
}

/// DynamicSupervisor "temporary children are not restarted".
#[tokio::test(start_paused = true)]
async fn a_temporary_instance_is_never_restarted_nor_counted() {
    let (trace, [a, b]) = children(["a", "b"]);
    let pool = Pool::start(&trace, of(template(Restart::Temporary), 0)).await;
    pool.add([&a, &b]).await;
    a.crash("boom");
    b.kill();
    assert_eq!(pool.trace().await, "a!boom -b(killed)");
    assert_eq!(pool.counts().await, (0, 0));
    pool.stop().await;
}

/// supervisor_SUITE simple_one_for_one_restart_ignore.
#[tokio::test(start_paused = true)]
async fn an_instance_whose_restart_says_that_it_is_not_needed_is_forgotten() {
    for restart in [Restart::Permanent, Restart::Transient] {
        let (trace, [a]) = children(["a"]);
        let pool = Pool::start(&trace, of(template(restart), 9)).await;
        pool.add([&a]).await;
        a.next_starts([OnStart::Run, OnStart::Ignore]);
        a.kill();
        assert_eq!(pool.trace().await, "-a(killed) +a");
        a.kill();
        assert_eq!(pool.trace().await, "-a(killed) (a)");
        assert_eq!(pool.counts().await, (0, 0));
        assert_eq!(pool.stop().await, "");
    }
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_is_terminated_while_it_starts_again_is_stopped_when_it_is_up() {
    let (trace, [a, b]) = children(["a", "b"]);
    let pool = Pool::start(&trace, of(template(Restart::Permanent), 9)).await;
    let [first, _] = pool.add([&a, &b]).await;
    a.next_starts([OnStart::Slow(millis(10))]);
    a.crash("boom");
    pool.clock.sleep(millis(5)).await;
    assert_eq!(pool.trace.take(), "a!boom");
    pool.pool.terminate_child(first).await.unwrap();
    assert_eq!(pool.trace.take(), "+a -a");
    assert_eq!(pool.counts().await, (1, 1));
    pool.stop().await;
}

/// supervisor_SUITE hanging_restart_loop_simple; DynamicSupervisor "terminates restarting child".
#[tokio::test(start_paused = true)]
async fn an_instance_that_is_being_restarted_is_visible_and_can_be_terminated() {
    let (trace, [a, b]) = children(["a", "b"]);
    let hanging = template(Restart::Permanent).start_timeout(Some(millis(10)));
    let pool = Pool::start(&trace, of(hanging, 1_000)).await;
    let [a_, _] = pool.add([&a, &b]).await;
    a.next_starts(std::iter::repeat_n(OnStart::Hang, 100));
    a.crash("boom");
    pool.clock.sleep(millis(5)).await;
    let rows = pool.pool.which_children().await.unwrap();
    assert_eq!(rows[1].state, ChildState::Restarting);
    let counts = pool.pool.count_children().await.unwrap();
    assert_eq!(counts, Counts { specs: 2, active: 1, supervisors: 0, workers: 2 });
    pool.pool.terminate_child(a_).await.unwrap();
    let _ = pool.trace.take();
    pool.clock.sleep(millis(1_000)).await;
    assert_eq!(pool.trace.take(), "", "no further attempt");
    assert_eq!(pool.counts().await, (1, 1));
    pool.stop().await;
}

/// DynamicSupervisor "max_children" (B3 9 and 14).
#[tokio::test(start_paused = true)]
async fn an_instance_that_is_being_restarted_counts_for_the_limit() {
    let (trace, [a, b, c]) = children(["a", "b", "c"]);
    let hanging = template(Restart::Permanent).start_timeout(Some(millis(10)));
    let pool = Pool::start(&trace, of(hanging, 1_000).max_children(2)).await;
    pool.add([&a, &b]).await;
    let full = pool.pool.start_child(c.clone()).await;
    assert!(matches!(full, Err(StartInstanceError::MaxChildren { limit: 2 })), "{full:?}");
    a.next_starts(std::iter::repeat_n(OnStart::Hang, 3));
    a.crash("boom");
    pool.clock.sleep(millis(5)).await;
    assert!(matches!(pool.pool.start_child(c.clone()).await, Err(StartInstanceError::MaxChildren { .. })));
    pool.clock.sleep(millis(100)).await;
    assert_eq!(pool.counts().await, (2, 2));
    assert!(matches!(pool.pool.start_child(c.clone()).await, Err(StartInstanceError::MaxChildren { .. })));
    pool.stop().await;

    let (trace, [a]) = children(["a"]);
    let pool = Pool::start(&trace, of(template(Restart::Permanent), 1).max_children(0)).await;
    assert!(matches!(pool.pool.start_child(a).await, Err(StartInstanceError::MaxChildren { limit: 0 })));
    pool.stop().await;
}
