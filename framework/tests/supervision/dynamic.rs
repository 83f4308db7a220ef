//! Dynamic supervisors: instances come and go, nobody else is touched, and all are stopped at once.

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, ChildSpecError, ChildState, ChildType, Counts, DeleteChildError, Dynamic, DynamicSpec,
    History, Instance, Restart, RestartChildError, Shutdown, SpecProblem, StartChildError,
    StartInstanceError, SupervisorSpec, TerminateChildError, What,
};
use mistersmith::testing::{Scripted, Trace, settled};

use crate::tree::{AutoShutdown, OnStart, OnStop, OneForAll, OneForOne, always, children, flags, once};

pub(crate) struct Pool {
    pub(crate) trace: Trace,
    pub(crate) clock: Clock,
    pub(crate) history: History,
    pub(crate) pool: Dynamic<Scripted>,
}

/// Instances of a template are what the arguments are: a scripted child.
pub(crate) fn of(template: ChildSpec, restarts: u32) -> DynamicSpec<Scripted> {
    SupervisorSpec::dynamic("pool", flags(OneForOne, restarts)).template(template, Scripted::clone)
}

pub(crate) fn template(restart: Restart) -> ChildSpec {
    ChildSpec::template("worker", ChildType::Worker).restart(restart)
}

impl Pool {
    pub(crate) async fn start(trace: &Trace, spec: DynamicSpec<Scripted>) -> Self {
        let (clock, history) = (Clock::seeded(1), History::default());
        let pool = Dynamic::start(spec, &clock, &history).await.unwrap();
        Self { trace: trace.clone(), clock, history, pool }
    }

    /// Starts all of them, and forgets what that looked like.
    pub(crate) async fn add<const N: usize>(&self, children: [&Scripted; N]) -> [Instance; N] {
        let mut instances = Vec::new();
        for child in children {
            instances.push(self.pool.start_child(child.clone()).await.unwrap().unwrap());
        }
        let _ = self.trace.take();
        instances.try_into().unwrap()
    }

    pub(crate) async fn trace(&self) -> String {
        settled(&self.clock).await;
        self.trace.take()
    }

    pub(crate) async fn trace_to_the_end(&self) -> String {
        let exit = self.pool.supervisor().ended().await;
        format!("{} SUP({exit})", self.trace.take())
    }

    pub(crate) async fn counts(&self) -> (usize, usize) {
        let counts = self.pool.count_children().await.unwrap();
        (counts.specs, counts.active)
    }

    /// Stops it; the words in alphabetical order, because all are stopped at once.
    pub(crate) async fn stop(self) -> String {
        self.pool.stop(Exit::Shutdown).await;
        sorted(&self.trace.take())
    }
}

pub(crate) fn sorted(words: &str) -> String {
    let mut words: Vec<_> = words.split(' ').collect();
    words.sort_unstable();
    words.join(" ")
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

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

/// Trace 13; supervisor_SUITE simple_one_for_one_shutdown.
#[tokio::test(start_paused = true)]
async fn the_time_of_a_stop_is_that_of_the_slowest() {
    for (slow, limit, expected, words) in [
        ([300, 300, 300], 5_000, 300, "-a -b -c"),
        ([100, 9_000, 9_000], 500, 500, "-a -b(killed) -c(killed)"),
    ] {
        let (trace, scripted) = children(["a", "b", "c"]);
        let template = template(Restart::Permanent).shutdown(Shutdown::After(millis(limit)));
        let pool = Pool::start(&trace, of(template, 1)).await;
        let [a, b, c] = scripted;
        let [a, b, c] =
            [(a, slow[0]), (b, slow[1]), (c, slow[2])].map(|(c, ms)| c.stops(OnStop::Slow(millis(ms))));
        pool.add([&a, &b, &c]).await;
        let (clock, before) = (pool.clock.clone(), pool.clock.now());
        assert_eq!(pool.stop().await, words);
        assert_eq!(clock.now() - before, millis(expected));
    }
}

/// DynamicSupervisor "mixed shutdown policies" (B3 20 to 27).
#[tokio::test(start_paused = true)]
async fn each_instance_has_its_own_time_and_all_times_run_together() {
    let (trace, [brutal, quick, patient, deaf, stubborn]) =
        children(["brutal", "quick", "patient", "deaf", "stubborn"]);
    let (clock, history) = (Clock::seeded(1), History::default());
    let spec = SupervisorSpec::dynamic("pool", flags(OneForOne, 1));
    let pool = Dynamic::start(spec, &clock, &history).await.unwrap();
    let patient = patient.stops(OnStop::Slow(millis(700)));
    let [deaf, stubborn] = [deaf, stubborn].map(|child| child.stops(OnStop::Hang));
    for child in [
        brutal.child().shutdown(Shutdown::BrutalKill),
        quick.child().shutdown(Shutdown::After(millis(0))).restart(Restart::Temporary),
        patient.child().shutdown(Shutdown::Infinity),
        deaf.child().shutdown(Shutdown::After(millis(300))),
        stubborn.child().shutdown(Shutdown::After(millis(600))),
    ] {
        pool.start_child(child).await.unwrap();
    }
    let (_, before) = (trace.take(), clock.now());
    assert!(matches!(pool.stop(Exit::Shutdown).await, Exit::Shutdown));
    assert_eq!(clock.now() - before, millis(700));
    let words = sorted(&trace.take());
    assert!(words.starts_with("-brutal(killed) -deaf(killed) -patient -quick"), "{words}");
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

#[tokio::test(start_paused = true)]
async fn a_dynamic_supervisor_is_a_child_as_any_other_and_starts_again_without_instances() {
    let (trace, [a, b]) = children(["a", "b"]);
    let (clock, history) = (Clock::seeded(1), History::default());
    let root = SupervisorSpec::new("root", flags(OneForOne, 1))
        .child(ChildSpec::supervisor(of(template(Restart::Permanent), 0)));
    let root = mistersmith::supervisor::Supervisor::start(root, &clock, &history).await.unwrap();
    let pool = root.child("pool").unwrap().dynamic::<Scripted>().unwrap();
    assert!(root.dynamic::<Scripted>().is_none());
    assert!(root.child("pool").unwrap().dynamic::<ChildSpec>().is_none(), "its instances start from others");
    pool.start_child(a.clone()).await.unwrap();
    pool.start_child(b.clone()).await.unwrap();
    let tree = root.tree();
    let ids: Vec<_> = tree.children[0].children.iter().map(|child| child.id.as_str()).collect();
    assert_eq!(ids, ["worker#0", "worker#1"]);
    a.crash("boom");
    settled(&clock).await;
    assert_eq!(trace.take(), "+a +b a!boom -b");
    let counts = root.child("pool").unwrap().count_children().await.unwrap();
    assert_eq!(counts, Counts::default());
    let gave_up = history.events().into_iter().find_map(|event| match event.what {
        What::GaveUp { child, .. } => Some((event.supervisor, child)),
        _ => None,
    });
    let (supervisor, child) = gave_up.unwrap();
    assert_eq!((&*supervisor, child.as_str()), ("root/pool", "worker#0"));
    assert!(matches!(pool.start_child(a).await, Err(StartInstanceError::SupervisorGone)));
    root.stop(Exit::Shutdown).await;
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

/// supervisor_SUITE count_children, simple_one_for_one_scale_many_temporary_children.
#[tokio::test(start_paused = true)]
async fn thousands_of_instances_come_die_at_once_and_leave_nothing() {
    let trace = Trace::new();
    let pool = Pool::start(&trace, of(template(Restart::Temporary), 1)).await;
    let crowd: Vec<_> = (0..10_000).map(|number| Scripted::worker(number.to_string(), &trace)).collect();
    for child in &crowd {
        pool.pool.start_child(child.clone()).await.unwrap();
    }
    assert_eq!(pool.counts().await, (10_000, 10_000));
    for child in &crowd {
        child.crash("boom");
    }
    settled(&pool.clock).await;
    assert_eq!(pool.counts().await, (0, 0));
    assert_eq!(pool.history.newest(), 1 + 20_000, "up, and a start and an end of each");
    pool.stop().await;
}
