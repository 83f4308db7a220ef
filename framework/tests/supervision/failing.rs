//! Starts that fail: the first ones are rolled back, restarts are tried again and counted (traces 3, 4, 5, 10, 11, 12).

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, DeleteChildError, History, RestartChildError, Shutdown, StartChildError, Started, Supervisor,
    What,
};

use crate::tree::{
    OnStart, OnStop, OneForAll, OneForOne, RestForOne, Tree, always, children, flags, once, run, spec,
    temporary,
};

/// Trace 3.
#[tokio::test(start_paused = true)]
async fn a_restart_that_fails_is_tried_again_at_once_and_counted_each_time() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[a.child(), b.child()]).await;
    a.next_starts(always());
    a.crash("boom");
    assert_eq!(tree.trace_to_the_end().await, "a!boom ×a ×a ×a -b SUP(shutdown)");
}

/// Trace 4.
#[tokio::test(start_paused = true)]
async fn a_retry_under_one_for_all_undoes_what_was_already_restarted() {
    let (trace, [a, b, c]) = children(["a", "b", "c"]);
    let tree = Tree::start(&trace, flags(OneForAll, 3), &[a.child(), b.child(), c.child()]).await;
    b.next_starts([once()[0].clone(), OnStart::Ignore]);
    a.crash("boom");
    assert_eq!(tree.trace().await, "a!boom -c -b +a ×b -a +a (b) +c");
    assert_eq!(tree.list().await, "a b=down c");
    tree.stop().await;
}

/// Trace 5.
#[tokio::test(start_paused = true)]
async fn a_retry_under_rest_for_one_resumes_at_the_child_that_failed() {
    let (trace, [a, b, c, d]) = children(["a", "b", "c", "d"]);
    let tree = Tree::start(&trace, flags(RestForOne, 5), &[a.child(), b.child(), c.child(), d.child()]).await;
    c.next_starts([once()[0].clone(), once()[0].clone()]);
    b.crash("boom");
    assert_eq!(tree.trace().await, "b!boom -d -c +b ×c ×c +c +d");
    assert_eq!(tree.budget_left().await, 2, "the crash and two retries were counted");
    tree.stop().await;
}

/// Trace 10.
#[tokio::test(start_paused = true)]
async fn not_being_needed_is_no_failure() {
    let (trace, [a]) = children(["a"]);
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[a.child()]).await;
    a.next_starts([OnStart::Ignore]);
    a.crash("boom");
    assert_eq!(tree.trace().await, "a!boom (a)");
    assert_eq!(tree.list().await, "a=down");
    assert_eq!(tree.root.restart_child("a").await.unwrap(), Started::Running);
    assert_eq!(tree.stop().await, "+a -a");
}

/// Trace 10.
#[tokio::test(start_paused = true)]
async fn only_a_temporary_child_that_is_not_needed_is_forgotten() {
    let (trace, [a, b]) = children(["a", "b"]);
    let (a, b) = (a.starts([OnStart::Ignore]), b.starts([OnStart::Ignore]));
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[a.child(), temporary(&b)]).await;
    assert_eq!(tree.list().await, "a=down");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_child_that_has_to_be_killed_for_the_roll_back_of_a_start_does_not_hold_it_up() {
    let (trace, [killed, slow, f]) = children(["killed", "slow", "f"]);
    let millis = Duration::from_millis;
    let slow = slow.stops(OnStop::Slow(millis(10))).child();
    let killed = killed.child().shutdown(Shutdown::BrutalKill);
    let root = spec("root", flags(OneForOne, 1), &[killed, slow, f.starts(once()).child()]);
    let (clock, history) = (Clock::seeded(1), History::default());
    assert!(matches!(Supervisor::start(root, &clock, &history).await, Err(Exit::NotStarted { .. })));
    assert_eq!(trace.take(), "+killed +slow ×f -slow -killed(killed)");
    assert!(clock.now() <= millis(10), "it took {:?}", clock.now());
    assert!(!history.events().iter().any(|event| matches!(event.what, What::Orphaned { .. })));
}

/// Trace 11.
#[tokio::test(start_paused = true)]
async fn start_child_that_fails_forgets_and_restart_child_that_fails_remembers() {
    let (trace, [a, f]) = children(["a", "f"]);
    let f = f.starts(once());
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[a.child()]).await;
    let failed = tree.root.start_child(f.child()).await;
    assert!(matches!(failed, Err(StartChildError::Failed(Exit::Error(_)))), "{failed:?}");
    assert_eq!(tree.list().await, "a");
    tree.root.terminate_child("a").await.unwrap();
    a.next_starts(once());
    let failed = tree.root.restart_child("a").await;
    assert!(matches!(failed, Err(RestartChildError::Failed(_))), "{failed:?}");
    assert_eq!(tree.list().await, "a=down");
    tree.stop().await;
}

/// Trace 11.
#[tokio::test(start_paused = true)]
async fn a_first_start_that_fails_is_rolled_back_through_the_whole_tree() {
    let (trace, [a, c, d, b, f]) = children(["a", "c", "d", "b", "f"]);
    let f = f.starts(once());
    let s = ChildSpec::supervisor(spec("s", flags(OneForOne, 1), &[c.child(), d.child()]));
    let root = spec("root", flags(OneForOne, 9), &[a.child(), s, b.child(), f.child()]);
    let exit = Supervisor::start(root, &Clock::seeded(1), &History::default()).await.unwrap_err();
    assert_eq!(trace.take(), "+a +c +d +b ×f -b -d -c -a");
    assert_eq!(exit.to_string(), "child f did not start: error: nope");
    assert!(!exit.is_abnormal(), "as polite as Erlang's {{shutdown, {{failed_to_start_child, ..}}}}");
}

/// Trace 12.
#[tokio::test(start_paused = true)]
async fn between_two_attempts_the_list_says_restarting_and_calls_are_answered() {
    let (trace, [a, b, c]) = children(["a", "b", "c"]);
    let hanging = b.child().start_timeout(Some(Duration::from_millis(10)));
    let tree = Tree::start(&trace, flags(RestForOne, 1_000), &[a.child(), hanging.clone(), c.child()]).await;
    b.next_starts(std::iter::repeat_n(OnStart::Hang, 100));
    b.crash("boom");
    tree.pass(5).await;
    // Asked while an attempt is under way, answered when it has failed, before the next one.
    assert_eq!(tree.list().await, "a b=restarting c=down");
    let present = tree.root.start_child(hanging).await;
    assert!(matches!(present, Err(StartChildError::AlreadyPresent)), "{present:?}");
    assert!(matches!(tree.root.restart_child("b").await, Err(RestartChildError::Restarting)));
    assert!(matches!(tree.root.delete_child("b").await, Err(DeleteChildError::Restarting)));
    tree.root.terminate_child("b").await.unwrap();
    let _ = tree.trace.take();
    tree.pass(1_000).await;
    assert_eq!(tree.trace.take(), "", "no further attempt");
    assert_eq!(tree.list().await, "a b=down c=down");
    tree.stop().await;
}

/// Trace 12.
#[tokio::test(start_paused = true)]
async fn a_stop_that_came_first_wins_over_the_retry() {
    let (trace, [a, b]) = children(["a", "b"]);
    let hanging = b.child().start_timeout(Some(Duration::from_millis(10)));
    let tree = Tree::start(&trace, flags(OneForOne, 1_000), &[a.child(), hanging]).await;
    b.next_starts(std::iter::repeat_n(OnStart::Hang, 100));
    b.crash("boom");
    tree.pass(5).await;
    assert_eq!(tree.stop().await, "b!boom ×b -a", "the attempt under way is ended, no other follows");
}

#[tokio::test(start_paused = true)]
async fn a_start_that_panics_is_a_start_that_failed() {
    let (trace, [a]) = children(["a"]);
    let tree = Tree::start(&trace, flags(OneForOne, 5), &[a.child()]).await;
    a.next_starts([OnStart::Panic("no disk".to_owned()), run()]);
    a.crash("boom");
    assert_eq!(tree.trace().await, "a!boom ×a +a");
    tree.stop().await;

    let (trace, [a]) = children(["a"]);
    let a = a.starts([OnStart::Panic("no disk".to_owned())]);
    let root = spec("root", flags(OneForOne, 5), &[a.child()]);
    let exit = Supervisor::start(root, &Clock::seeded(1), &History::default()).await.unwrap_err();
    assert!(exit.to_string().contains("no disk"), "{exit}");
    assert_eq!(trace.take(), "×a");
}

#[tokio::test(start_paused = true)]
async fn a_start_that_takes_too_long_is_a_start_that_failed() {
    let (trace, [a]) = children(["a"]);
    let a = a.starts([OnStart::Hang]);
    let hanging = a.child().start_timeout(Some(Duration::from_secs(3)));
    let (clock, history) = (Clock::seeded(1), History::default());
    let root = spec("root", flags(OneForOne, 5), &[hanging]);
    let exit = Supervisor::start(root, &clock, &history).await.unwrap_err();
    assert!(matches!(exit, Exit::NotStarted { .. }), "{exit}");
    assert_eq!((trace.take().as_str(), clock.now()), ("×a", Duration::from_secs(3)));
}

#[tokio::test(start_paused = true)]
async fn of_a_supervisor_that_takes_too_long_to_start_nothing_is_left_before_it_is_tried_again() {
    let (trace, [a, b]) = children(["a", "b"]);
    let below = spec("s", flags(OneForOne, 5), &[a.child(), b.child()]);
    let hanging = ChildSpec::supervisor(below).start_timeout(Some(Duration::from_secs(3)));
    let tree = Tree::start(&trace, flags(OneForOne, 5), &[hanging]).await;
    tree.root.terminate_child("s").await.unwrap();
    assert_eq!(tree.trace.take(), "-b -a");
    b.next_starts([OnStart::Hang]);
    let failed = tree.root.restart_child("s").await;
    assert!(matches!(failed, Err(RestartChildError::Failed(_))), "{failed:?}");
    assert_eq!(tree.trace.take(), "+a ×b -a(killed)");
    assert_eq!(tree.root.restart_child("s").await.unwrap(), Started::Running);
    assert_eq!(tree.trace.take(), "+a +b");
    tree.stop().await;
}
