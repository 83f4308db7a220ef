//! A supervisor that panics, because the listener of its reports does: its children are gone before it is started
//! again, one restart is counted, and the exit says what the panic said.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildSpec, Decision, Event, History, Report, Supervisor, Verdict, What};
use mistersmith::testing::{Scripted, Trace, settled};

use crate::tree::{OnStop, OneForAll, OneForOne, children, flags, once, spec};

/// A root over `s`, which is one_for_all over three children, and the history that is told of both.
struct Scene {
    trace: Trace,
    clock: Clock,
    history: History,
    root: Supervisor,
    children: [Scripted; 3],
}

impl Scene {
    /// Whoever hears `s` report this falls, once; who stops and starts is in the trace, and when the root hears of it.
    async fn where_one_falls_at(report: fn(&Report<'_>) -> bool, restarts: u32) -> Self {
        let (trace, children) = children(["a", "b", "c"]);
        let (words, armed) = (trace.clone(), AtomicBool::new(true));
        let listener = move |path: &str, said: Report<'_>| {
            assert!(path != "root/s" || !report(&said) || !armed.swap(false, SeqCst), "no ink");
            if let ("root", Report::ChildTerminated { child, .. }) = (path, said) {
                words.note(format!("{child}:ended"));
            }
        };
        let (clock, history) = (Clock::seeded(1), History::reporting_to(100, Arc::new(listener)));
        let below = ChildSpec::supervisor(spec(
            "s",
            flags(OneForAll, restarts),
            &children.each_ref().map(Scripted::child),
        ));
        let root = Supervisor::start(spec("root", flags(OneForOne, 3), &[below]), &clock, &history).await;
        assert_eq!(trace.take(), "+a +b +c");
        Self { trace, clock, history, root: root.unwrap(), children }
    }

    async fn look(&self) -> String {
        settled(&self.clock).await;
        self.trace.take()
    }

    fn decisions(&self) -> Vec<Decision> {
        let decision = |event: Event| match event.what {
            What::Decided(decision) if &*event.supervisor == "root" => Some(*decision),
            _ => None,
        };
        self.history.events().into_iter().filter_map(decision).collect()
    }

    /// `s` has ended with its panic and was started again, once; `gone` were its children before that.
    async fn has_fallen_and_come_back(self, before: &str, gone: &[&str]) {
        let words = self.look().await;
        let (ended, back) = words.split_once(" s:ended ").expect("the root hears of the end");
        let killed = ended.strip_prefix(before).expect(ended).split_whitespace().collect::<BTreeSet<_>>();
        assert_eq!(killed, gone.iter().copied().collect(), "{words}");
        assert_eq!(back, "+a +b +c", "{words}");

        let [decision] = &self.decisions()[..] else { panic!("{:?}", self.decisions()) };
        let Exit::Panic(panic) = &decision.exit else { panic!("{}", decision.exit) };
        assert_eq!(panic.message(), "no ink");
        assert_eq!((decision.child.as_str(), decision.verdict), ("s", Verdict::Restart));
        assert_eq!(self.root.tree().budget_left, Some(2));

        self.children[1].crash("bang");
        assert_eq!(self.look().await, "b!bang -c -a +a +b +c", "it supervises as before");
        self.root.stop(Exit::Shutdown).await;
        assert_eq!(self.look().await, "-c -b -a");
        assert_eq!(self.decisions().len(), 1);
        let events = self.history.events();
        assert!(!events.iter().any(|event| matches!(event.what, What::Orphaned { .. })), "{events:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_panics_at_the_end_of_a_child_takes_the_others_with_it_and_comes_back() {
    let scene = Scene::where_one_falls_at(|said| matches!(said, Report::ChildTerminated { .. }), 9).await;
    scene.children[0].crash("boom");
    scene.has_fallen_and_come_back("a!boom ", &["-b(killed)", "-c(killed)"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_panics_in_a_group_restart_takes_both_halves_with_it() {
    // While the group stops.
    let scene = Scene::where_one_falls_at(|said| matches!(said, Report::StopFailed { .. }), 9).await;
    let _ = scene.children[2].clone().stops(OnStop::Error("torn".to_owned()));
    scene.children[0].crash("boom");
    settled(&scene.clock).await;
    let _ = scene.children[2].clone().stops(OnStop::End);
    scene.has_fallen_and_come_back("a!boom -c(error) ", &["-b(killed)"]).await;

    // While it starts.
    let scene = Scene::where_one_falls_at(|said| matches!(said, Report::StartFailed { .. }), 9).await;
    scene.children[1].next_starts(once());
    scene.children[0].crash("boom");
    scene.has_fallen_and_come_back("a!boom -c -b +a ×b ", &["-a(killed)"]).await;
}
