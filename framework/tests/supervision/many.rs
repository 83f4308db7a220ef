//! Many at once: each end is counted once, each child is started again or forgotten once, and a dry run says so.

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{Flags, History, Outcome, Restart, Supervisor, SupervisorSpec};
use mistersmith::testing::{Scripted, Trace, settled};

use crate::tree::{OneForAll, OneForOne, flags};

#[tokio::test(start_paused = true)]
async fn ten_thousand_that_die_at_once_are_started_again_once_each() {
    const MANY: usize = 10_000;
    let trace = Trace::new();
    let children: Vec<_> = (0..MANY).map(|number| Scripted::worker(number.to_string(), &trace)).collect();
    let enough = Flags::new(OneForOne, 2 * u32::try_from(MANY).unwrap(), 5);
    let root =
        children.iter().fold(SupervisorSpec::new("root", enough), |spec, child| spec.child(child.child()));
    let (clock, history) = (Clock::seeded(1), History::new(10));
    let root = Supervisor::start(root, &clock, &history).await.unwrap();
    let mut done = trace.take();
    children.iter().for_each(|child| child.crash("boom"));
    settled(&clock).await;
    assert_eq!(root.count_children().await.unwrap().active, MANY);
    assert_eq!(root.tree().budget_left, Some(u32::try_from(MANY).unwrap()), "each counted once");
    root.stop(Exit::Shutdown).await;
    done += " ";
    done += &trace.take();
    assert_eq!(done.matches('+').count(), 2 * MANY);
    assert_eq!(done.matches('!').count() + done.matches('-').count(), 2 * MANY);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_temporary_ones_that_die_at_once_are_all_forgotten() {
    const MANY: usize = 10_000;
    let trace = Trace::new();
    let children: Vec<_> = (0..MANY).map(|number| Scripted::worker(number.to_string(), &trace)).collect();
    let temporary = children.iter().map(|child| child.child().restart(Restart::Temporary));
    let root = temporary.fold(SupervisorSpec::new("root", flags(OneForOne, 0)), SupervisorSpec::child);
    let (clock, history) = (Clock::seeded(1), History::new(10));
    let root = Supervisor::start(root, &clock, &history).await.unwrap();
    children.iter().for_each(Scripted::kill);
    settled(&clock).await;
    assert_eq!(root.count_children().await.unwrap(), Default::default());
    assert!(root.tree().children.is_empty());
    root.stop(Exit::Shutdown).await;
}

/// Each child is looked at a few times. If each look were a search, this would take minutes, and not seconds.
#[test]
fn a_group_of_a_hundred_thousand_is_told_by_looking_at_each_of_them() {
    const MANY: usize = 100_000;
    let trace = Trace::new();
    let child = |number: usize| {
        let child = Scripted::worker(number.to_string(), &trace).child();
        if number.is_multiple_of(2) { child } else { child.restart(Restart::Temporary) }
    };
    let group =
        (0..MANY).map(child).fold(SupervisorSpec::new("root", flags(OneForAll, 1)), SupervisorSpec::child);
    let mut dry_run = group.dry_run();
    let forecast = dry_run.end("root/50000", Exit::Killed).unwrap();
    let Outcome::Restarted(restarted) = &forecast.outcome else { panic!("{forecast}") };
    assert_eq!(restarted.stopped.len(), MANY - 1);
    assert_eq!(
        (restarted.stopped[0].as_str(), restarted.stopped[MANY - 2].as_str()),
        ("root/99999", "root/0")
    );
    assert_eq!((restarted.forgotten.len(), restarted.started.len()), (MANY / 2, MANY / 2));
    assert_eq!((restarted.started[0].as_str(), restarted.started[1].as_str()), ("root/0", "root/2"));
    assert_eq!(dry_run.children().len(), MANY / 2);
}
