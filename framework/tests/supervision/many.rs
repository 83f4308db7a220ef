//! Many at once: each end is counted once, and each child is started again or forgotten once.

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{Flags, History, Restart, Supervisor, SupervisorSpec};
use mistersmith::testing::{Scripted, Trace, settled};

use crate::tree::{OneForOne, flags};

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
