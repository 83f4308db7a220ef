//! Faults that Erlang's supervisor need not fear: after each, everything that was started has ended, nothing is left
//! but what was reported, and no restart was counted that was none.

use std::collections::BTreeMap;
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::supervisor::{Backoff, ChildSpec, Flags, History, Shutdown, Supervisor, What};
use mistersmith::testing::{Scripted, settled};

use crate::tree::{OnStart, OnStop, OneForAll, OneForOne, Tree, children, flags, spec};

/// A root over `s`, which is one_for_all over three children, and everything that they have done.
struct Plot {
    tree: Tree,
    children: [Scripted; 3],
    done: String,
}

impl Plot {
    async fn new(shape: impl FnOnce([ChildSpec; 3]) -> [ChildSpec; 3]) -> Self {
        Self::with(flags(OneForAll, 9), shape).await
    }

    /// As [`Plot::new`], with these flags for `s`.
    async fn with(flags_of_s: Flags, shape: impl FnOnce([ChildSpec; 3]) -> [ChildSpec; 3]) -> Self {
        let (trace, children) = children(["a", "b", "c"]);
        let below = shape(children.each_ref().map(Scripted::child));
        let below = ChildSpec::supervisor(spec("s", flags_of_s, &below));
        let tree = Tree::start(&trace, flags(OneForOne, 3), &[below]).await;
        Self { tree, children, done: "+a +b +c".to_owned() }
    }

    fn supervisor(&self) -> Supervisor {
        self.tree.root.child("s").expect("it runs")
    }

    /// What has happened since the last look.
    async fn look(&mut self) -> String {
        let seen = self.tree.trace().await;
        self.done = format!("{} {seen}", self.done);
        seen
    }

    /// Kills `s`; it comes back, and no time passes for it.
    async fn kill(&mut self) {
        let before = self.tree.clock.now();
        self.supervisor().kill();
        self.look().await;
        assert!(self.tree.clock.now() - before < Duration::from_millis(2), "{}", self.done);
        let below: Vec<_> = self.supervisor().which_children().await.unwrap();
        assert!(below.iter().all(|child| child.state == mistersmith::supervisor::ChildState::Running));
        assert_eq!(self.tree.budget_left().await, 2, "one restart of s, whatever it was at");
        assert!(self.done.ends_with("+a +b +c"), "{}", self.done);
    }

    /// Stops everything: what was started has ended, once each, and nobody was left behind.
    async fn end(self) {
        let history = self.tree.history.clone();
        let last = self.tree.stop().await;
        balanced(&format!("{} {last}", self.done));
        assert!(!history.events().iter().any(|event| matches!(event.what, What::Orphaned { .. })));
    }
}

/// Each start that succeeded has one end.
#[track_caller]
fn balanced(words: &str) {
    let mut alive = BTreeMap::<&str, i32>::new();
    for word in words.split_whitespace() {
        if let Some(id) = word.strip_prefix('+') {
            *alive.entry(id).or_default() += 1;
        } else if let Some(id) = word.strip_prefix('-').map(|id| id.split('(').next().unwrap_or(id)) {
            *alive.entry(id).or_default() -= 1;
        } else if let Some((id, _)) = word.split_once('!') {
            *alive.entry(id).or_default() -= 1;
        }
        assert!(
            alive.values().all(|count| (0..=1).contains(count)),
            "two at a time, or an end too many: {words}"
        );
    }
    assert!(alive.values().all(|count| *count == 0), "{alive:?} are left: {words}");
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_is_killed_while_it_is_up_takes_its_children_with_it() {
    let mut plot = Plot::new(|children| children).await;
    plot.kill().await;
    plot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_is_killed_while_it_stops_a_child_takes_that_one_too() {
    let mut plot = Plot::new(|children| children).await;
    let _ = plot.children[1].clone().stops(OnStop::Hang);
    let supervisor = plot.supervisor();
    let terminating = tokio::join!(supervisor.terminate_child("b"), async {
        plot.look().await;
        plot.kill().await;
    });
    assert!(terminating.0.is_err(), "nobody answers any more");
    let _ = plot.children[1].clone().stops(OnStop::End);
    plot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_is_killed_while_it_stops_them_all_takes_the_rest_with_it() {
    let (trace, [a, b]) = children(["a", "b"]);
    let hanging = b.child().shutdown(Shutdown::Infinity);
    let _ = b.clone().stops(OnStop::Hang);
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 9), &[a.child(), hanging]));
    let tree =
        Tree::start(&trace, flags(OneForOne, 3), &[below.shutdown(Shutdown::After(Duration::from_secs(1)))])
            .await;
    let (clock, before) = (tree.clock.clone(), tree.clock.now());
    let words = tree.stop().await;
    let mut words: Vec<_> = words.split_whitespace().collect();
    words.sort_unstable();
    assert_eq!(words, ["-a(killed)", "-b(killed)"]);
    assert_eq!(clock.now() - before, Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_is_killed_in_a_group_restart_takes_both_halves_with_it() {
    // While the group stops.
    let mut plot = Plot::new(|children| children).await;
    let _ = plot.children[1].clone().stops(OnStop::Hang);
    plot.children[0].crash("boom");
    assert_eq!(plot.look().await, "a!boom -c");
    let _ = plot.children[1].clone().stops(OnStop::End);
    plot.kill().await;
    plot.end().await;

    // While it starts.
    let mut plot = Plot::new(|children| children).await;
    plot.children[1].next_starts([OnStart::Hang]);
    plot.children[0].crash("boom");
    assert_eq!(plot.look().await, "a!boom -c -b +a");
    plot.kill().await;
    plot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_is_killed_while_it_tries_again_tries_no_more() {
    let limited = |[a, b, c]: [ChildSpec; 3]| [a, b.start_timeout(Some(Duration::from_millis(10))), c];
    let mut plot = Plot::new(limited).await;
    plot.children[1].next_starts([OnStart::Hang, OnStart::Hang]);
    plot.children[1].crash("boom");
    plot.tree.pass(15).await;
    assert_eq!(plot.look().await, "b!boom -c -a +a ×b -a +a");
    plot.kill().await;
    plot.tree.pass(1_000).await;
    assert_eq!(plot.look().await, "");
    plot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_is_killed_while_a_restart_waits_in_its_backoff_forgets_it() {
    let second = Duration::from_secs(1);
    let of_all = (OneForAll, "b!boom -c -a", "+a ×b -a");
    for (strategy, first_wait, second_wait) in [of_all, (OneForOne, "b!boom", "×b")] {
        for fails in [0, 1] {
            let slow = flags(strategy, 9).backoff(Backoff::new(second, 2, 4 * second));
            let mut plot = Plot::with(slow, |children| children).await;
            plot.children[1].next_starts(vec![OnStart::Error("nope".to_owned()); fails]);
            plot.children[1].crash("boom");
            assert_eq!(plot.look().await, first_wait);
            plot.tree.pass(300 + 1_000 * fails as u64).await;
            assert_eq!(plot.look().await, ["", second_wait][fails]);
            plot.kill().await;
            plot.tree.pass(10_000).await;
            assert_eq!(plot.look().await, "", "no attempt of the one that is gone");
            plot.end().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_is_killed_while_a_restart_is_put_off_forgets_it() {
    let mut plot = Plot::new(|children| children).await;
    plot.children[1].linger();
    plot.children[1].crash("boom");
    plot.tree.pass(5_001).await;
    assert_eq!(plot.look().await, "b!boom -c -a");
    plot.children[1].release();
    plot.supervisor().kill();
    plot.look().await;
    assert_eq!(plot.tree.list().await, "s");
    let last = plot.tree.stop().await;
    balanced(&format!("{} {last}", plot.done));
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_is_killed_while_it_serves_a_call_leaves_nothing_of_it() {
    let mut plot = Plot::new(|children| children).await;
    let newcomer = Scripted::worker("d", &plot.tree.trace).starts([OnStart::Hang]);
    let supervisor = plot.supervisor();
    let started = tokio::join!(supervisor.start_child(newcomer.child()), async {
        plot.look().await;
        plot.kill().await;
    });
    assert!(started.0.is_err(), "{started:?}");
    assert!(plot.done.contains("×d"), "{}", plot.done);
    plot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_root_that_is_killed_while_it_starts_a_supervisor_ends_what_that_has_started() {
    let mut plot = Plot::new(|children| children).await;
    plot.children[2].next_starts([OnStart::Hang]);
    plot.supervisor().kill();
    plot.look().await;
    assert!(plot.done.ends_with("+a +b"), "{}", plot.done);
    plot.tree.root.kill();
    plot.tree.root.ended().await;
    plot.look().await;
    balanced(&plot.done);
}

#[tokio::test(start_paused = true)]
async fn a_first_start_that_is_given_up_leaves_nobody() {
    let (trace, [a, b]) = children(["a", "b"]);
    let b = b.starts([OnStart::Hang]);
    let (clock, history) = (Clock::seeded(1), History::default());
    let root = spec("root", flags(OneForOne, 1), &[a.child(), b.child()]);
    let started = clock.timeout(Duration::from_secs(1), Supervisor::start(root, &clock, &history)).await;
    assert!(started.is_err());
    settled(&clock).await;
    let words = trace.take();
    assert_eq!(words, "+a ×b -a(killed)");
    balanced(&words);
}

#[tokio::test(start_paused = true)]
async fn a_panic_anywhere_is_one_end_of_one_child() {
    let mut plot = Plot::new(|children| children).await;
    plot.children[0].panic("in its work");
    assert_eq!(plot.look().await, "a!in its work -c -b +a +b +c");
    // In its stop: the group restart goes on.
    let _ = plot.children[1].clone().stops(OnStop::Panic("in its stop".to_owned()));
    plot.children[0].panic("again");
    assert_eq!(plot.look().await, "a!again -c -b(panic) +a +b +c");
    let _ = plot.children[1].clone().stops(OnStop::End);
    // In its start: it is tried again.
    plot.children[2].next_starts([OnStart::Panic("in its start".to_owned())]);
    plot.children[0].panic("once more");
    assert_eq!(plot.look().await, "a!once more -c -b +a +b ×c -b -a +a +b +c");
    assert_eq!(plot.supervisor().tree().budget_left, Some(9 - 4), "three panics and one failed start");
    let done = plot.done.replace("in its work", "x").replace("once more", "x");
    Plot { done, ..plot }.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_child_that_hangs_in_its_stop_is_killed_after_its_time_and_reported_by_nobody() {
    let limit = Duration::from_secs(2);
    let mut plot = Plot::new(|[a, b, c]| [a, b.shutdown(Shutdown::After(limit)), c]).await;
    let _ = plot.children[1].clone().stops(OnStop::Hang);
    plot.children[0].crash("boom");
    plot.look().await;
    plot.tree.pass(2_000).await;
    plot.look().await;
    assert!(plot.done.ends_with("a!boom -c -b(killed) +a +b +c"), "{}", plot.done);
    let _ = plot.children[1].clone().stops(OnStop::End);
    plot.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_an_incarnation_that_was_replaced_means_nothing() {
    let mut plot = Plot::new(|children| children).await;
    // All of them end before the supervisor looks: the first end replaces them all.
    plot.children.iter().for_each(|child| child.crash("boom"));
    plot.look().await;
    assert_eq!(plot.supervisor().tree().budget_left, Some(8), "{}", plot.done);
    assert!(plot.done.ends_with("+a +b +c"), "{}", plot.done);
    plot.end().await;
}
