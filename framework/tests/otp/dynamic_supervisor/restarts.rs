//! Who is restarted, how often, and for whom there is room meanwhile.

use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildState, Flags, Restart, StartInstanceError};
use mistersmith::testing::OnStart;

use super::{SECOND, of, three_in_five};
use crate::pool::{Pool, pool, template};
use crate::sight::error;
use crate::tree::{OneForOne, always, children, once};

/// Lets an instance of this restart type shut down, and one fail; what is left of each.
async fn left(restart: Restart) -> [Vec<ChildState>; 2] {
    let (trace, [child]) = children(["child"]);
    let mut left = [Exit::Shutdown, error("oops")].map(|exit| (exit, Vec::new()));
    for (exit, states) in &mut left {
        let held = of(restart, 3, &trace).await;
        held.add(&child).await;
        child.end(exit.clone());
        held.trace().await;
        *states = held.states().await;
        held.stop().await;
    }
    left.map(|(_, states)| states)
}

/// A temporary instance is never restarted.
#[tokio::test(start_paused = true)]
async fn temporary_child_is_not_restarted_regardless_of_reason() {
    assert_eq!(left(Restart::Temporary).await, [vec![], vec![]]);
}

/// A transient instance is restarted when it failed, and forgotten when it was done.
#[tokio::test(start_paused = true)]
async fn transient_child_is_restarted_unless_normal_shutdown() {
    assert_eq!(left(Restart::Transient).await, [vec![], vec![ChildState::Running]]);
}

/// A permanent instance is always restarted.
#[tokio::test(start_paused = true)]
async fn permanent_child_is_restarted_regardless_of_reason() {
    assert_eq!(left(Restart::Permanent).await, [vec![ChildState::Running], vec![ChildState::Running]]);
}

/// A restart that runs keeps the instance, one that is not needed forgets it, one that fails leaves it restarting:
/// a worker that is not active.
#[tokio::test(start_paused = true)]
async fn child_is_restarted_when_trying_again_with_different_returns() {
    let limited = || template(Restart::Permanent).start_timeout(Some(SECOND));
    for (start, states, counts) in [
        (OnStart::Run, vec![ChildState::Running], [1, 1, 0, 1]),
        (OnStart::Ignore, vec![], [0, 0, 0, 0]),
        (OnStart::Hang, vec![ChildState::Restarting], [1, 0, 0, 1]),
    ] {
        let (trace, [child]) = children(["child"]);
        let held = Pool::start(&trace, pool(Flags::new(OneForOne, 100, 5), limited())).await;
        held.add(&child).await;
        child.next_starts(std::iter::repeat_n(start.clone(), if start == OnStart::Hang { 10 } else { 1 }));
        child.crash("oops");
        held.clock.sleep(SECOND / 2).await;
        assert_eq!(held.states().await, states, "{start:?}");
        assert_eq!(held.counts().await, counts, "{start:?}");
        held.stop().await;
    }
}

/// A room for one is taken by an instance that is being restarted, and still is when its restart came to pass.
#[tokio::test(start_paused = true)]
async fn restarting_children_counted_in_max_children() {
    let (trace, [child, other]) = children(["child", "other"]);
    let limited = template(Restart::Permanent).start_timeout(Some(SECOND));
    let held = Pool::start(&trace, pool(Flags::new(OneForOne, 100, 5), limited).max_children(1)).await;
    held.add(&child).await;
    child.next_starts([OnStart::Hang, OnStart::Hang]);
    child.crash("oops");
    held.clock.sleep(SECOND / 2).await;
    assert!(matches!(held.try_add(&other).await, Err(StartInstanceError::MaxChildren { limit: 1 })));
    assert_eq!(held.states().await, [ChildState::Restarting]);
    held.stop().await;
}

/// So it is when the first restart succeeds at once.
#[tokio::test(start_paused = true)]
async fn restarted_children_counted_in_max_children() {
    let (trace, [child, other]) = children(["child", "other"]);
    let held = Pool::start(&trace, pool(three_in_five(), template(Restart::Permanent)).max_children(1)).await;
    held.add(&child).await;
    child.crash("oops");
    assert_eq!(held.trace().await, "+child child!oops +child");
    assert!(matches!(held.try_add(&other).await, Err(StartInstanceError::MaxChildren { limit: 1 })));
    held.stop().await;
}

/// A restart uses the arguments that the instance was started with, which each has of its own.
#[tokio::test(start_paused = true)]
async fn child_is_restarted_with_its_arguments() {
    let (trace, [one, two]) = children(["one", "two"]);
    let held = of(Restart::Permanent, 3, &trace).await;
    held.add(&one).await;
    held.add(&two).await;
    two.crash("oops");
    one.crash("oops");
    assert_eq!(held.trace().await, "+one +two two!oops one!oops +two +one");
    held.stop().await;
}

/// A restart that fails first and then succeeds is within two restarts.
#[tokio::test(start_paused = true)]
async fn restarting_on_init_failed_once() {
    let (trace, [child]) = children(["child"]);
    let held = of(Restart::Permanent, 2, &trace).await;
    held.add(&child).await;
    child.next_starts(once());
    child.crash("oops");
    assert_eq!(held.trace().await, "+child child!oops ×child +child");
    held.stop().await;
}

/// A restart that fails is too much for one restart.
#[tokio::test(start_paused = true)]
async fn restarting_too_often_at_once() {
    let (trace, [child]) = children(["child"]);
    let held = of(Restart::Permanent, 1, &trace).await;
    held.add(&child).await;
    child.next_starts(always());
    child.crash("oops");
    assert_eq!(held.trace_to_the_end().await, "+child child!oops ×child SUP(shutdown)");
}

/// A restart that always fails is tried until the limit, ten times.
#[tokio::test(start_paused = true)]
async fn restarting_until_the_limit() {
    let (trace, [child]) = children(["child"]);
    let held = of(Restart::Permanent, 10, &trace).await;
    held.add(&child).await;
    child.next_starts(always());
    child.crash("oops");
    let attempts = " ×child".repeat(10);
    assert_eq!(held.trace_to_the_end().await, format!("+child child!oops{attempts} SUP(shutdown)"));
}
