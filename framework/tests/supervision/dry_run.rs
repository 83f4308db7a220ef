//! A dry run says beforehand what a supervisor then does.

use mistersmith::clock::Clock;
use mistersmith::exit::{Exit, Panic};
use mistersmith::supervisor::{
    Backoff, ChildSpec, DryRunError, Ended, Flags, Forecast, History, Outcome, Restart, Restarted, Strategy,
    Supervisor, SupervisorSpec, What,
};
use mistersmith::testing::{Scripted, Trace, settled};
use proptest::prelude::{Just, Strategy as Sampled, any, prop, prop_assert_eq, prop_oneof, proptest};

use crate::tree::{
    AutoShutdown, OneForAll, OneForOne, RestForOne, children, flags, spec, temporary, transient,
};

/// What a random tree is made from.
#[derive(Clone, Debug)]
enum Shape {
    Worker { restart: Restart, significant: bool },
    Branch { restart: Restart, significant: bool, flags: Flags, below: Vec<Shape> },
}

fn any_restart() -> impl Sampled<Value = Restart> {
    prop_oneof![Just(Restart::Permanent), Just(Restart::Transient), Just(Restart::Temporary)]
}

fn any_flags() -> impl Sampled<Value = Flags> {
    let strategy = prop_oneof![Just(OneForOne), Just(OneForAll), Just(RestForOne)];
    let auto = prop_oneof![
        Just(AutoShutdown::Never),
        Just(AutoShutdown::AnySignificant),
        Just(AutoShutdown::AllSignificant)
    ];
    (strategy, 0_u32..4, auto).prop_map(|(strategy, restarts, auto): (Strategy, _, _)| {
        flags(strategy, restarts).auto_shutdown(auto)
    })
}

fn any_shape() -> impl Sampled<Value = Shape> {
    let worker = (any_restart(), any::<bool>())
        .prop_map(|(restart, significant)| Shape::Worker { restart, significant });
    worker.prop_recursive(3, 16, 4, |inner| {
        (any_restart(), any::<bool>(), any_flags(), prop::collection::vec(inner, 0..4)).prop_map(
            |(restart, significant, flags, below)| Shape::Branch { restart, significant, flags, below },
        )
    })
}

/// A tree that is to be, and the workers in it by their paths.
struct Planted {
    trace: Trace,
    workers: Vec<(String, Scripted)>,
    named: usize,
}

impl Planted {
    fn branch(&mut self, name: &str, path: &str, flags: Flags, below: &[Shape]) -> SupervisorSpec {
        below.iter().fold(SupervisorSpec::new(name, flags), |spec, shape| {
            self.named += 1;
            let (child, restart, significant) = match shape {
                Shape::Worker { restart, significant } => {
                    let name = format!("w{}", self.named);
                    let worker = Scripted::worker(&name, &self.trace);
                    self.workers.push((format!("{path}/{name}"), worker.clone()));
                    (worker.child(), *restart, *significant)
                }
                Shape::Branch { restart, significant, flags, below } => {
                    let name = format!("s{}", self.named);
                    let spec = self.branch(&name, &format!("{path}/{name}"), *flags, below);
                    (ChildSpec::supervisor(spec), *restart, *significant)
                }
            };
            let may = restart != Restart::Permanent && flags.auto_shutdown != AutoShutdown::Never;
            spec.child(child.restart(restart).significant(significant && may))
        })
    }

    fn worker(&self, path: &str) -> Option<&Scripted> {
        self.workers.iter().find(|(known, _)| known == path).map(|(_, worker)| worker)
    }

    /// Lets the process at this path end for real.
    async fn end(&self, root: &Supervisor, path: &str, exit: &Exit) {
        if let Some(worker) = self.worker(path) {
            match exit {
                Exit::Killed => worker.kill(),
                Exit::Panic(panic) => worker.panic(panic.message()),
                Exit::Error(_) => worker.crash("boom"),
                exit => worker.end(exit.clone()),
            }
            return;
        }
        let steps = path.split('/').skip(1);
        let supervisor = steps.fold(root.clone(), |above, step| above.child(step).unwrap());
        match exit {
            Exit::Normal | Exit::Shutdown => drop(supervisor.stop(exit.clone()).await),
            _ => supervisor.kill(),
        }
    }

    /// The words of the trace that this forecast promises.
    fn words(&self, forecast: &Forecast, is_first: bool) -> Vec<String> {
        let path = format!("{}/{}", forecast.supervisor, forecast.child);
        let name = |path: &String| self.worker(path).map(|_| path.rsplit('/').next().unwrap().to_owned());
        let mut words = Vec::new();
        if is_first && let Some(name) = name(&path) {
            words.push(match &forecast.exit {
                Exit::Killed => format!("-{name}(killed)"),
                Exit::Panic(panic) => format!("{name}!{}", panic.message()),
                Exit::Error(_) => format!("{name}!boom"),
                exit => format!("{name}!{exit}"),
            });
        }
        let killed = if matches!(forecast.exit, Exit::Normal | Exit::Shutdown) { "" } else { "(killed)" };
        words.extend(forecast.with_it.iter().filter_map(name).map(|name| format!("-{name}{killed}")));
        let stops = |paths: &[String]| paths.iter().filter_map(name).map(|name| format!("-{name}")).collect();
        match &forecast.outcome {
            Outcome::StaysDown | Outcome::Forgotten => {}
            Outcome::Restarted(Restarted { stopped, started, .. }) => {
                words.extend::<Vec<_>>(stops(stopped));
                words.extend(started.iter().filter_map(name).map(|name| format!("+{name}")));
            }
            Outcome::GaveUp(Ended { stopped, then }) | Outcome::AutoShutdown(Ended { stopped, then }) => {
                words.extend::<Vec<_>>(stops(stopped));
                words.extend(then.iter().flat_map(|then| self.words(then, false)));
            }
        }
        words
    }
}

/// What is killed is killed at once, in any order: the words of kills in a row, sorted.
fn settle_kills(mut words: Vec<String>) -> Vec<String> {
    for row in words.chunk_by_mut(|a, b| a.ends_with("(killed)") && b.ends_with("(killed)")) {
        row.sort_unstable();
    }
    words
}

fn exits() -> [Exit; 5] {
    let panic = Panic::new("oops");
    [Exit::Normal, Exit::Shutdown, Exit::error(anyhow::anyhow!("boom")), Exit::Killed, Exit::Panic(panic)]
}

/// Plays the ends on a real tree and on a dry run; a story of both when they differ.
async fn compare(flags: Flags, below: &[Shape], ends: &[(prop::sample::Index, usize)]) -> Result<(), String> {
    let mut planted = Planted { trace: Trace::new(), workers: Vec::new(), named: 0 };
    let spec = planted.branch("root", "root", flags, below);
    let (clock, history) = (Clock::seeded(1), History::default());
    let mut dry_run = spec.dry_run();
    let root = Supervisor::start(spec, &clock, &history).await.map_err(|exit| exit.to_string())?;
    for (which, how) in ends {
        let children = dry_run.children();
        if children.is_empty() {
            break;
        }
        let (child, exit) = (which.get(&children), &exits()[*how]);
        let forecast = match dry_run.end(child, exit.clone()) {
            Err(DryRunError::Down { .. }) => continue,
            forecast => forecast.map_err(|error| error.to_string())?,
        };
        let _ = planted.trace.take();
        let seen = history.newest();
        planted.end(&root, child, exit).await;
        settled(&clock).await;
        let words = planted.trace.take();
        let words = settle_kills(words.split_whitespace().map(str::to_owned).collect());
        let promised = settle_kills(planted.words(&forecast, true));
        if words != promised {
            return Err(format!("{forecast}\npromised {promised:?}\nhappened {words:?}"));
        }
        let ended = root.tree().last_exit.is_some();
        if ended != forecast.ends_the_system() {
            return Err(format!("{forecast}\nthe root has ended: {ended}"));
        }
        if ended {
            break;
        }
        if let Outcome::Restarted(Restarted { budget_left, .. }) = forecast.last().outcome {
            let events = history.since(seen);
            let left = events.iter().rev().find_map(|event| match &event.what {
                What::Decided(decision) => Some(decision.budget_left),
                _ => None,
            });
            if left != Some(budget_left) {
                return Err(format!("{forecast}\nleft: {left:?}"));
            }
        }
        // What a dry run of the running tree begins with is what this one has come to.
        if root.dry_run().children() != dry_run.children() {
            return Err(format!("{forecast}\n{:?}\n{:?}", root.dry_run().children(), dry_run.children()));
        }
    }
    root.stop(Exit::Shutdown).await;
    Ok(())
}

proptest! {
    #[test]
    fn what_is_told_is_what_happens_in_any_tree(
        flags in any_flags(),
        below in prop::collection::vec(any_shape(), 1..5),
        ends in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..5), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let compared = runtime.block_on(compare(flags, &below, &ends));
        prop_assert_eq!(compared, Ok(()));
    }
}

fn shop() -> SupervisorSpec {
    let (_, [db, till, log, sale]) = children(["db", "till", "log", "sale"]);
    let orders = spec("orders", flags(OneForAll, 1), &[till.child(), temporary(&log), transient(&sale)]);
    spec("root", flags(RestForOne, 1), &[db.child(), ChildSpec::supervisor(orders)])
}

fn boom() -> Exit {
    Exit::error(anyhow::anyhow!("boom"))
}

#[test]
fn a_group_restart_is_told_in_the_order_in_which_it_happens() {
    let story = shop().dry_run().end("till", boom()).unwrap().to_string();
    assert_eq!(
        story,
        "root/orders/till ends: error: boom\n\
         root/orders starts it again (one_for_all, at most 1 in 5 s)\n  \
           stops: sale, log\n  \
           forgets: log\n  \
           starts: till, sale\n  \
           left: 0 of 1 restarts"
    );
}

#[test]
fn a_give_up_is_told_up_to_the_root() {
    let mut dry_run = shop().dry_run();
    // Every second end is one too many for `orders`, which the root starts again with a new budget, once.
    for decided_by in ["root/orders", "root", "root/orders"] {
        let forecast = dry_run.end("till", boom()).unwrap();
        assert_eq!(forecast.last().supervisor, decided_by, "{forecast}");
        assert!(matches!(forecast.last().outcome, Outcome::Restarted(Restarted { budget_left: 0, .. })));
    }
    let last = dry_run.end("root/orders/till", boom()).unwrap();
    assert!(last.ends_the_system());
    assert_eq!(
        last.to_string(),
        "root/orders/till ends: error: boom\n\
         root/orders gives up: one more restart would be one too many (one_for_all, at most 1 in 5 s)\n  \
           stops: sale\n\
         root/orders ends: shutdown\n\
         root gives up: one more restart would be one too many (rest_for_one, at most 1 in 5 s)\n  \
           stops: db\n\
         root ends with shutdown, and the system with it"
    );
    assert!(matches!(dry_run.end("till", boom()), Err(DryRunError::SystemEnded { .. })));
}

#[test]
fn who_is_not_there_or_not_alone_or_down_is_named() {
    let twice =
        |name| ChildSpec::supervisor(spec(name, flags(OneForOne, 1), &[children(["a"]).1[0].child()]));
    let once = transient(&children(["b"]).1[0]);
    let mut dry_run = spec("root", flags(OneForOne, 1), &[twice("s"), twice("t"), once]).dry_run();
    let unknown = dry_run.end("x", boom()).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "there is no child x; there are root/s, root/s/a, root/t, root/t/a, root/b"
    );
    let several = dry_run.end("a", boom()).unwrap_err();
    assert_eq!(several.to_string(), "a could be any of root/s/a, root/t/a; say more of its path");
    dry_run.end("t/a", boom()).unwrap();
    dry_run.end("b", Exit::Normal).unwrap();
    let down = dry_run.end("b", Exit::Normal).unwrap_err();
    assert_eq!(down.to_string(), "root/b is down by then, so it cannot end");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_of_a_running_tree_begins_with_what_was_spent_and_who_is_down() {
    let (trace, [a, b]) = children(["a", "b"]);
    let root = spec("root", flags(OneForAll, 2), &[a.child(), b.child()]);
    let clock = Clock::seeded(1);
    let root = Supervisor::start(root, &clock, &History::default()).await.unwrap();
    a.crash("boom");
    settled(&clock).await;
    root.terminate_child("b").await.unwrap();
    let _ = trace.take();
    let told = root.dry_run().end("a", boom()).unwrap();
    let Outcome::Restarted(restarted) = &told.outcome else { panic!("{told}") };
    assert_eq!(restarted.budget_left, 0);
    assert!(restarted.stopped.is_empty(), "{told}");
    assert_eq!(restarted.started, ["root/a", "root/b"]);
    assert_eq!(trace.take(), "", "nothing has happened for real");
    root.stop(Exit::Shutdown).await;
}

#[test]
fn restarts_that_wait_say_how_long() {
    let second = std::time::Duration::from_secs(1);
    let slow = flags(OneForOne, 9).backoff(Backoff::new(second, 3, 5 * second).jitter(50));
    let mut dry_run = spec("root", slow, &[children(["a"]).1[0].child()]).dry_run();
    let waits: Vec<_> = (0..3)
        .map(|_| match dry_run.end("a", boom()).unwrap().outcome {
            Outcome::Restarted(Restarted { wait, .. }) => wait.unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(waits, [[0.5, 1.0], [1.5, 3.0], [2.5, 5.0]]);
    assert!(dry_run.end("a", boom()).unwrap().to_string().contains("waits: 2.5 s to 5 s"));
}

#[test]
fn as_data_a_forecast_names_its_outcome() {
    let forecast = serde_json::to_value(shop().dry_run().end("db", Exit::Killed).unwrap()).unwrap();
    assert_eq!(forecast["outcome"], "restarted");
    assert_eq!(forecast["exit"]["kind"], "killed");
    assert_eq!(forecast["started"][0], "root/db");
    assert_eq!(forecast["budget_left"], 0);
}
