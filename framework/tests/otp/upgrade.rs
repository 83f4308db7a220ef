//! A new specification for a running supervisor: OTP's code change, and what it does to significant children.

use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, Flags, Restart, SpecProblem, SpecProblems, StartChildError, Started, SupervisorSpec,
    UpgradeError,
};
use mistersmith::testing::Scripted;

use crate::pool::{Pool, pool, template};
use crate::sight::is_up;
use crate::tree::{AutoShutdown, OneForAll, OneForOne, Tree, children, flags, spec, transient};

use AutoShutdown::{AllSignificant, AnySignificant, Never};

fn shutting(auto_shutdown: AutoShutdown) -> Flags {
    flags(OneForOne, 2).auto_shutdown(auto_shutdown)
}

fn significant(child: &Scripted) -> ChildSpec {
    transient(child).significant(true)
}

/// A supervisor that runs under one flag, and is given the other one with the children it had.
async fn changed(from: AutoShutdown, to: AutoShutdown, children: &[&Scripted]) -> (Tree, Vec<ChildSpec>) {
    let trace = mistersmith::testing::Trace::new();
    let specs: Vec<_> = children.iter().map(|child| significant(child)).collect();
    let tree = Tree::start(&trace, shutting(from), &specs).await;
    tree.root.upgrade(spec("root", shutting(to), &specs)).await.unwrap();
    (tree, specs)
}

async fn refuses_significant(tree: &Tree, child: &Scripted) -> bool {
    match tree.root.start_child(significant(child)).await {
        Ok(_) => false,
        Err(StartChildError::Invalid(problems)) => {
            let id = child.child().id().clone();
            assert_eq!(problems.0, [SpecProblem::SignificantWithoutAutoShutdown { id }]);
            true
        }
        Err(error) => panic!("{error}"),
    }
}

/// Starts under never, where a significant child is refused; changes to the other flag, where it is taken.
async fn from_never(to: AutoShutdown, children: &[&Scripted]) -> Tree {
    let trace = mistersmith::testing::Trace::new();
    let tree = Tree::start(&trace, shutting(Never), &[]).await;
    for child in children {
        assert!(refuses_significant(&tree, child).await);
    }
    tree.root.upgrade(spec("root", shutting(to), &[])).await.unwrap();
    for child in children {
        assert!(!refuses_significant(&tree, child).await);
    }
    tree
}

/// Lets a child of a supervisor be done; whether the supervisor is up then.
async fn is_up_after(tree: &Tree, child: &Scripted) -> bool {
    child.end(Exit::Normal);
    tree.trace().await;
    is_up(tree)
}

/// From never to any: a significant child is refused before and taken after, and its end is the supervisor's.
#[tokio::test(start_paused = true)]
async fn significant_upgrade_never_any() {
    let (_, [child1]) = children(["child1"]);
    let tree = from_never(AnySignificant, &[&child1]).await;
    assert!(!is_up_after(&tree, &child1).await);
}

/// From any to never: who is significant stays, no other one is taken, and its end is its own; it can be restarted.
#[tokio::test(start_paused = true)]
async fn significant_upgrade_any_never() {
    ends_alone(AnySignificant).await;
}

/// From never to all: of two significant children the last one ends the supervisor.
#[tokio::test(start_paused = true)]
async fn significant_upgrade_never_all() {
    let (_, [child1, child2]) = children(["child1", "child2"]);
    let tree = from_never(AllSignificant, &[&child1, &child2]).await;
    assert!(is_up_after(&tree, &child1).await);
    assert!(!is_up_after(&tree, &child2).await);
}

/// From all to never: as from any.
#[tokio::test(start_paused = true)]
async fn significant_upgrade_all_never() {
    ends_alone(AllSignificant).await;
}

async fn ends_alone(from: AutoShutdown) {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let tree = Tree::start(&trace, shutting(from), &[significant(&child1)]).await;
    // It is missing in the new specification, so it keeps the one it has, and is significant still.
    tree.root.upgrade(spec("root", shutting(Never), &[])).await.unwrap();
    assert_eq!(tree.list().await, "child1");
    assert!(refuses_significant(&tree, &child2).await);
    assert!(is_up_after(&tree, &child1).await);
    assert_eq!(tree.list().await, "child1=down");
    assert_eq!(tree.root.restart_child("child1").await.unwrap(), Started::Running);
    assert_eq!(tree.stop().await, "+child1 -child1");
}

/// From any to all: the first of two ends leaves the supervisor up.
#[tokio::test(start_paused = true)]
async fn significant_upgrade_any_all() {
    let (_, [child1, child2]) = children(["child1", "child2"]);
    let (tree, _) = changed(AnySignificant, AllSignificant, &[&child1, &child2]).await;
    assert!(is_up_after(&tree, &child1).await);
    assert!(!is_up_after(&tree, &child2).await);
}

/// From all to any: the first of two ends is the supervisor's.
#[tokio::test(start_paused = true)]
async fn significant_upgrade_all_any() {
    let (_, [child1, child2]) = children(["child1", "child2"]);
    let (tree, _) = changed(AllSignificant, AnySignificant, &[&child1, &child2]).await;
    assert!(!is_up_after(&tree, &child1).await);
}

/// A running child becomes significant, and is not any more; under never it cannot become so.
#[tokio::test(start_paused = true)]
async fn significant_upgrade_child() {
    let (trace, [child1]) = children(["child1"]);
    let tree = Tree::start(&trace, shutting(Never), &[transient(&child1)]).await;
    let refused = tree.root.upgrade(spec("root", shutting(Never), &[significant(&child1)])).await;
    let problems = SpecProblems(vec![SpecProblem::SignificantWithoutAutoShutdown { id: "child1".into() }]);
    assert_eq!(refused, Err(UpgradeError::Invalid(problems)));
    tree.root.upgrade(spec("root", shutting(AnySignificant), &[significant(&child1)])).await.unwrap();
    tree.root.upgrade(spec("root", shutting(AnySignificant), &[transient(&child1)])).await.unwrap();
    assert!(is_up_after(&tree, &child1).await);
    tree.root.restart_child("child1").await.unwrap();
    tree.root.upgrade(spec("root", shutting(AnySignificant), &[significant(&child1)])).await.unwrap();
    assert!(!is_up_after(&tree, &child1).await);
}

/// New flags hold from now on, a wrong specification changes nothing, an added child waits for `restart_child`, and
/// one that is missing stays behind the others, running.
#[tokio::test(start_paused = true)]
async fn code_change() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let tree = Tree::start(&trace, flags(OneForOne, 2), &[child1.child()]).await;
    let before = tree.root.flags();
    let wrong = spec("root", Flags::new(OneForAll, 1, 0), &[child1.child(), child1.child()]);
    let expected = vec![SpecProblem::ZeroPeriod, SpecProblem::DuplicateChild { id: "child1".into() }];
    assert_eq!(tree.root.upgrade(wrong).await, Err(UpgradeError::Invalid(SpecProblems(expected))));
    assert_eq!((tree.root.flags(), tree.list().await.as_str()), (before, "child1"));

    let new = flags(OneForAll, 3);
    tree.root.upgrade(spec("root", new, &[child2.child()])).await.unwrap();
    assert_eq!((tree.root.flags(), tree.list().await.as_str()), (new, "child2=down child1"));
    assert_eq!(tree.root.restart_child("child2").await.unwrap(), Started::Running);
    assert_eq!(tree.trace().await, "+child2");
    child1.crash("boom");
    assert_eq!(tree.trace().await, "child1!boom -child2 +child2 +child1");
    tree.stop().await;
}

/// The new specification of a child that runs is there at once, and holds at its next end; restarts that were
/// counted stay counted.
#[tokio::test(start_paused = true)]
async fn code_change_map() {
    let (trace, [child1]) = children(["child1"]);
    let tree = Tree::start(&trace, flags(OneForOne, 2), &[child1.child()]).await;
    child1.crash("boom");
    assert_eq!(tree.trace().await, "child1!boom +child1");
    let new = child1.child().restart(Restart::Transient);
    tree.root.upgrade(spec("root", flags(OneForOne, 2), [&new])).await.unwrap();
    assert_eq!(*tree.root.child_spec("child1").await.unwrap(), new);
    assert_eq!(tree.budget_left().await, 1);
    child1.end(Exit::Normal);
    assert_eq!(tree.trace().await, "child1!normal");
    assert_eq!(tree.list().await, "child1=down");
    tree.stop().await;
}

/// A dynamic supervisor takes another template, which holds for the instances it has; it does not become one of
/// specified children.
#[tokio::test(start_paused = true)]
async fn code_change_simple() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let rules = flags(OneForOne, 2);
    let held = Pool::start(&trace, pool(rules, template(Restart::Permanent))).await;
    held.add(&child1).await;
    held.root.upgrade(pool(rules, template(Restart::Temporary))).await.unwrap();
    held.add(&child2).await;
    assert_eq!(held.trace().await, "+child1 +child2");
    for child in [&child1, &child2] {
        child.crash("boom");
    }
    assert_eq!(held.trace().await, "child1!boom child2!boom");
    assert_eq!(held.counts().await, [0, 0, 0, 0]);
    let none = SupervisorSpec::new("root", rules);
    let refused = held.root.supervisor().upgrade(none).await.unwrap_err();
    assert!(refused.to_string().contains("expected a dynamic supervisor"), "{refused}");
    held.stop().await;
}

/// The specification of an instance is that of the new template, with its arguments kept.
#[tokio::test(start_paused = true)]
async fn code_change_simple_map() {
    let (trace, [child1]) = children(["child1"]);
    let rules = flags(OneForOne, 2);
    let held = Pool::start(&trace, pool(rules, template(Restart::Permanent))).await;
    let instance = held.add(&child1).await;
    let new = template(Restart::Transient).start_timeout(None);
    held.root.upgrade(pool(rules, new)).await.unwrap();
    let kept = held.root.child_spec(instance).await.unwrap();
    assert_eq!(*kept, (*kept).clone().restart(Restart::Transient).start_timeout(None));
    child1.crash("boom");
    assert_eq!(held.trace().await, "+child1 child1!boom +child1", "started from the arguments it had");
    held.stop().await;
}
