//! The cases of `pg` that groups within one process have too. A group is a capability; a member is in it from its
//! registration to its end.

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::domain::DomainSpec;
use mistersmith::identity::Incarnation;
use mistersmith::registry::{Change, Filter, WATCH_CAPACITY};
use mistersmith::supervisor::{Flags, Restart, Strategy};
use mistersmith::system::System;
use mistersmith::testing::{ScriptedAgent, Spawn, settled};

use crate::entries::{id, joined, key, members, record, registry, told};

fn of_group(name: &str) -> Filter {
    Filter::default().capability(key(name))
}

/// Members join and are listed, in this group and in no other; when they leave, nothing is there.
#[tokio::test(start_paused = true)]
async fn pg() {
    let registry = registry();
    assert_eq!(members(&registry, "group"), [0; 0]);
    let (one, two) = (joined(&registry, 1, &["group"]), joined(&registry, 2, &["group", "other"]));
    assert_eq!((members(&registry, "group"), members(&registry, "other")), (vec![1, 2], vec![2]));
    drop(one);
    drop(two);
    assert_eq!((members(&registry, "group"), members(&registry, "other")), (vec![], vec![]));
    assert!(registry.is_empty());
}

/// To take out a member that has ended just before is no error and takes out nobody else, a hundred times.
#[tokio::test(start_paused = true)]
async fn leave_exit_race() {
    let registry = registry();
    let _other = joined(&registry, 1_000, &["group"]);
    for number in 0..100 {
        let member = joined(&registry, number, &["group"]);
        let ends = std::thread::spawn(move || drop(member));
        registry.deregister(&id("member", number), Incarnation::FIRST);
        ends.join().unwrap();
        assert_eq!(members(&registry, "group"), [1_000], "round {number}");
    }
}

/// A member leaves once; to take it out again, or to take out one that never was there, says so; one that is
/// killed is gone. (In `pg` three joins are three memberships; here they are one.)
#[tokio::test(start_paused = true)]
async fn single() {
    let registry = registry();
    let _member = joined(&registry, 1, &["group", "group", "group"]);
    assert_eq!(members(&registry, "group"), [1]);
    assert!(registry.deregister(&id("member", 1), Incarnation::FIRST));
    assert!(!registry.deregister(&id("member", 1), Incarnation::FIRST));
    assert!(!registry.deregister(&id("member", 2), Incarnation::FIRST));

    let floor = DomainSpec::new("floor", Flags::new(Strategy::OneForOne, 1, 5)).unwrap();
    let till = ScriptedAgent::new("till").spec().unwrap().capability(key("group"));
    let system = System::builder("shop").domain(floor.agent(till.restart(Restart::Temporary)));
    let system = system.start().await.unwrap();
    assert_eq!(members(system.registry(), "group").len(), 1);
    assert!(system.agents()[0].kill());
    settled(system.clock()).await;
    assert_eq!(members(system.registry(), "group"), [0; 0]);
    system.stop().await;
}

/// With 10,000 groups and 2,000 changes that a watcher has not read, a join is there when it returns.
#[tokio::test(start_paused = true)]
async fn thundering_herd() {
    let registry = registry();
    let mut behind = registry.watch(Filter::default());
    let names: Vec<_> = (0..10_000).map(|number| format!("group{number}")).collect();
    let _herd: Vec<_> =
        names.iter().zip(1..).map(|(name, number)| joined(&registry, number, &[name])).collect();
    for _ in 0..1_000 {
        drop(joined(&registry, 0, &["group0"]));
    }
    let late = joined(&registry, 20_000, &["group0"]);
    assert_eq!(members(&registry, "group0"), [1, 20_000]);
    drop(late);
    let told = told(&mut behind).await;
    let missed = 10_000 + 2_000 + 2 - WATCH_CAPACITY;
    assert!(told.ends_with(&format!("Lagged {{ missed: {missed} }}")), "{}", &told[told.len() - 50..]);
}

/// The same member twice is refused, and is there once.
#[tokio::test(start_paused = true)]
async fn double() {
    let registry = registry();
    let member = joined(&registry, 1, &["group"]);
    registry.register(record("member", 1, 1, &["group"])).unwrap_err();
    assert_eq!(members(&registry, "group"), [1]);
    drop(member);
    assert_eq!(members(&registry, "group"), [0; 0]);
}

/// Who watches is told first of those who are there, and again when it watches anew.
#[tokio::test(start_paused = true)]
async fn monitor_nonempty_scope() {
    let registry = registry();
    let _members = [joined(&registry, 1, &["one"]), joined(&registry, 2, &["two"])];
    for _ in 0..2 {
        let mut changes = registry.watch(Filter::default());
        assert_eq!(told(&mut changes).await, "+1 +2");
    }
}

/// Several watchers of everything are told of each join and leave in order; one that is dropped is forgotten, and
/// the others go on.
#[tokio::test(start_paused = true)]
async fn monitor_scope() {
    let registry = registry();
    let (mut first, mut second) = (registry.watch(Filter::default()), registry.watch(Filter::default()));
    let one = joined(&registry, 1, &["group"]);
    let two = joined(&registry, 2, &["other"]);
    drop(one);
    assert_eq!(told(&mut first).await, "+1 +2 -1");
    assert_eq!(told(&mut second).await, "+1 +2 -1");
    drop(first);
    drop(two);
    let _three = joined(&registry, 3, &["group"]);
    assert_eq!(told(&mut second).await, "-2 +3");
}

/// A watcher of one group is told of that group only.
#[tokio::test(start_paused = true)]
async fn monitor() {
    let registry = registry();
    let _before = joined(&registry, 1, &["group"]);
    let mut changes = registry.watch(of_group("group"));
    let other = joined(&registry, 2, &["other"]);
    let both = joined(&registry, 3, &["group", "other"]);
    drop(other);
    drop(both);
    assert_eq!(told(&mut changes).await, "+1 +3 -3");
}

/// A process that is a member and watches its own group ends, and takes both with it.
#[tokio::test(start_paused = true)]
async fn monitor_self() {
    let registry = registry();
    let mut other = registry.watch(of_group("group"));
    let myself = async {
        let _member = joined(&registry, 1, &["group"]);
        let mut changes = registry.watch(of_group("group"));
        assert!(matches!(changes.next().await, Some(Change::Registered(_))));
        changes.next().await // nothing comes: it ends here
    };
    assert!(Clock::machine().timeout(Duration::from_secs(1), myself).await.is_err());
    let _next = joined(&registry, 2, &["group"]);
    assert_eq!(told(&mut other).await, "+1 -1 +2");
}

/// Who watches two groups and everything is told of each change once by each watch that means it.
#[tokio::test(start_paused = true)]
async fn multi_monitor() {
    let registry = registry();
    let mut watches =
        [of_group("one"), of_group("two"), Filter::default()].map(|filter| registry.watch(filter));
    let member = joined(&registry, 1, &["one", "two"]);
    drop(member);
    let _other = joined(&registry, 2, &["two"]);
    let mut words = Vec::new();
    for watch in &mut watches {
        words.push(told(watch).await);
    }
    assert_eq!(words, ["+1 -1", "+1 -1 +2", "+1 -1 +2"]);
}

/// Who is in sixteen groups leaves all of them, and is told of each group's end once; others stay.
#[tokio::test(start_paused = true)]
async fn group_leave() {
    let registry = registry();
    let names: Vec<_> = (0..16).map(|number| format!("group{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let four: Vec<_> = (1..=4).map(|number| joined(&registry, number, &names)).collect();
    let left: Vec<_> = four.into_iter().skip(1).collect();
    for name in &names {
        assert_eq!(members(&registry, name), [2, 3, 4]);
    }
    drop(left);
    assert!(names.iter().all(|name| members(&registry, name).is_empty()));
}
