//! What may be started, and what is kept of it.

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    AutoShutdown, ChildSpec, ChildType, Dynamic, Flags, History, Restart, SpecProblem, StartChildError,
    StartInstanceError, Strategy, SupervisorSpec,
};
use mistersmith::testing::{OnStart, Scripted};

use super::{of, three_in_five};
use crate::pool::{Pool, pool, template};
use crate::tree::{OneForAll, OneForOne, RestForOne, Tree, children, flags, once};

/// Several dynamic supervisors stand under one supervisor by names of their own; a second one of a name is refused.
#[tokio::test(start_paused = true)]
async fn can_be_supervised_directly() {
    let (trace, [child]) = children(["child"]);
    let dynamic = |name: &str| {
        let made = SupervisorSpec::dynamic(name, three_in_five());
        ChildSpec::supervisor(made.template(template(Restart::Temporary), |child: &Scripted| child.clone()))
    };
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[dynamic("one"), dynamic("two")]).await;
    for name in ["one", "two"] {
        let found = tree.root.child(name).unwrap().dynamic::<Scripted>().unwrap();
        found.start_child(child.clone()).await.unwrap().unwrap();
        assert_eq!(found.count_children().await.unwrap().active, 1);
    }
    let second = tree.root.start_child(dynamic("one")).await;
    assert!(matches!(second, Err(StartChildError::AlreadyStarted)), "{second:?}");
    assert_eq!(tree.stop().await, "+child +child -child -child");
}

/// A dynamic supervisor has no limit of instances unless it is told one. (It has no default flags: they are
/// written where it is.)
#[tokio::test(start_paused = true)]
async fn init_with_defaults() {
    let (trace, many) = children(["a"; 50]);
    let held = of(Restart::Temporary, 3, &trace).await;
    for child in &many {
        held.add(child).await;
    }
    assert_eq!(held.counts().await, [50, 50, 0, 50]);
    assert_eq!(held.root.supervisor().flags(), three_in_five());
    held.stop().await;
}

/// A wrong strategy, period or `auto_shutdown` is refused before anything starts, all at once.
#[tokio::test(start_paused = true)]
async fn start_link_with_bad_flags() {
    for strategy in [OneForAll, RestForOne] {
        let auto_shutdown = AutoShutdown::AnySignificant;
        let flags = Flags::new(strategy, 1, 0).auto_shutdown(auto_shutdown);
        let spec = SupervisorSpec::dynamic("root", flags);
        let all = [
            SpecProblem::NotOneForOne { strategy },
            SpecProblem::ZeroPeriod,
            SpecProblem::DynamicAutoShutdown { auto_shutdown },
        ];
        assert_eq!(spec.check(), all);
        let refused = Dynamic::start(spec, &Clock::seeded(1), &History::default()).await.unwrap_err();
        assert!(refused.to_string().contains("use one_for_one"), "{refused}");
    }
}

/// A limit below the number of instances keeps those there are and refuses new ones; wrong flags change nothing.
#[tokio::test(start_paused = true)]
async fn code_change_with_max_children() {
    let (trace, [one, two, three]) = children(["one", "two", "three"]);
    let held = of(Restart::Temporary, 3, &trace).await;
    held.add(&one).await;
    held.add(&two).await;
    let wrong = pool(Flags::new(OneForAll, 3, 5), template(Restart::Temporary)).max_children(9);
    held.root.upgrade(wrong).await.unwrap_err();
    assert_eq!(held.root.supervisor().flags().strategy, Strategy::OneForOne);
    let fewer = pool(three_in_five(), template(Restart::Temporary)).max_children(1);
    held.root.upgrade(fewer).await.unwrap();
    assert_eq!(held.counts().await, [2, 2, 0, 2]);
    assert!(matches!(held.try_add(&three).await, Err(StartInstanceError::MaxChildren { limit: 1 })));
    for child in [&one, &two] {
        child.end(Exit::Normal);
    }
    held.trace().await;
    held.add(&three).await;
    held.stop().await;
}

/// A specification that is wrong is refused and nothing is kept.
#[tokio::test(start_paused = true)]
async fn start_child_with_invalid_spec() {
    let (_, [child]) = children(["child"]);
    let spec = SupervisorSpec::dynamic("root", three_in_five());
    let root = Dynamic::start(spec, &Clock::seeded(1), &History::default()).await.unwrap();
    let significant = child.child().restart(Restart::Temporary).significant(true);
    let refused = root.start_child(significant).await;
    assert!(matches!(refused, Err(StartInstanceError::Invalid(_))), "{refused:?}");
    let unfilled = root.start_child(ChildSpec::template("child", ChildType::Worker)).await;
    assert!(matches!(unfilled, Err(StartInstanceError::Invalid(_))), "{unfilled:?}");
    assert_eq!(root.count_children().await.unwrap().specs, 0);
    root.stop(Exit::Shutdown).await;
}

/// A start that runs gives a number, one that is not needed none, one that fails its error; only the first is kept.
#[tokio::test(start_paused = true)]
async fn start_child_with_different_returns() {
    let (trace, [ok, ignore, error]) = children(["ok", "ignore", "error"]);
    let (ignore, error) = (ignore.starts([OnStart::Ignore]), error.starts(once()));
    let held = of(Restart::Permanent, 3, &trace).await;
    let instance = held.add(&ok).await;
    assert_eq!(held.try_add(&ignore).await.unwrap(), None);
    let failed = held.try_add(&error).await;
    assert!(matches!(failed, Err(StartInstanceError::Failed(Exit::Error(_)))), "{failed:?}");
    let rows = held.root.which_children().await.unwrap();
    assert_eq!(rows.iter().map(|row| row.instance).collect::<Vec<_>>(), [Some(instance)]);
    held.stop().await;
}

/// A start that panics is an error with the panic; the supervisor and its instances stay.
#[tokio::test(start_paused = true)]
async fn start_child_with_throw_error_exit() {
    let (trace, [good, bad]) = children(["good", "bad"]);
    let bad = bad.starts([OnStart::Panic("oops".to_owned())]);
    let held = of(Restart::Permanent, 3, &trace).await;
    held.add(&good).await;
    let failed = held.try_add(&bad).await;
    assert!(
        matches!(&failed, Err(StartInstanceError::Failed(Exit::Panic(panic))) if panic.message() == "oops")
    );
    assert_eq!(held.counts().await, [1, 1, 0, 1]);
    held.stop().await;
}

/// With room for nobody, nobody is started.
#[tokio::test(start_paused = true)]
async fn start_child_with_max_children() {
    let (trace, [child]) = children(["child"]);
    let spec = pool(three_in_five(), template(Restart::Permanent)).max_children(0);
    let held = Pool::start(&trace, spec).await;
    assert!(matches!(held.try_add(&child).await, Err(StartInstanceError::MaxChildren { limit: 0 })));
    assert_eq!(held.stop().await, "");
}
