//! Many children: counts and lists agree, and none of it depends on how many there are.

use mistersmith::supervisor::{ChildSpec, SupervisorSpec};
use mistersmith::testing::Scripted;

use crate::sight::counts;
use crate::tree::{OneForOne, Tree, children, flags};

/// As many supervisors as workers can be counted: 1,000, then 2,000, then none.
#[tokio::test(start_paused = true)]
async fn count_children_supervisor() {
    let (trace, []) = children([]);
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[]).await;
    let below = |number: usize| SupervisorSpec::new(format!("below {number}"), flags(OneForOne, 1));
    for (from, to) in [(0, 1_000), (1_000, 2_000)] {
        for number in from..to {
            tree.root.start_child(ChildSpec::supervisor(below(number))).await.unwrap();
        }
        assert_eq!(counts(&tree.root).await, [to, to, to, 0]);
        assert_eq!(tree.root.which_children().await.len(), to);
    }
    for number in 0..2_000 {
        tree.root.terminate_child(format!("below {number}")).await.unwrap();
    }
    assert_eq!(counts(&tree.root).await, [2_000, 0, 2_000, 0]);
    tree.stop().await;
}

/// 1,000 children can be started and terminated by name, and so can 100,000, each in the order asked for.
/// (Erlang compares the times; that the work is in proportion is measured in `docs/performance.md`.)
#[tokio::test(start_paused = true)]
async fn scale_start_stop_many_children() {
    for count in [1_000_usize, 100_000] {
        let (trace, []) = children([]);
        let tree = Tree::start(&trace, flags(OneForOne, 1), &[]).await;
        for number in 0..count {
            tree.root.start_child(Scripted::worker(number.to_string(), &trace).child()).await.unwrap();
        }
        assert_eq!(counts(&tree.root).await, [count, count, 0, count]);
        for number in 0..count {
            tree.root.terminate_child(number.to_string()).await.unwrap();
            tree.root.delete_child(number.to_string()).await.unwrap();
        }
        assert_eq!(counts(&tree.root).await, [0, 0, 0, 0]);
        let words = tree.trace.take();
        let started = (0..count).map(|number| format!("+{number}"));
        let stopped = (0..count).map(|number| format!("-{number}"));
        assert!(
            words.split(' ').eq(started.chain(stopped)),
            "each is started once and stopped once, in order"
        );
        tree.stop().await;
    }
}
