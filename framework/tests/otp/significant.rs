//! When the end of a significant child is the end of its supervisor, and when it is not.

use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildSpec, Restart, What};
use mistersmith::testing::Scripted;

use crate::sight::is_up;
use crate::tree::{
    AutoShutdown, OneForAll, OneForOne, RestForOne, Tree, children, flags, spec, temporary, transient,
};

use AutoShutdown::{AllSignificant, AnySignificant, Never};

/// The four ways of a child to end.
#[derive(Clone, Copy, Debug)]
enum End {
    Terminated,
    Killed,
    Crashed,
    Done,
}

const ENDS: [End; 4] = [End::Terminated, End::Killed, End::Crashed, End::Done];

/// Lets it end like this, and returns what is seen once everything has happened.
async fn ends(tree: &Tree, child: &Scripted, id: &str, end: End) -> String {
    match end {
        End::Terminated => tree.root.terminate_child(id).await.unwrap(),
        End::Killed => child.kill(),
        End::Crashed => child.crash("boom"),
        End::Done => child.end(Exit::Normal),
    }
    tree.trace().await
}

/// The end of a temporary child that is not significant leaves its supervisor up, whatever `auto_shutdown` is.
#[tokio::test(start_paused = true)]
async fn nonsignificant_temporary() {
    for auto_shutdown in [Never, AnySignificant, AllSignificant] {
        let (trace, [child1]) = children(["child1"]);
        let tree = Tree::start(&trace, flags(OneForOne, 1).auto_shutdown(auto_shutdown), &[]).await;
        for end in ENDS {
            tree.root.start_child(temporary(&child1)).await.unwrap();
            ends(&tree, &child1, "child1", end).await;
            assert!(is_up(&tree), "{auto_shutdown:?} {end:?}");
            assert_eq!(tree.list().await, "", "{auto_shutdown:?} {end:?}");
        }
        tree.stop().await;
    }
}

/// The end of a transient child that is not significant leaves its supervisor up; a kill and a crash are restarted.
#[tokio::test(start_paused = true)]
async fn nonsignificant_transient() {
    for auto_shutdown in [Never, AnySignificant, AllSignificant] {
        let (trace, [child1]) = children(["child1"]);
        let flags = flags(OneForOne, 2).auto_shutdown(auto_shutdown);
        let tree = Tree::start(&trace, flags, &[transient(&child1)]).await;
        for (end, list) in [
            (End::Killed, "child1"),
            (End::Crashed, "child1"),
            (End::Terminated, "child1=down"),
            (End::Done, "child1=down"),
        ] {
            ends(&tree, &child1, "child1", end).await;
            assert!(is_up(&tree), "{auto_shutdown:?} {end:?}");
            assert_eq!(tree.list().await, list, "{auto_shutdown:?} {end:?}");
            if list != "child1" {
                tree.root.restart_child("child1").await.unwrap();
            }
        }
        tree.stop().await;
    }
}

/// Any end of its own of a significant temporary child ends its supervisor: the first one under any, the last one
/// under all.
#[tokio::test(start_paused = true)]
async fn significant_temporary() {
    for end in ENDS {
        let (trace, [child1, child2]) = children(["child1", "child2"]);
        let any = flags(OneForOne, 1).auto_shutdown(AnySignificant);
        let specs = [&child1, &child2].map(|child| temporary(child).significant(true));
        let tree = Tree::start(&trace, any, &specs).await;
        ends(&tree, &child1, "child1", end).await;
        assert_eq!(is_up(&tree), matches!(end, End::Terminated), "{end:?}");
        tree.stop().await;

        let (trace, [child1, child2]) = children(["child1", "child2"]);
        let all = flags(OneForOne, 1).auto_shutdown(AllSignificant);
        let specs = [&child1, &child2].map(|child| temporary(child).significant(true));
        let tree = Tree::start(&trace, all, &specs).await;
        ends(&tree, &child1, "child1", end).await;
        assert!(is_up(&tree), "{end:?}");
        ends(&tree, &child2, "child2", end).await;
        assert_eq!(is_up(&tree), matches!(end, End::Terminated), "{end:?}");
        tree.stop().await;
    }
}

/// Only when a significant transient child is done does its supervisor end; a kill and a crash are restarted.
#[tokio::test(start_paused = true)]
async fn significant_transient() {
    for end in ENDS {
        let (trace, [child1, child2]) = children(["child1", "child2"]);
        let any = flags(OneForOne, 1).auto_shutdown(AnySignificant);
        let specs = [&child1, &child2].map(|child| transient(child).significant(true));
        let tree = Tree::start(&trace, any, &specs).await;
        let words = ends(&tree, &child1, "child1", end).await;
        assert_eq!(is_up(&tree), !matches!(end, End::Done), "{end:?}");
        assert_eq!(words.ends_with("+child1"), matches!(end, End::Killed | End::Crashed), "{words}");
        tree.stop().await;
    }
    let (trace, [child1, child2]) = children(["child1", "child2"]);
    let all = flags(OneForOne, 1).auto_shutdown(AllSignificant);
    let specs = [&child1, &child2].map(|child| transient(child).significant(true));
    let tree = Tree::start(&trace, all, &specs).await;
    child1.end(Exit::Normal);
    assert_eq!(tree.trace().await, "child1!normal");
    assert!(is_up(&tree));
    child2.end(Exit::Normal);
    assert_eq!(tree.trace_to_the_end().await, "child2!normal SUP(shutdown)");
}

/// A crash of the child between two significant ones stops, restarts or forgets them by the strategy, and leaves
/// the supervisor up.
#[tokio::test(start_paused = true)]
async fn significant_bystander() {
    let transients = [
        (OneForOne, "child2!boom +child2", "child1 child2 child3"),
        (OneForAll, "child2!boom -child3 -child1 +child1 +child2 +child3", "child1 child2 child3"),
        (RestForOne, "child2!boom -child3 +child2 +child3", "child1 child2 child3"),
    ];
    let temporaries = [
        (OneForOne, "child2!boom +child2", "child1 child2 child3"),
        (OneForAll, "child2!boom -child3 -child1 +child2", "child2"),
        (RestForOne, "child2!boom -child3 +child2", "child1 child2"),
    ];
    for (restart, cases) in [(Restart::Transient, transients), (Restart::Temporary, temporaries)] {
        for (auto_shutdown, (strategy, words, list)) in
            [AnySignificant, AllSignificant].into_iter().flat_map(|auto| cases.map(|case| (auto, case)))
        {
            let (trace, [child1, child2, child3]) = children(["child1", "child2", "child3"]);
            let significant = |child: &Scripted| child.child().restart(restart).significant(true);
            let specs = [significant(&child1), child2.child(), significant(&child3)];
            let tree = Tree::start(&trace, flags(strategy, 1).auto_shutdown(auto_shutdown), &specs).await;
            child2.crash("boom");
            assert_eq!(tree.trace().await, words, "{restart} {strategy} {auto_shutdown:?}");
            assert_eq!(tree.list().await, list, "{restart} {strategy} {auto_shutdown:?}");
            assert!(is_up(&tree), "{restart} {strategy} {auto_shutdown:?}");
            tree.stop().await;
        }
    }
}

/// A supervisor that shuts down for its significant child ends the one above it, if it is significant there.
#[tokio::test(start_paused = true)]
async fn significant_escalation() {
    for significant in [true, false] {
        let (trace, [worker, sibling]) = children(["worker", "sibling"]);
        let any = flags(OneForOne, 1).auto_shutdown(AnySignificant);
        let inner = spec("inner", any, &[transient(&worker).significant(true)]);
        let inner = ChildSpec::supervisor(inner).restart(Restart::Transient).significant(significant);
        let tree = Tree::start(&trace, any, &[sibling.child(), inner]).await;
        worker.end(Exit::Normal);
        let words = if significant { "worker!normal -sibling" } else { "worker!normal" };
        assert_eq!(tree.trace().await, words);
        assert_eq!(is_up(&tree), !significant);
        let shut_down = tree.history.events();
        let shut_down = shut_down.iter().filter(|event| matches!(event.what, What::AutoShutdown { .. }));
        let paths: Vec<_> = shut_down.map(|event| &*event.supervisor).collect();
        assert_eq!(paths, if significant { vec!["root/inner", "root"] } else { vec!["root/inner"] });
        if !significant {
            assert_eq!(tree.list().await, "sibling inner=down");
        }
        assert!(matches!(tree.root.stop(Exit::Shutdown).await, Exit::Shutdown));
    }
}
