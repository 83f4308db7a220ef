//! Many children: counts and lists agree, and none of it depends on how many there are.

use std::sync::Mutex;
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, ChildState, ChildType, Dynamic, DynamicSpec, Flags, History, Restart, Supervisor,
    SupervisorSpec,
};
use mistersmith::testing::{OnStart, Scripted, settled};

use crate::pool::{Pool, pool, template};
use crate::sight::counts;
use crate::tree::{OneForOne, Tree, children, flags};

/// Starts instances until there are 1,000, then 2,000: counts and lists agree. Kills all: nothing is left.
async fn count<A: Send + Sync + 'static>(
    spec: DynamicSpec<A>,
    column: usize,
    instance: impl Fn(String) -> A,
    kill: impl Fn(&Supervisor),
) {
    let clock = Clock::seeded(1);
    let root = Dynamic::start(spec, &clock, &History::default()).await.unwrap();
    for (from, to) in [(0, 1_000), (1_000, 2_000)] {
        for number in from..to {
            root.start_child(instance(number.to_string())).await.unwrap().unwrap();
        }
        let mut expected = [to, to, 0, 0];
        expected[column] = to;
        assert_eq!(counts(root.supervisor()).await, expected);
        let rows = root.which_children().await.unwrap();
        assert_eq!(rows.iter().filter(|row| row.state == ChildState::Running).count(), to);
    }
    kill(root.supervisor());
    settled(&clock).await;
    assert_eq!(counts(root.supervisor()).await, [0, 0, 0, 0]);
    assert!(root.which_children().await.unwrap().is_empty());
    root.stop(Exit::Shutdown).await;
}

/// 1,000 workers can be counted, 2,000, and none.
#[tokio::test(start_paused = true)]
async fn count_children() {
    let (trace, []) = children([]);
    let started = Mutex::new(Vec::new());
    let instance = |number| {
        let child = Scripted::worker(number, &trace);
        started.lock().unwrap().push(child.clone());
        child
    };
    let spec = pool(flags(OneForOne, 1), template(Restart::Temporary));
    count(spec, 3, instance, |_| started.lock().unwrap().iter().for_each(Scripted::kill)).await;
}

/// 1,000 supervisors can be counted, 2,000, and none.
#[tokio::test(start_paused = true)]
async fn count_children_supervisor() {
    let rules = flags(OneForOne, 1);
    let below = move |name: &String| SupervisorSpec::new(name, rules);
    let template = ChildSpec::template("below", ChildType::Supervisor).restart(Restart::Temporary);
    let spec = SupervisorSpec::dynamic("root", rules).template(template, below);
    let all = |root: &Supervisor| {
        (0..2_000).for_each(|number| root.child(format!("below#{number}")).unwrap().kill())
    };
    count(spec, 2, |number| number, all).await;
}

/// Instances whose restart fails are counted as workers that are not active, until they run again; they can be
/// terminated meanwhile.
#[tokio::test(start_paused = true)]
async fn count_restarting_children() {
    const SECOND: Duration = Duration::from_secs(1);
    let (trace, three) = children(["child1", "child2", "child3"]);
    let limited = template(Restart::Permanent).start_timeout(Some(SECOND));
    let pool = Pool::start(&trace, pool(Flags::new(OneForOne, 10, 1), limited)).await;
    let mut instances = Vec::new();
    for child in &three {
        instances.push(pool.add(child).await);
    }
    assert_eq!(pool.counts().await, [3, 3, 0, 3]);
    for child in &three {
        child.next_starts(std::iter::repeat_n(OnStart::Hang, 5));
        child.crash("boom");
    }
    pool.clock.sleep(3 * SECOND + SECOND / 2).await;
    assert_eq!(pool.counts().await, [3, 0, 0, 3]);
    pool.root.terminate_child(instances.remove(0)).await.unwrap();
    assert_eq!(pool.counts().await, [2, 0, 0, 2]);
    pool.clock.sleep(20 * SECOND).await;
    assert_eq!(pool.counts().await, [2, 2, 0, 2], "they run again");
    for instance in instances {
        pool.root.terminate_child(instance).await.unwrap();
    }
    assert_eq!(pool.counts().await, [0, 0, 0, 0]);
    pool.stop().await;
}

/// 1,000 temporary instances can be terminated one by one, and so can 10,000: each once, and the others stay.
/// (Erlang compares the times; see `docs/performance.md`.)
#[tokio::test(start_paused = true)]
async fn simple_one_for_one_scale_many_temporary_children() {
    for count in [1_000_usize, 10_000] {
        let (trace, []) = children([]);
        let pool = Pool::start(&trace, pool(flags(OneForOne, 1), template(Restart::Temporary))).await;
        let mut instances = Vec::new();
        for number in 0..count {
            instances.push(pool.add(&Scripted::worker(number.to_string(), &trace)).await);
        }
        assert_eq!(pool.counts().await, [count, count, 0, count]);
        for (terminated, instance) in instances.into_iter().enumerate() {
            pool.root.terminate_child(instance).await.unwrap();
            if terminated % 1_000 == 999 {
                let left = count - terminated - 1;
                assert_eq!(pool.counts().await, [left, left, 0, left]);
            }
        }
        let words = pool.trace.take();
        let (started, stopped) =
            ((0..count).map(|number| format!("+{number}")), (0..count).map(|number| format!("-{number}")));
        assert!(
            words.split(' ').eq(started.chain(stopped)),
            "each is started once and stopped once, in order"
        );
        assert_eq!(pool.stop().await, "");
    }
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
