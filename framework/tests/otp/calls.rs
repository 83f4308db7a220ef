//! The management calls with all their answers, and what is refused before anything starts.

use std::time::Duration;

use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    AutoShutdown, ChildSpec, ChildSpecError, ChildState, ChildType, DeleteChildError, Flags, Restart,
    RestartChildError, Shutdown, SpecProblem, StartChildError, Started, SupervisorSpec, TerminateChildError,
};

use crate::sight::counts;
use crate::tree::{OneForAll, OneForOne, RestForOne, Tree, children, flags, spec};

const RESTARTS: [Restart; 3] = [Restart::Permanent, Restart::Transient, Restart::Temporary];

/// One child through its whole life: every call with every answer, and the supervisor's end after it.
#[tokio::test(start_paused = true)]
async fn child_adm() {
    let (trace, [child]) = children(["child1"]);
    let tree = Tree::start(&trace, flags(OneForOne, 2), &[]).await;
    let root = &tree.root;
    assert_eq!(root.start_child(child.child()).await.unwrap(), Started::Running);
    assert_eq!((tree.list().await.as_str(), counts(root).await), ("child1", [1, 1, 0, 1]));
    assert!(matches!(root.start_child(child.child()).await, Err(StartChildError::AlreadyStarted)));
    assert!(matches!(root.restart_child("child1").await, Err(RestartChildError::Running)));
    assert_eq!(root.delete_child("child1").await, Err(DeleteChildError::Running));

    root.terminate_child("child1").await.unwrap();
    root.terminate_child("child1").await.unwrap(); // twice is as good as once
    assert_eq!(tree.trace().await, "+child1 -child1");
    assert_eq!((tree.list().await.as_str(), counts(root).await), ("child1=down", [1, 0, 0, 1]));
    assert!(matches!(root.start_child(child.child()).await, Err(StartChildError::AlreadyPresent)));
    assert_eq!(root.restart_child("child1").await.unwrap(), Started::Running);
    root.terminate_child("child1").await.unwrap();
    root.delete_child("child1").await.unwrap();
    assert_eq!((tree.list().await.as_str(), counts(root).await), ("", [0, 0, 0, 0]));

    assert_eq!(root.terminate_child("child1").await, Err(TerminateChildError::NotFound));
    assert!(matches!(root.restart_child("child1").await, Err(RestartChildError::NotFound)));
    assert_eq!(root.delete_child("child1").await, Err(DeleteChildError::NotFound));
    assert!(matches!(root.child_spec("child1").await, Err(ChildSpecError::NotFound)));
    assert_eq!(root.start_child(child.child()).await.unwrap(), Started::Running, "it is as new");

    root.stop(Exit::Shutdown).await;
    assert!(matches!(root.start_child(child.child()).await, Err(StartChildError::SupervisorGone)));
    assert_eq!(root.terminate_child("child1").await, Err(TerminateChildError::SupervisorGone));
    assert!(matches!(root.restart_child("child1").await, Err(RestartChildError::SupervisorGone)));
    assert_eq!(root.delete_child("child1").await, Err(DeleteChildError::SupervisorGone));
}

/// Every restart type goes with every shutdown, for workers and for supervisors. (What else Erlang's tuples can
/// have wrong, Rust values cannot.)
#[tokio::test(start_paused = true)]
async fn child_specs() {
    let (trace, [child]) = children(["child"]);
    let tree = Tree::start(&trace, flags(OneForOne, 2), &[]).await;
    let below = SupervisorSpec::new("below", flags(OneForOne, 1));
    for spec in [child.child(), ChildSpec::supervisor(below)] {
        for restart in RESTARTS {
            for shutdown in [
                Shutdown::BrutalKill,
                Shutdown::After(Duration::ZERO),
                Shutdown::After(Duration::from_millis(100)),
                Shutdown::Infinity,
            ] {
                let spec = spec.clone().restart(restart).shutdown(shutdown);
                assert_eq!(tree.root.start_child(spec.clone()).await.unwrap(), Started::Running, "{spec:?}");
                assert_eq!(*tree.root.child_spec(spec.id().clone()).await.unwrap(), spec);
                tree.root.terminate_child(spec.id().clone()).await.unwrap();
                let _ = tree.root.delete_child(spec.id().clone()).await; // a temporary one is gone already
            }
        }
    }
    assert_eq!(tree.list().await, "");
    tree.stop().await;
}

/// A significant child is not permanent, and its supervisor's `auto_shutdown` is not `never`; every other
/// combination is taken, at the start as by a call. Two children of one id are refused.
#[tokio::test(start_paused = true)]
async fn child_specs_map() {
    let autos = [AutoShutdown::Never, AutoShutdown::AnySignificant, AutoShutdown::AllSignificant];
    for auto_shutdown in autos {
        for (restart, significant) in
            RESTARTS.into_iter().flat_map(|restart| [(restart, false), (restart, true)])
        {
            let (trace, [child]) = children(["child"]);
            let flags = flags(OneForOne, 2).auto_shutdown(auto_shutdown);
            let (child, id) = (child.child().restart(restart).significant(significant), "child".into());
            let problem = match (significant, auto_shutdown, restart) {
                (false, ..) => None,
                (true, AutoShutdown::Never, _) => Some(SpecProblem::SignificantWithoutAutoShutdown { id }),
                (true, _, Restart::Permanent) => Some(SpecProblem::SignificantAndPermanent { id }),
                (true, ..) => None,
            };
            let tree = Tree::start(&trace, flags, &[]).await;
            let checked = spec("root", flags, [&child]).check();
            assert_eq!(checked.first(), problem.as_ref(), "{flags:?} {child:?}");
            let started = tree.root.start_child(child).await;
            assert_eq!(refusal(started), problem, "{flags:?} {restart} {significant}");
            tree.stop().await;
        }
    }
    let (_, [child]) = children(["child"]);
    let twice = spec("root", flags(OneForOne, 2), &[child.child(), child.child()]);
    assert_eq!(twice.check(), [SpecProblem::DuplicateChild { id: "child".into() }]);
}

fn refusal(started: Result<Started, StartChildError>) -> Option<SpecProblem> {
    match started {
        Ok(_) => None,
        Err(StartChildError::Invalid(problems)) => problems.0.into_iter().next(),
        Err(error) => panic!("{error}"),
    }
}

/// Every strategy goes with every intensity, also 0, and with every `auto_shutdown`; a period of 0 s is refused.
/// (What else Erlang's flags can have wrong, Rust values cannot.)
#[tokio::test(start_paused = true)]
async fn sup_flags() {
    for strategy in [OneForOne, OneForAll, RestForOne] {
        for auto_shutdown in [AutoShutdown::Never, AutoShutdown::AnySignificant, AutoShutdown::AllSignificant]
        {
            for (restarts, period) in [(0, 1), (1, 5), (u32::MAX, u32::MAX)] {
                let flags = Flags::new(strategy, restarts, period).auto_shutdown(auto_shutdown);
                let (trace, []) = children([]);
                let tree = Tree::start(&trace, flags, &[]).await;
                assert_eq!(tree.root.flags(), flags);
                tree.stop().await;
            }
            let eternal = Flags::new(strategy, 1, 0).auto_shutdown(auto_shutdown);
            assert_eq!(SupervisorSpec::new("root", eternal).check(), [SpecProblem::ZeroPeriod]);
        }
    }
}

/// The list says of a child whether it runs, from its start over its end to its deletion, and of no other.
#[tokio::test(start_paused = true)]
async fn which_children() {
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let tree = Tree::start(&trace, flags(OneForOne, 2), &[]).await;
    let below = SupervisorSpec::new("below", flags(OneForOne, 1));
    assert!(tree.root.which_children().await.unwrap().is_empty());
    tree.root.start_child(child1.child()).await.unwrap();
    tree.root.start_child(ChildSpec::supervisor(below)).await.unwrap();
    tree.root.start_child(child2.child()).await.unwrap();
    let rows = tree.root.which_children().await.unwrap();
    let rows: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.state, row.child_type)).collect();
    let newest_first = [
        ("child2", ChildState::Running, ChildType::Worker),
        ("below", ChildState::Running, ChildType::Supervisor),
        ("child1", ChildState::Running, ChildType::Worker),
    ];
    assert_eq!(rows, newest_first);
    tree.root.terminate_child("below").await.unwrap();
    assert_eq!(tree.list().await, "child1 below=down child2");
    tree.root.delete_child("below").await.unwrap();
    assert_eq!(tree.list().await, "child1 child2");
    tree.stop().await;
}
