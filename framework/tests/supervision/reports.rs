//! Reports: what supervisors say while they do it, in Erlang's words, between what it is about and what follows.

use std::sync::Arc;
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildSpec, ChildType, History, Report, Shutdown, Supervisor, SupervisorSpec};
use mistersmith::testing::{Scripted, Trace, settled};

use crate::tree::{OnStop, OneForOne, always, children, flags, spec, temporary};

/// Starts a tree whose reports are words in the trace of its children.
async fn start(trace: &Trace, children: &[ChildSpec]) -> Supervisor {
    let words = trace.clone();
    let hear = move |path: &str, report: Report<'_>| match report {
        Report::Begins { .. } => words.note(format!("{path}(")),
        Report::Up => words.note(format!("{path}:up")),
        Report::Stops => words.note(format!("{path}:stops")),
        Report::Ended { exit } => words.note(format!("){path}!{exit}")),
        Report::ChildTerminated { child, .. } => words.note(format!("terminated:{child}")),
        Report::StartFailed { child, .. } => words.note(format!("start_error:{child}")),
        Report::GaveUp { child } => words.note(format!("gave_up:{child}")),
        Report::StopFailed { child, exit } => words.note(format!("shutdown_error:{child}:{}", exit.kind())),
        _ => words.note("?"),
    };
    let history = History::reporting_to(100, Arc::new(hear));
    let root = spec("root", flags(OneForOne, 1), children);
    Supervisor::start(root, &Clock::machine(), &history).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_report_stands_between_what_it_is_about_and_what_follows() {
    let (trace, [a, b, t]) = children(["a", "b", "t"]);
    let deaf = b.clone().stops(OnStop::Hang);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 1), &[a.child()]));
    let root = start(&trace, &[below, deaf.child(), temporary(&t)]).await;
    assert_eq!(trace.take(), "root( root/s( +a root/s:up +b +t root:up");
    t.end(Exit::Normal); // in order for a temporary child, so nobody reports it
    settled(&Clock::machine()).await;
    a.next_starts(always());
    a.crash("boom");
    assert!(matches!(root.ended().await, Exit::Shutdown));
    assert_eq!(
        trace.take(),
        "t!normal a!boom terminated:a ×a start_error:a gave_up:a root/s:stops )root/s!shutdown terminated:s root/s( ×a \
         start_error:a root/s:stops )root/s!child a did not start: error: nope start_error:s gave_up:s root:stops -b(killed) \
         shutdown_error:b:killed )root!shutdown"
    );
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_was_killed_is_said_to_have_ended_before_what_was_below_it() {
    let (trace, [a]) = children(["a"]);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 1), &[a.child()]));
    let root = start(&trace, &[below]).await;
    assert_eq!(trace.take(), "root( root/s( +a root/s:up root:up");
    root.child("s").unwrap().kill();
    settled(&Clock::machine()).await;
    assert_eq!(trace.take(), ")root/s!killed -a(killed) terminated:s root/s( +a root/s:up");
    root.stop(Exit::Shutdown).await;
}

#[tokio::test(start_paused = true)]
async fn each_instance_that_does_not_stop_as_it_should_is_reported_when_all_are_gone() {
    let (trace, [a, b, c]) = children(["a", "b", "c"]);
    let template =
        ChildSpec::template("worker", ChildType::Worker).shutdown(Shutdown::After(Duration::from_millis(20)));
    let pool = SupervisorSpec::dynamic("pool", flags(OneForOne, 1)).template(template, Scripted::clone);
    let root = start(&trace, &[ChildSpec::supervisor(pool)]).await;
    let pool = root.child("pool").and_then(|pool| pool.dynamic::<Scripted>()).unwrap();
    for instance in [a.stops(OnStop::Hang), b, c.stops(OnStop::Hang)] {
        pool.start_child(instance).await.unwrap();
    }
    let _ = trace.take();
    root.stop(Exit::Shutdown).await;
    assert_eq!(
        trace.take(),
        "root:stops root/pool:stops -b -a(killed) -c(killed) shutdown_error:worker#0:killed \
         shutdown_error:worker#2:killed )root/pool!shutdown )root!shutdown"
    );
}
