//! When restarts are too many, and when a supervisor stops itself (traces 6, 7 and 9).

use std::time::Duration;

use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildSpec, Flags, Restart};

use crate::tree::{
    AutoShutdown, OneForAll, OneForOne, Tree, always, children, flags, spec, temporary, transient,
};

/// Trace 6.
#[tokio::test(start_paused = true)]
async fn giving_up_is_a_polite_exit_to_the_supervisor_above() {
    for (restart, trace_after, list) in [
        (Restart::Permanent, "c!boom +c", "s"),
        (Restart::Transient, "c!boom", "s=down"),
        (Restart::Temporary, "c!boom", ""),
    ] {
        let (trace, [c]) = children(["c"]);
        let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 0), &[c.child()])).restart(restart);
        let tree = Tree::start(&trace, flags(OneForOne, 1), &[below]).await;
        c.crash("boom");
        assert_eq!(tree.trace().await, trace_after, "{restart:?}");
        assert_eq!(tree.list().await, list, "{restart:?}");
        tree.stop().await;
    }
}

/// Trace 6.
#[tokio::test(start_paused = true)]
async fn a_transient_supervisor_that_is_killed_is_restarted() {
    let (trace, [c]) = children(["c"]);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 0), &[c.child()]));
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[below.restart(Restart::Transient)]).await;
    tree.root.child("s").unwrap().kill();
    assert_eq!(tree.trace().await, "-c(killed) +c");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn escalation_multiplies_the_starts_of_a_worker_that_always_crashes() {
    // With intensity 1 above and 2 below, (1 + 1) * (2 + 1) starts in all.
    let (trace, [c]) = children(["c"]);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 2), &[c.child()]));
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[below]).await;
    let mut starts = 1;
    loop {
        c.crash("boom");
        match tree.trace().await.as_str() {
            "c!boom +c" => starts += 1,
            "c!boom" => break,
            other => panic!("{other}"),
        }
    }
    assert_eq!(starts, 6);
    assert!(matches!(tree.root.ended().await, Exit::Shutdown));
}

/// Trace 7.
#[tokio::test(start_paused = true)]
async fn the_window_counts_whole_seconds_with_both_ends() {
    for (first, second, too_many) in [(0, 2_999, true), (900, 3_000, false)] {
        let (trace, [a]) = children(["a"]);
        let tree = Tree::start(&trace, Flags::new(OneForOne, 1, 2), &[a.child()]).await;
        // The pauses of a millisecond in which the tree settles are part of the time.
        tree.pass(first).await;
        a.crash("boom");
        assert_eq!(tree.trace().await, "a!boom +a");
        let now = u64::try_from(tree.clock.now().as_millis()).unwrap();
        tree.pass(second - now).await;
        assert_eq!(tree.clock.now(), Duration::from_millis(second));
        a.crash("boom");
        if too_many {
            assert_eq!(tree.trace_to_the_end().await, "a!boom SUP(shutdown)");
        } else {
            assert_eq!(tree.trace().await, "a!boom +a");
            tree.stop().await;
        }
    }
}

/// Trace 7.
#[tokio::test(start_paused = true)]
async fn with_intensity_0_the_first_restart_is_too_many() {
    let (trace, [a, d]) = children(["a", "d"]);
    let tree = Tree::start(&trace, flags(OneForOne, 0), &[a.child(), d.child()]).await;
    a.crash("boom");
    assert_eq!(tree.trace_to_the_end().await, "a!boom -d SUP(shutdown)");
}

/// Trace 9.
#[tokio::test(start_paused = true)]
async fn a_significant_child_that_ends_for_good_stops_its_supervisor() {
    let (trace, [a, b, c, d]) = children(["a", "b", "c", "d"]);
    let significant = transient(&a).significant(true);
    let specs = [significant, b.child(), c.child(), d.child()];
    let any = flags(OneForOne, 1).auto_shutdown(AutoShutdown::AnySignificant);
    let tree = Tree::start(&trace, any, &specs).await;
    a.end(Exit::ShutdownWith { value: "done".to_owned() });
    assert_eq!(tree.trace_to_the_end().await, "a!shutdown: done -d -c -b SUP(shutdown)");
}

/// Trace 9.
#[tokio::test(start_paused = true)]
async fn a_hand_a_group_restart_and_a_crash_that_is_restarted_do_not_stop_the_supervisor() {
    let (trace, [a, b, c]) = children(["a", "b", "c"]);
    let any = flags(OneForAll, 5).auto_shutdown(AutoShutdown::AnySignificant);
    let specs = [transient(&a).significant(true), b.child(), transient(&c).significant(true)];
    let tree = Tree::start(&trace, any, &specs).await;
    b.crash("boom");
    assert_eq!(tree.trace().await, "b!boom -c -a +a +b +c");
    a.crash("boom");
    assert_eq!(tree.trace().await, "a!boom -c -b +a +b +c");
    tree.root.terminate_child("a").await.unwrap();
    assert_eq!(tree.trace().await, "-a");
    assert_eq!(tree.list().await, "a=down b c");
    tree.stop().await;
}

/// Trace 9.
#[tokio::test(start_paused = true)]
async fn those_that_were_stopped_by_hand_do_not_keep_a_supervisor_up() {
    let (trace, [a, b, c, d]) = children(["a", "b", "c", "d"]);
    let all = flags(OneForOne, 5).auto_shutdown(AutoShutdown::AllSignificant);
    let specs = [
        transient(&a).significant(true),
        transient(&b).significant(true),
        temporary(&c).significant(true),
        d.child(),
    ];
    let tree = Tree::start(&trace, all, &specs).await;
    tree.root.terminate_child("a").await.unwrap();
    tree.root.terminate_child("b").await.unwrap();
    assert_eq!(tree.trace().await, "-a -b");
    c.crash("boom");
    assert_eq!(tree.trace_to_the_end().await, "c!boom -d SUP(shutdown)");
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_was_restarted_begins_with_a_full_budget() {
    let (trace, [c]) = children(["c"]);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 1), &[c.child()]));
    let tree = Tree::start(&trace, flags(OneForOne, 5), &[below]).await;
    for expected in ["c!boom +c", "c!boom +c", "c!boom +c"] {
        c.crash("boom");
        assert_eq!(tree.trace().await, expected);
    }
    assert_eq!(tree.root.child("s").unwrap().tree().budget_left, Some(0));
    c.next_starts(always());
    c.crash("boom");
    assert!(matches!(tree.root.ended().await, Exit::Shutdown));
}
