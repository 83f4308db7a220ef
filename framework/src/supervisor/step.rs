//! What follows when a child has ended: one step, decided from the flags, the budget and the list of children.
//!
//! The process that carries steps out and the forecast that only tells of them both ask here, so that they cannot
//! disagree.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::plan::Member;
use super::{Budget, Flags, Plan, Restart, Strategy, Verdict, plan, shuts_down, verdict};
use crate::exit::Exit;

/// What a supervisor does about one end of a child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step<K> {
    /// The child stays down, and its specification is kept or forgotten as the verdict says.
    Stay(Verdict),
    /// As [`Step::Stay`]; and the supervisor stops its other children and ends.
    ShutDown(Verdict),
    /// This restart is carried out.
    Restart(Plan<K>),
    /// A restart would be one too many: the child stays down, the supervisor stops its other children and ends.
    GiveUp,
}

/// The children of one supervisor, as a decision sees them.
pub trait Family<K> {
    /// The restart type of a child, and whether it is significant.
    fn kind(&self, child: K) -> (Restart, bool);

    /// Whether a child that has ended for good is kept, down. A dynamic supervisor forgets its instances.
    fn keeps_ended(&self) -> bool;

    /// Whether a significant child runs or is being restarted.
    fn significant_up(&self) -> bool;

    /// Whether an earlier process of a child was killed and does not yield.
    fn is_orphaned(&self, child: K) -> bool;

    /// What a plan for a restart of `ended` has to know, in start order: of its whole group, and of nobody more
    /// than is needed to tell.
    fn members(&self, strategy: Strategy, ended: K) -> impl Iterator<Item = Member<K>>;
}

/// What is done about a child of `family` that has ended, and is down now, with `exit`. A restart is spent from the
/// budget.
pub fn after_end<K: Copy + PartialEq>(
    flags: &Flags,
    budget: &mut Budget,
    now: Duration,
    family: &impl Family<K>,
    ended: K,
    exit: &Exit,
) -> Step<K> {
    let (restart, significant) = family.kind(ended);
    match verdict(restart, exit) {
        Verdict::Keep if !family.keeps_ended() => Step::Stay(Verdict::Forget),
        Verdict::Restart => after_failure(flags, budget, now, family, ended),
        verdict if shuts_down(flags.auto_shutdown, significant, family.significant_up()) => {
            Step::ShutDown(verdict)
        }
        verdict => Step::Stay(verdict),
    }
}

/// What is done about a child that is to be started again: the restart is spent from the budget and, if that allows,
/// carried out.
pub fn after_failure<K: Copy + PartialEq>(
    flags: &Flags,
    budget: &mut Budget,
    now: Duration,
    family: &impl Family<K>,
    ended: K,
) -> Step<K> {
    if !budget.spend(now) {
        return Step::GiveUp;
    }
    Step::Restart(plan(flags.strategy, ended, family.members(flags.strategy, ended)))
}

/// For whose end the start of this group has to wait: that of those who were killed and do not yield.
pub fn waits_for<K: Copy>(family: &impl Family<K>, group: &[K]) -> Vec<K> {
    group.iter().copied().filter(|child| family.is_orphaned(*child)).collect()
}
