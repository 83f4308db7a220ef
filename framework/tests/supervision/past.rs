//! The tree as it was at any moment that the history reaches back to.

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, ChildState, History, Node, PastNode, Shutdown, Supervisor, TooLongAgo, What,
};
use mistersmith::testing::{Scripted, eventually};

use crate::tree::{OneForAll, OneForOne, Tree, children, flags, once, spec, temporary, transient};

/// A tree in one line, as it is.
fn now(node: &Node) -> String {
    line(node.id.as_str(), node.state, &node.children.iter().map(now).collect::<Vec<_>>())
}

/// A tree in one line, as it was.
fn then(node: &PastNode) -> String {
    line(node.id.as_str(), node.state, &node.children.iter().map(then).collect::<Vec<_>>())
}

fn line(id: &str, state: ChildState, below: &[String]) -> String {
    let below = if below.is_empty() { String::new() } else { format!("({})", below.join(" ")) };
    match state {
        ChildState::Running => format!("{id}{below}"),
        other => format!("{id}={other:?}{below}"),
    }
}

/// Lets something happen, lets some time pass, and notes how the tree looks then.
struct Witness {
    tree: Tree,
    seen: Vec<(Duration, String)>,
}

impl Witness {
    async fn look(&mut self) {
        self.tree.pass(10).await;
        self.seen.push((self.tree.clock.now(), now(&self.tree.root.tree())));
        self.tree.pass(10).await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_moment_is_told_as_it_was_seen() {
    let (trace, [a, b, c, t, d]) = children(["a", "b", "c", "t", "d"]);
    let below = spec("s", flags(OneForAll, 9), &[a.child(), b.child(), temporary(&t)]);
    let at_once = c.child().shutdown(Shutdown::BrutalKill);
    let specs = [ChildSpec::supervisor(below), at_once, transient(&d)];
    let tree = Tree::start(&trace, flags(OneForOne, 9), &specs).await;
    let mut witness = Witness { tree, seen: Vec::new() };
    let root = witness.tree.root.clone();
    witness.look().await;
    a.crash("boom"); // the group is started again, and t is forgotten
    witness.look().await;
    d.end(Exit::Normal); // stays down
    witness.look().await;
    root.child("s").unwrap().start_child(Scripted::worker("e", &trace).child()).await.unwrap();
    witness.look().await;
    root.child("s").unwrap().terminate_child("b").await.unwrap();
    witness.look().await;
    root.child("s").unwrap().kill(); // comes back without e, with b and t
    witness.look().await;
    c.linger();
    root.terminate_child("c").await.unwrap();
    witness.look().await;
    root.delete_child("d").await.unwrap();
    witness.look().await;
    root.terminate_child("s").await.unwrap();
    witness.look().await;
    c.release();
    b.next_starts(once());
    assert!(root.restart_child("s").await.is_err(), "b does not start, so nothing of s does");
    witness.look().await;
    root.restart_child("s").await.unwrap();
    witness.look().await;
    assert_eq!(witness.seen.len(), 11);
    for (at, seen) in &witness.seen {
        assert_eq!(then(&root.tree_at(*at).unwrap().root), *seen, "at {at:?}");
    }
    let expected = [
        "root(s(a b t) c d)",
        "root(s(a b) c d)",
        "root(s(a b) c d=Down)",
        "root(s(a b e) c d=Down)",
        "root(s(a b=Down e) c d=Down)",
        "root(s(a b t) c d=Down)",
    ];
    let seen: Vec<_> = witness.seen.iter().take(expected.len()).map(|(_, seen)| seen.as_str()).collect();
    assert_eq!(seen, expected);
    root.stop(Exit::Shutdown).await;
    for (at, seen) in &witness.seen {
        assert_eq!(then(&root.tree_at(*at).unwrap().root), *seen, "after the end, at {at:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_says_since_when_each_child_has_been_so() {
    let (trace, [a]) = children(["a"]);
    let tree = Tree::start(&trace, flags(OneForOne, 9), &[a.child()]).await;
    tree.pass(1_000).await;
    a.crash("boom");
    tree.pass(1_000).await;
    let before = tree.root.tree_at(Duration::from_millis(500)).unwrap();
    let after = tree.root.tree_at(Duration::from_millis(1_500)).unwrap();
    assert_eq!(before.root.children[0].since, Some(0.0));
    assert!(after.root.children[0].since.is_some_and(|since| (1.0..1.1).contains(&since)), "{after:?}");
    tree.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_moment_before_what_is_kept_is_refused_with_the_first_that_is_known() {
    let (_, [a]) = children(["a"]);
    let (clock, history) = (Clock::seeded(1), History::new(4));
    let root = spec("root", flags(OneForOne, 99), &[a.child()]);
    let root = Supervisor::start(root, &clock, &history).await.unwrap();
    for _ in 0..3 {
        clock.sleep(Duration::from_secs(1)).await;
        a.crash("boom");
    }
    clock.sleep(Duration::from_secs(1)).await;
    assert!(root.tree_at(Duration::from_millis(2_500)).is_ok());
    let error = root.tree_at(Duration::from_millis(500)).unwrap_err();
    assert!(matches!(error, TooLongAgo { known_since, .. } if known_since.as_secs() == 1), "{error:?}");
    assert!(error.to_string().contains("is not known any more"), "{error}");
    root.stop(Exit::Shutdown).await;
}

#[tokio::test]
async fn a_supervisor_is_up_at_the_event_in_which_it_says_so() {
    let (_, [a]) = children(["a"]);
    let (clock, history) = (Clock::machine(), History::default());
    let below = ChildSpec::supervisor(spec("s", flags(OneForOne, 3), &[a.child()]));
    let root =
        Supervisor::start(spec("root", flags(OneForOne, 3), &[below]), &clock, &history).await.unwrap();
    root.child("s").unwrap().kill();
    eventually(&history, |event| matches!(event.what, What::Decided(_))).await;
    let ups = history.events().into_iter().filter(|event| &*event.supervisor == "root/s");
    let ups: Vec<_> = ups.filter(|event| matches!(event.what, What::Up { .. })).collect();
    assert_eq!(ups.len(), 2);
    for up in ups {
        assert_eq!(then(&root.tree_at(up.at).unwrap().root), "root(s(a))", "at #{}", up.number);
    }
    root.stop(Exit::Shutdown).await;
}
