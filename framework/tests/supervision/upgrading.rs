//! A new specification for a supervisor that runs: rules and lists change, no process is started or stopped. (What
//! becomes of significant children is in the cases of OTP's suite.)

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, ChildType, Dynamic, Flags, History, Restart, SpecProblem, StartChildError, Started,
    Supervisor, SupervisorSpec, UpgradeError, What,
};
use mistersmith::testing::{Scripted, settled};

use crate::dynamic::{Pool, of, template};
use crate::tree::{OnStart, OneForAll, OneForOne, RestForOne, Tree, children, flags, spec, transient};

fn significant(child: &Scripted) -> ChildSpec {
    transient(child).significant(true)
}

/// Trace 15; supervisor_SUITE code_change_map.
#[tokio::test(start_paused = true)]
async fn new_children_come_first_in_their_order_and_are_not_started_and_old_ones_run_on_behind() {
    let (trace, [a, b, c, d, e]) = children(["a", "b", "c", "d", "e"]);
    let tree = Tree::start(&trace, flags(RestForOne, 9), &[a.child(), b.child(), c.child()]).await;
    let new = [d.child(), b.child().restart(Restart::Transient), e.child()];
    tree.root.upgrade(spec("root", flags(RestForOne, 9), &new)).await.unwrap();
    assert_eq!(tree.trace().await, "");
    assert_eq!(tree.list().await, "d=down b e=down a c");
    assert_eq!(*tree.root.child_spec("b").await.unwrap(), new[1]);
    assert_eq!(tree.root.restart_child("e").await.unwrap(), Started::Running);
    b.crash("boom");
    assert_eq!(tree.trace().await, "+e b!boom -c -a -e +b +e +a +c");
    assert_eq!(tree.stop().await, "-c -a -e -b");
}

/// supervisor_SUITE code_change.
#[tokio::test(start_paused = true)]
async fn new_flags_hold_from_the_next_end_on() {
    let (trace, [a, b]) = children(["a", "b"]);
    let specs = [a.child(), b.child()];
    let tree = Tree::start(&trace, flags(OneForOne, 1), &specs).await;
    a.crash("boom");
    assert_eq!(tree.trace().await, "a!boom +a");
    tree.root.upgrade(spec("root", flags(OneForAll, 3), &specs)).await.unwrap();
    assert_eq!(tree.root.flags(), flags(OneForAll, 3));
    assert_eq!(tree.budget_left().await, 2, "what was spent stays spent");
    a.crash("boom");
    assert_eq!(tree.trace().await, "a!boom -b +a +b");
    tree.root.upgrade(spec("root", flags(OneForAll, 2), &specs)).await.unwrap();
    b.crash("boom");
    assert_eq!(tree.trace_to_the_end().await, "b!boom -a SUP(shutdown)");
}

/// supervisor_SUITE code_change: faulty specifications and flags.
#[tokio::test(start_paused = true)]
async fn a_specification_that_is_wrong_changes_nothing_and_says_everything_at_once() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[a.child()]).await;
    let new = spec("other", Flags::new(OneForAll, 1, 0), &[b.child(), b.child(), significant(&a)]);
    let Err(UpgradeError::Invalid(problems)) = tree.root.upgrade(new).await else { panic!("it was taken") };
    assert_eq!(
        problems.0,
        [
            SpecProblem::Renamed { name: "root".into(), new: "other".into() },
            SpecProblem::ZeroPeriod,
            SpecProblem::DuplicateChild { id: "b".into() },
            SpecProblem::SignificantWithoutAutoShutdown { id: "a".into() },
        ]
    );
    let dynamic = tree.root.upgrade(SupervisorSpec::dynamic("root", flags(OneForOne, 1))).await;
    let Err(UpgradeError::Invalid(problems)) = dynamic else { panic!("{dynamic:?}") };
    assert!(matches!(problems.0[..], [SpecProblem::OtherKind { .. }]), "{problems}");
    assert_eq!((tree.list().await.as_str(), tree.root.flags()), ("a", flags(OneForOne, 1)));
    let upgraded = tree.history.events().into_iter().any(|event| matches!(event.what, What::Upgraded { .. }));
    assert!(!upgraded);
    let root = tree.root.clone();
    tree.stop().await;
    let gone = root.upgrade(spec("root", flags(OneForOne, 1), &[])).await;
    assert_eq!(gone, Err(UpgradeError::SupervisorGone));
}

#[tokio::test(start_paused = true)]
async fn who_is_being_restarted_is_tried_again_wherever_it_stands_now() {
    let (trace, [a, b, c]) = children(["a", "b", "c"]);
    let hanging = b.child().start_timeout(Some(std::time::Duration::from_millis(10)));
    let tree = Tree::start(&trace, flags(RestForOne, 9), &[a.child(), hanging.clone(), c.child()]).await;
    b.next_starts([OnStart::Hang]);
    b.crash("boom");
    tree.pass(5).await;
    tree.root.upgrade(spec("root", flags(RestForOne, 9), &[c.child(), hanging, a.child()])).await.unwrap();
    tree.pass(100).await;
    // The first attempt had stopped c. The second one is for those behind b now, and that is a.
    assert_eq!(tree.trace.take(), "b!boom -c ×b -a +b +a");
    assert_eq!(tree.list().await, "c=down b a");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_starts_again_from_what_it_was_upgraded_to() {
    let (trace, [a, b]) = children(["a", "b"]);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 0), &[a.child()]));
    let tree = Tree::start(&trace, flags(OneForOne, 9), &[below]).await;
    let new = spec("s", flags(OneForOne, 0), &[b.child(), a.child()]);
    tree.root.child("s").unwrap().upgrade(new).await.unwrap();
    a.crash("boom");
    assert_eq!(tree.trace().await, "a!boom +b +a");
    tree.stop().await;
}

/// Found by comparison with real OTP: the supervisor above had taken a new specification before.
#[tokio::test(start_paused = true)]
async fn the_last_upgrade_holds_whether_it_was_that_of_a_supervisor_or_of_the_one_above() {
    let (trace, [a, b, c]) = children(["a", "b", "c"]);
    let below = |child: &Scripted| spec("s", flags(OneForOne, 1), &[child.child()]);
    let root = |child| spec("root", flags(OneForOne, 9), &[ChildSpec::supervisor(below(child))]);
    let tree = Tree::start(&trace, flags(OneForOne, 9), &[ChildSpec::supervisor(below(&a))]).await;
    let kill = async || {
        tree.root.child("s").unwrap().kill();
        tree.trace().await
    };
    tree.root.upgrade(root(&b)).await.unwrap();
    tree.root.child("s").unwrap().upgrade(below(&c)).await.unwrap();
    assert_eq!(kill().await, "-a(killed) +c");
    tree.root.child("s").unwrap().upgrade(below(&a)).await.unwrap();
    tree.root.upgrade(root(&b)).await.unwrap();
    assert_eq!(kill().await, "-c(killed) +b");
    tree.stop().await;
}

/// Found by comparison with real OTP: two levels above had taken a new specification before.
#[tokio::test(start_paused = true)]
async fn an_upgrade_holds_also_when_it_is_a_supervisor_further_up_that_is_started_again() {
    let (trace, [a, b]) = children(["a", "b"]);
    let below = |child: &Scripted| spec("s", flags(OneForOne, 1), &[child.child()]);
    let middle = || spec("m", flags(OneForOne, 1), &[ChildSpec::supervisor(below(&a))]);
    let tree = Tree::start(&trace, flags(OneForOne, 9), &[ChildSpec::supervisor(middle())]).await;
    let root = spec("root", flags(OneForOne, 9), &[ChildSpec::supervisor(middle())]);
    tree.root.upgrade(root).await.unwrap();
    let s = tree.root.child("m").unwrap().child("s").unwrap();
    s.upgrade(below(&b)).await.unwrap();
    tree.root.child("m").unwrap().kill();
    assert_eq!(tree.trace().await, "-a(killed) +b");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_is_in_the_history() {
    let (trace, [a, b]) = children(["a", "b"]);
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[a.child()]).await;
    tree.root.upgrade(spec("root", flags(OneForOne, 1), &[b.child()])).await.unwrap();
    let event = tree.history.events().pop().unwrap();
    let What::Upgraded { added, kept } = event.what else { panic!("{event:?}") };
    assert_eq!((added.first, kept.first), (vec!["b".into()], vec!["a".into()]));
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn upgrades_that_wait_are_served_in_their_turn_and_a_stop_after_them() {
    let (trace, [a, b, c]) = children(["a", "b", "c"]);
    let rules = flags(OneForOne, 9);
    let tree = Tree::start(&trace, rules, &[a.child()]).await;
    a.next_starts([OnStart::Slow(Duration::from_millis(10))]);
    a.crash("boom");
    tree.clock.sleep(Duration::from_millis(5)).await;
    let (first, second, exit) = tokio::join!(
        tree.root.upgrade(spec("root", rules, &[a.child(), b.child()])),
        tree.root.upgrade(spec("root", rules, &[c.child(), a.child()])),
        tree.root.stop(Exit::Shutdown),
    );
    assert_eq!((first, second, exit.kind()), (Ok(()), Ok(()), Exit::Shutdown.kind()));
    let taken = tree.history.events().into_iter().filter_map(|event| match event.what {
        What::Upgraded { added, kept } => Some((added.first, kept.first)),
        _ => None,
    });
    assert_eq!(taken.collect::<Vec<_>>(), [(vec!["b".into()], vec![]), (vec!["c".into()], vec!["b".into()])]);
}

/// supervisor_SUITE code_change_simple, code_change_simple_map.
#[tokio::test(start_paused = true)]
async fn instances_take_the_new_template_and_keep_their_processes_and_arguments() {
    let (trace, [a, b]) = children(["a", "b"]);
    let pool = Pool::start(&trace, of(template(Restart::Permanent), 9)).await;
    let [first, _] = pool.add([&a, &b]).await;
    pool.pool.upgrade(of(template(Restart::Transient), 9)).await.unwrap();
    assert_eq!(pool.trace().await, "");
    let spec = pool.pool.child_spec(first).await.unwrap();
    assert_eq!(spec.restart_type(), Restart::Transient);
    a.crash("boom");
    assert_eq!(pool.trace().await, "a!boom +a");
    a.end(Exit::Normal);
    assert_eq!(pool.trace().await, "a!normal");
    assert_eq!(pool.counts().await, (1, 1));

    let other = SupervisorSpec::dynamic("pool", flags(OneForOne, 1))
        .template(ChildSpec::template("worker", ChildType::Worker), |(scripted, _): &(Scripted, u8)| {
            scripted.clone()
        });
    let refused = pool.pool.supervisor().upgrade(other).await;
    assert!(matches!(refused, Err(UpgradeError::Invalid(_))), "{refused:?}");
    let refused = pool.pool.upgrade(of(a.child(), 1)).await;
    assert!(matches!(refused, Err(UpgradeError::Invalid(_))), "{refused:?}");
    pool.stop().await;
}

/// DynamicSupervisor "code_change" (B3 5).
#[tokio::test(start_paused = true)]
async fn a_limit_below_the_present_number_keeps_who_is_there_and_takes_no_more() {
    let (trace, [a, b, c]) = children(["a", "b", "c"]);
    let pool = Pool::start(&trace, of(template(Restart::Permanent), 9)).await;
    pool.add([&a, &b]).await;
    pool.pool.upgrade(of(template(Restart::Permanent), 9).max_children(1)).await.unwrap();
    assert!(pool.pool.start_child(c).await.is_err());
    a.crash("boom");
    assert_eq!(pool.trace().await, "a!boom +a");
    assert_eq!(pool.counts().await, (2, 2));
    pool.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_temporary_instance_stays_temporary_because_nothing_is_left_to_start_it_from() {
    let (trace, [a, later]) = children(["a", "later"]);
    let pool = Pool::start(&trace, of(template(Restart::Temporary), 9)).await;
    pool.add([&a]).await;
    pool.pool.upgrade(of(template(Restart::Permanent), 9)).await.unwrap();
    pool.add([&later]).await;
    a.crash("boom");
    assert_eq!(pool.trace().await, "a!boom");
    assert_eq!(pool.counts().await, (1, 1));
    later.crash("boom");
    assert_eq!(pool.trace().await, "later!boom +later");
    pool.stop().await;
}

#[tokio::test(start_paused = true)]
async fn problems_of_a_whole_tree_are_found_before_anything_starts() {
    let (trace, [a, b]) = children(["a", "b"]);
    let deep = spec(
        "deep",
        Flags::new(OneForOne, 1, 0),
        &[b.child().start_timeout(Some(std::time::Duration::ZERO))],
    );
    let middle = spec("middle", flags(OneForOne, 1), &[ChildSpec::supervisor(deep)]);
    let pool = SupervisorSpec::dynamic("pool", flags(RestForOne, 1));
    let root = spec(
        "root",
        flags(OneForOne, 1),
        &[
            a.child(),
            ChildSpec::supervisor(middle),
            ChildSpec::supervisor(pool),
            ChildSpec::worker("", a.clone()),
        ],
    );
    let expected = [
        "middle: deep: the period of the restart intensity is 0 s; expected at least 1 s",
        "middle: deep: child b is given 0 s to start; give it some time, or no limit",
        "pool: the strategy of a dynamic supervisor is rest_for_one; its instances are strangers, so use one_for_one",
        "a child has an empty id; give it a name that no sibling has",
    ];
    let texts: Vec<_> = root.check().iter().map(ToString::to_string).collect();
    assert_eq!(texts, expected);
    let exit = Supervisor::start(root, &Clock::seeded(1), &History::default()).await.unwrap_err();
    assert_eq!(exit.to_string(), format!("error: {}", expected.join("; ")));
    assert_eq!(trace.take(), "", "nothing was started");
}

#[tokio::test(start_paused = true)]
async fn a_child_that_is_added_is_checked_with_what_is_below_it() {
    let (trace, [a]) = children(["a"]);
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[]).await;
    let below = ChildSpec::supervisor(spec("s", Flags::new(OneForOne, 1, 0), &[a.child(), a.child()]));
    let refused = tree.root.start_child(below.significant(true)).await;
    let Err(StartChildError::Invalid(problems)) = refused else { panic!("{refused:?}") };
    assert_eq!(problems.0.len(), 4, "{problems}");
    assert_eq!((trace.take().as_str(), tree.list().await.as_str()), ("", ""));
    tree.stop().await;
}

/// What makes a child may panic, too: that is a start that failed.
#[tokio::test(start_paused = true)]
async fn a_panic_in_what_makes_an_instance_is_a_start_that_failed() {
    let (clock, history) = (Clock::seeded(1), History::default());
    let spec = SupervisorSpec::dynamic("pool", flags(OneForOne, 1))
        .template(template(Restart::Permanent), |number: &u8| -> Scripted {
            panic!("no worker for {number}")
        });
    let pool = Dynamic::start(spec, &clock, &history).await.unwrap();
    let failed = pool.start_child(7).await.unwrap_err();
    assert!(failed.to_string().contains("no worker for 7"), "{failed}");
    assert_eq!(pool.count_children().await.unwrap().specs, 0);
    settled(&clock).await;
    assert!(matches!(pool.stop(Exit::Shutdown).await, Exit::Shutdown));
}
