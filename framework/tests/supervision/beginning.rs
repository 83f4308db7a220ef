//! A supervisor before it is up: whoever hears its reports can ask it, stop it and kill it from its begin on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildSpec, ChildrenError, History, Report, Supervisor, SupervisorSpec};
use mistersmith::testing::{Scripted, Trace, settled};

use crate::tree::{OnStart, OneForOne, children, flags, once, spec};

/// The supervisors of a tree by their paths, each from its begin on.
#[derive(Clone, Default)]
struct Begun(Arc<Mutex<BTreeMap<String, Supervisor>>>);

impl Begun {
    fn history(&self) -> History {
        let begun = self.clone();
        History::reporting_to(
            100,
            Arc::new(move |path: &str, report: Report<'_>| {
                if let Report::Begins { supervisor } = report {
                    begun.all().insert(path.to_owned(), supervisor.clone());
                }
            }),
        )
    }

    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Supervisor>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one at this path, when nothing more happens by itself.
    async fn at(&self, path: &str) -> Supervisor {
        settled(&Clock::machine()).await;
        self.all().get(path).cloned().expect("it has begun")
    }
}

/// A root over `s`, which is over these.
fn root_over(below: &[&Scripted]) -> SupervisorSpec {
    let below: Vec<ChildSpec> = below.iter().map(|child| child.child()).collect();
    spec("root", flags(OneForOne, 1), &[ChildSpec::supervisor(spec("s", flags(OneForOne, 1), &below))])
}

/// Starts it, and does this meanwhile; what came of both.
async fn start_and<T>(
    root: SupervisorSpec,
    meanwhile: impl AsyncFnOnce(Begun) -> T,
) -> (Result<Supervisor, Exit>, T) {
    let begun = Begun::default();
    let (history, clock) = (begun.history(), Clock::machine());
    tokio::join!(Supervisor::start(root, &clock, &history), meanwhile(begun))
}

fn slow(child: &Scripted) {
    child.next_starts([OnStart::Slow(Duration::from_secs(1))]);
}

#[tokio::test(start_paused = true)]
async fn what_it_is_asked_waits_until_it_is_up_and_comes_before_exits_that_come_later() {
    let (trace, [a, b]) = children(["a", "b"]);
    slow(&b);
    let (root, ()) = start_and(root_over(&[&a, &b]), async |begun| {
        let s = begun.at("root/s").await;
        let (terminated, ()) = tokio::join!(s.terminate_child("a"), async {
            settled(&Clock::machine()).await;
            assert_eq!(trace.take(), "+a");
            a.crash("boom");
        });
        terminated.unwrap();
    })
    .await;
    let root = root.unwrap();
    settled(&Clock::machine()).await;
    // The crash is found to be that of a child that is down, and restarts nobody.
    assert_eq!(trace.take(), "a!boom +b");
    root.stop(Exit::Shutdown).await;
}

#[tokio::test(start_paused = true)]
async fn one_that_is_up_answers_while_the_one_above_starts() {
    let (trace, [a, b]) = children(["a", "b"]);
    slow(&b);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 1), &[a.child()]));
    let (root, ()) = start_and(spec("root", flags(OneForOne, 1), &[below, b.child()]), async |begun| {
        begun.at("root/s").await.terminate_child("a").await.unwrap();
        assert_eq!(trace.take(), "+a -a");
    })
    .await;
    root.unwrap().stop(Exit::Shutdown).await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_with_what_it_was_asked_before() {
    let (trace, [a, b]) = children(["a", "b"]);
    slow(&b);
    let (root, exit) =
        start_and(root_over(&[&a, &b]), async |begun| begun.at("root").await.stop(Exit::Normal).await).await;
    assert!(matches!(exit, Exit::Normal), "{exit:?}");
    assert!(matches!(root.unwrap().which_children().await, Err(ChildrenError::SupervisorGone)));
    assert_eq!(trace.take(), "+a +b -b -a");
}

#[tokio::test(start_paused = true)]
async fn who_asks_one_that_does_not_come_up_hears_why() {
    let (trace, [a, b]) = children(["a", "b"]);
    let [c] = ["c"].map(|id| Scripted::worker(id, &trace));
    slow(&b);
    c.next_starts(once());
    let (root, answer) =
        start_and(root_over(&[&a, &b, &c]), async |begun| begun.at("root/s").await.which_children().await)
            .await;
    assert!(matches!(root, Err(Exit::NotStarted { .. })), "{root:?}");
    let Err(ChildrenError::SupervisorEnded(Exit::NotStarted { child, .. })) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(child, "c");
}

#[tokio::test(start_paused = true)]
async fn one_that_is_killed_before_it_is_up_is_gone_with_all_that_it_has_started() {
    let (trace, [a, b]): (Trace, _) = children(["a", "b"]);
    b.next_starts([OnStart::Hang]);
    let (root, exit) = start_and(root_over(&[&a, &b]), async |begun| {
        let s = begun.at("root/s").await;
        s.kill();
        s.ended().await
    })
    .await;
    assert!(matches!(exit, Exit::Killed), "{exit:?}");
    let Err(Exit::NotStarted { child, cause }) = root else { panic!("it cannot be up") };
    assert!(child == "s" && matches!(*cause, Exit::Killed), "{child}: {cause:?}");
    assert_eq!(trace.take(), "+a ×b -a(killed)");
}
