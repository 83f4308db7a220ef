//! Group restarts: who is stopped with whom, who comes back, and who is forgotten (traces 1, 2 and 8).

use mistersmith::exit::Exit;

use crate::tree::{OnStart, OneForAll, OneForOne, RestForOne, Tree, children, flags, temporary, transient};

/// Trace 1.
#[tokio::test(start_paused = true)]
async fn a_group_restart_revives_everything_that_was_down() {
    let (trace, [a, b, c, i, d]) = children(["a", "b", "c", "i", "d"]);
    let i = i.starts([OnStart::Ignore]);
    let specs = [a.child(), transient(&b), c.child(), i.child(), d.child()];
    let tree = Tree::start(&trace, flags(OneForAll, 1), &specs).await;
    b.end(Exit::Normal);
    tree.root.terminate_child("c").await.unwrap();
    assert_eq!(tree.trace().await, "b!normal -c");
    assert_eq!(tree.list().await, "a b=down c=down i=down d");
    d.crash("boom");
    assert_eq!(tree.trace().await, "d!boom -a +a +b +c +i +d");
    assert_eq!(tree.stop().await, "-d -i -c -b -a");
}

/// Trace 2.
#[tokio::test(start_paused = true)]
async fn temporary_siblings_vanish_in_a_group_restart() {
    let (trace, [u, v, w, x]) = children(["u", "v", "w", "x"]);
    let specs = [temporary(&u), v.child(), temporary(&w), x.child()];
    let tree = Tree::start(&trace, flags(RestForOne, 1), &specs).await;
    v.crash("boom");
    assert_eq!(tree.trace().await, "v!boom -x -w +v +x");
    assert_eq!(tree.list().await, "u v x");
    tree.stop().await;
}

/// Trace 2.
#[tokio::test(start_paused = true)]
async fn a_temporary_death_restarts_nobody_and_is_not_counted() {
    for strategy in [OneForOne, OneForAll, RestForOne] {
        let (trace, [a, t, b]) = children(["a", "t", "b"]);
        let tree = Tree::start(&trace, flags(strategy, 1), &[a.child(), temporary(&t), b.child()]).await;
        t.crash("boom");
        assert_eq!(tree.trace().await, "t!boom");
        assert_eq!((tree.list().await.as_str(), tree.budget_left().await), ("a b", 1));
        tree.stop().await;
    }
}

/// Trace 8.
#[tokio::test(start_paused = true)]
async fn two_deaths_before_the_supervisor_looks_are_one_restart_of_the_group() {
    let (trace, [d, e, f]) = children(["d", "e", "f"]);
    let tree = Tree::start(&trace, flags(OneForAll, 3), &[d.child(), e.child(), f.child()]).await;
    d.crash("boom");
    e.crash("boom");
    assert_eq!(tree.trace().await, "d!boom e!boom -f +d +e +f");
    assert_eq!(tree.budget_left().await, 2);
    tree.stop().await;
}

/// Trace 8.
#[tokio::test(start_paused = true)]
async fn two_deaths_under_one_for_one_are_two_restarts() {
    let (trace, [d, e]) = children(["d", "e"]);
    let tree = Tree::start(&trace, flags(OneForOne, 3), &[d.child(), e.child()]).await;
    d.crash("boom");
    e.crash("boom");
    assert_eq!(tree.trace().await, "d!boom e!boom +d +e");
    assert_eq!(tree.budget_left().await, 1);
    tree.stop().await;
}

/// Trace 8.
#[tokio::test(start_paused = true)]
async fn under_rest_for_one_the_order_of_two_deaths_matters() {
    let (trace, [g, h, i]) = children(["g", "h", "i"]);
    let tree = Tree::start(&trace, flags(RestForOne, 9), &[g.child(), h.child(), i.child()]).await;
    g.crash("boom");
    i.crash("boom");
    assert_eq!(tree.trace().await, "g!boom i!boom -h +g +h +i");
    assert_eq!(tree.budget_left().await, 8);
    i.crash("boom");
    g.crash("boom");
    assert_eq!(tree.trace().await, "i!boom g!boom +i -i -h +g +h +i");
    assert_eq!(tree.budget_left().await, 6);
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn members_that_ended_politely_when_stopped_for_the_group_come_back() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, flags(OneForAll, 1), &[transient(&a), b.child()]).await;
    b.crash("boom");
    assert_eq!(tree.trace().await, "b!boom -a +a +b");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn under_one_for_one_nobody_else_is_touched() {
    let (trace, [a, b, c]) = children(["a", "b", "c"]);
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[a.child(), b.child(), c.child()]).await;
    b.panic("boom");
    assert_eq!(tree.trace().await, "b!boom +b");
    assert_eq!(tree.stop().await, "-c -b -a");
}
