//! What an instance is started from, and how it is addressed.

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpecError, DeleteChildError, Dynamic, History, Restart, RestartChildError, Shutdown, SpecProblem,
    StartChildError, StartInstanceError, SupervisorSpec, TerminateChildError,
};
use mistersmith::testing::{Scripted, Trace};

use super::{Pool, of, template};
use crate::tree::{AutoShutdown, OnStart, OneForAll, OneForOne, children, flags, once};

/// supervisor_SUITE sup_start_ignore_permanent_child_start_child_simple, ..temporary_child_start_child_simple.
#[tokio::test(start_paused = true)]
async fn of_an_instance_that_is_not_needed_nothing_is_kept() {
    for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
        let (trace, [a, b]) = children(["a", "b"]);
        let pool = Pool::start(&trace, of(template(restart), 1)).await;
        assert_eq!(pool.pool.start_child(a.starts([OnStart::Ignore])).await.unwrap(), None);
        assert_eq!(pool.counts().await, (0, 0));
        pool.add([&b]).await;
        assert_eq!(pool.counts().await, (1, 1));
        assert_eq!(pool.stop().await, "-b");
    }
}

/// supervisor_SUITE sup_start_child_returns_error_simple; DynamicSupervisor "throw/error/exit in start".
#[tokio::test(start_paused = true)]
async fn a_start_that_fails_is_the_callers_to_hear_and_leaves_nothing() {
    let (trace, [a, b]) = children(["a", "b"]);
    let pool = Pool::start(&trace, of(template(Restart::Permanent), 0)).await;
    let failed = pool.pool.start_child(a.starts(once())).await;
    assert!(matches!(&failed, Err(StartInstanceError::Failed(Exit::Error(_)))), "{failed:?}");
    let failed = pool.pool.start_child(b.starts([OnStart::Panic("no".to_owned())])).await;
    assert!(matches!(&failed, Err(StartInstanceError::Failed(Exit::Panic(_)))), "{failed:?}");
    assert_eq!(pool.counts().await, (0, 0));
    pool.stop().await;
}

/// supervisor_SUITE child_adm_simple; DynamicSupervisor "terminate_child".
#[tokio::test(start_paused = true)]
async fn an_instance_is_addressed_by_its_number_through_restarts_and_by_nothing_else() {
    let (trace, [a, b]) = children(["a", "b"]);
    let pool = Pool::start(&trace, of(template(Restart::Permanent), 9)).await;
    let [first, second] = pool.add([&a, &b]).await;
    a.crash("boom");
    assert_eq!(pool.trace().await, "a!boom +a");
    let rows: Vec<_> = pool.pool.which_children().await.unwrap();
    assert_eq!(rows.iter().map(|row| row.instance).collect::<Vec<_>>(), [Some(second), Some(first)]);
    assert_eq!(rows[1].id.as_str(), format!("worker{first}"));

    let supervisor = pool.pool.supervisor();
    let by_id = rows[1].id.clone();
    assert_eq!(supervisor.terminate_child(by_id.clone()).await, Err(TerminateChildError::Dynamic));
    assert!(matches!(supervisor.restart_child(by_id.clone()).await, Err(RestartChildError::Dynamic)));
    assert_eq!(supervisor.delete_child(by_id).await, Err(DeleteChildError::Dynamic));
    assert!(matches!(supervisor.start_child(a.child()).await, Err(StartChildError::Dynamic)));

    pool.pool.terminate_child(first).await.unwrap();
    assert_eq!(pool.trace.take(), "-a");
    assert_eq!(pool.pool.terminate_child(first).await, Err(TerminateChildError::NotFound));
    assert_eq!(pool.counts().await, (1, 1));
    pool.stop().await;
}

/// supervisor_SUITE sup_start_map_simple.
#[tokio::test(start_paused = true)]
async fn the_specification_of_an_instance_is_its_templates() {
    let (trace, [a]) = children(["a"]);
    let pool = Pool::start(&trace, of(template(Restart::Transient).shutdown(Shutdown::Infinity), 9)).await;
    let [a] = pool.add([&a]).await;
    let spec = pool.pool.child_spec(a).await.unwrap();
    assert!(format!("{spec:?}").contains("restart: Transient, shutdown: Infinity"), "{spec:?}");
    let template = pool.pool.supervisor().child_spec("worker").await.unwrap();
    assert_eq!(template.id().as_str(), "worker");
    pool.pool.terminate_child(a).await.unwrap();
    assert_eq!(pool.pool.child_spec(a).await, Err(ChildSpecError::NotFound));
    pool.stop().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_template_each_instance_has_a_specification_of_its_own_and_ids_may_repeat() {
    let (trace, [a, same]) = children(["a", "a"]);
    let (clock, history) = (Clock::seeded(1), History::default());
    let pool =
        Dynamic::start(SupervisorSpec::dynamic("pool", flags(OneForOne, 1)), &clock, &history).await.unwrap();
    pool.start_child(a.child()).await.unwrap();
    pool.start_child(same.child().restart(Restart::Temporary)).await.unwrap();
    let ids: Vec<_> =
        pool.which_children().await.unwrap().into_iter().map(|row| row.id.to_string()).collect();
    assert_eq!(ids, ["a#1", "a#0"]);
    let refused = pool.start_child(same.child().restart(Restart::Transient).significant(true)).await;
    let Err(StartInstanceError::Invalid(problems)) = refused else { panic!("{refused:?}") };
    assert_eq!(problems.0, [SpecProblem::SignificantWithoutAutoShutdown { id: "a".into() }]);
    pool.stop(Exit::Shutdown).await;
    drop(trace);
}

/// supervisor_SUITE significant_simple; DynamicSupervisor "invalid flags".
#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_for_instances_is_refused_all_at_once() {
    let (_, [a]) = children(["a"]);
    let flags = flags(OneForAll, 1).auto_shutdown(AutoShutdown::AnySignificant);
    let spec: SupervisorSpec = SupervisorSpec::dynamic("pool", flags)
        .template(a.child().restart(Restart::Transient).significant(true), Scripted::clone)
        .into();
    let problems = spec.child(a.child()).check();
    assert_eq!(
        problems,
        [
            SpecProblem::NotOneForOne { strategy: OneForAll },
            SpecProblem::DynamicAutoShutdown { auto_shutdown: AutoShutdown::AnySignificant },
            SpecProblem::SignificantWithoutAutoShutdown { id: "a".into() },
            SpecProblem::ChildAsTemplate { id: "a".into() },
            SpecProblem::ChildOfDynamic { id: "a".into() },
        ]
    );
    let root =
        SupervisorSpec::new("root", crate::tree::flags(OneForOne, 1)).child(template(Restart::Permanent));
    assert_eq!(root.check(), [SpecProblem::TemplateAsChild { id: "worker".into() }]);
}

/// supervisor_SUITE do_not_save_start_parameters_for_temporary_children, simple_one_for_one_corruption.
#[tokio::test(start_paused = true)]
async fn the_arguments_of_a_temporary_instance_are_not_kept() {
    for (restart, kept) in [(Restart::Temporary, 1), (Restart::Transient, 2)] {
        let trace = Trace::new();
        let (clock, history) = (Clock::seeded(1), History::default());
        let words = trace.clone();
        let spec = SupervisorSpec::dynamic("pool", flags(OneForOne, 1))
            .template(template(restart), move |_: &std::sync::Arc<()>| Scripted::worker("a", &words));
        let pool = Dynamic::start(spec, &clock, &history).await.unwrap();
        let arguments = std::sync::Arc::new(());
        pool.start_child(arguments.clone()).await.unwrap();
        assert_eq!(std::sync::Arc::strong_count(&arguments), kept, "{restart}");
        pool.stop(Exit::Shutdown).await;
    }
}
