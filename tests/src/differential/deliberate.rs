//! The deliberate differences between our supervisors and Erlang's, as far as a trace can show them: whatever else
//! differs is a mistake of somebody's.
//!
//! Each has its row in `docs/otp.md`, "Deliberate differences", with the reason. There are two kinds: what is told
//! in other words is put into the same words on both sides; and where a scenario really goes another way from some
//! action on, it is compared up to that action.

use super::beside::by_supervisor;
use super::instances::Instances;
use super::upgrades::{Upgrades, first_upgrade_from_afar, reaches_nobody};
use crate::scenario::{Action, BurstExit, Child, Scenario, SupBlock};

/// What came of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// The traces differ in a way that is not deliberate.
    Differ,
    /// They do not, in so many parts of so many. What follows these goes another way on purpose.
    Alike { compared: usize, parts: usize },
}

/// Whether two traces of a scenario (real OTP's, then ours) differ in a way that is not deliberate.
#[must_use]
pub fn differ(scenario: &Scenario, theirs: &str, ours: &str) -> bool {
    compare(scenario, theirs, ours) == Comparison::Differ
}

/// As [`differ`], and how far they were compared.
pub(super) fn compare(scenario: &Scenario, theirs: &str, ours: &str) -> Comparison {
    let (all_of_theirs, ours) = (actions(theirs), actions(ours));
    let up_to = |compared| Comparison::Alike { compared, parts: all_of_theirs.len() };
    if refuses_more(scenario) {
        return up_to(0);
    }
    let hidden = first_hidden_end(scenario).into_iter().chain(first_upgrade_from_afar(scenario)).min();
    let mut upgrades = Upgrades::default();
    let mut instances = Instances::of(scenario);
    for (index, (theirs, ours)) in all_of_theirs.iter().zip(&ours).enumerate() {
        // The first part is the start, and an action's is the one after its number; that of a step that hides is left out.
        if hidden.is_some_and(|step| index > step) || lives_on(theirs, ours) {
            return up_to(index);
        }
        let action = index.checked_sub(1).and_then(|step| scenario.steps.get(step)).map(|step| &step.action);
        if instances.go_another_way(action, theirs) || upgrades.wait_together(action, theirs) {
            return up_to(index);
        }
        let takes_its_time = theirs.iter().any(|line| orphan(line).is_some() && !line.ends_with(" killed"));
        let in_same_words = |part: &[&str]| {
            let mut said = instances.counted_right(action, in_same_words(part));
            said.retain(|line| !takes_its_time || !line.starts_with("  elapsed "));
            said
        };
        let (theirs_said, ours_said) = (in_same_words(theirs), in_same_words(ours));
        if theirs_said != ours_said
            && by_supervisor(scenario, &theirs_said) != by_supervisor(scenario, &ours_said)
        {
            let is_overtaken = Upgrades::is_overtaken(&all_of_theirs[index..], ours);
            return if is_overtaken { up_to(index) } else { Comparison::Differ };
        }
        if reaches_nobody(theirs) {
            return up_to(index + 1);
        }
    }
    if all_of_theirs.len() == ours.len() { up_to(ours.len()) } else { Comparison::Differ }
}

/// A trace in parts: each line at the margin, with what is told below it.
fn actions(trace: &str) -> Vec<Vec<&str>> {
    let mut parts: Vec<Vec<&str>> = Vec::new();
    for line in trace.lines() {
        match parts.last_mut() {
            Some(part) if line.starts_with(' ') => part.push(line),
            _ => parts.push(vec![line]),
        }
    }
    parts
}

/// **No orphans.** Below a supervisor that was killed nobody is left; in Erlang a process there ends when, how and
/// if it likes. From the first one that lives on, the scenarios go different ways. Up to it they do not, and one
/// that has ended in Erlang in another way does not live on.
fn lives_on(theirs: &[&str], ours: &[&str]) -> bool {
    let (theirs, ours) = (in_same_words(theirs), in_same_words(ours));
    let lives = |line: &&String| orphan(line).is_some() && !theirs.contains(line);
    let Some((index, line)) = ours.iter().enumerate().find(|(_, line)| lives(line)) else { return false };
    let process = orphan(line).unwrap_or_default();
    let has_ended = |line: &String| {
        let rest = line.trim_start();
        let rest = rest.strip_prefix("stop ").or_else(|| rest.strip_prefix("sup_exit "));
        rest.and_then(|rest| rest.strip_prefix(process)).is_some_and(|rest| rest.starts_with(' '))
    };
    theirs.get(..index) == ours.get(..index) && !theirs.iter().any(has_ended)
}

/// The process of which a line says that it ended as an orphan, without its reason.
fn orphan(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("orphan ")?;
    let name = rest.find(' ')? + 1;
    let number = rest[name..].find(' ').unwrap_or(rest.len() - name);
    Some(&rest[..name + number])
}

/// **No orphans**, in the same words: ours are all `killed`. (One that is not may have taken its time before it ended,
/// which is not compared.)
fn in_same_words(part: &[&str]) -> Vec<String> {
    let is_orphan = |name: &str| {
        part.iter().filter_map(|line| orphan(line)).any(|other| other.split(' ').next() == Some(name))
    };
    // What an orphan reports before it ends is told by Erlang only.
    let by_orphan = |line: &str| {
        let by = line.strip_prefix("  report ").and_then(|rest| rest.split(' ').next());
        by.is_some_and(is_orphan)
    };
    let in_same_words = |line: &str| match orphan(line) {
        Some(process) => format!("  orphan {process}"),
        None => line.to_owned(),
    };
    part.iter().filter(|line| !by_orphan(line)).map(|line| in_same_words(line)).collect()
}

/// **Nobody hides an end.** In Erlang a child that has dropped its link ends unnoticed; ours has no such means. This
/// is the first step that ends one by itself which has tried.
fn first_hidden_end(scenario: &Scenario) -> Option<usize> {
    let mut hiding: Vec<&str> = Vec::new();
    for (index, step) in scenario.steps.iter().enumerate() {
        match &step.action {
            Action::Unlink { name } => hiding.push(name),
            Action::Exit { name, .. }
            | Action::Crash { name, .. }
            | Action::Kill { name }
            | Action::Signal { name, .. }
                if hiding.contains(&name.as_str()) =>
            {
                return Some(index);
            }
            Action::Burst { exits, .. }
                if exits.iter().any(|BurstExit { name, .. }| hiding.contains(&name.as_str())) =>
            {
                return Some(index);
            }
            _ => {}
        }
    }
    None
}

/// **A dynamic supervisor has no significant instances.** We refuse one with an `auto_shutdown`, as the newest OTP
/// does; the OTP that we are compared with takes it and never heeds it.
fn refuses_more(scenario: &Scenario) -> bool {
    let written = scenario.steps.iter().filter_map(|step| step.action.block());
    std::iter::once(&scenario.root).chain(written).any(is_refused)
}

fn is_refused(sup: &SupBlock) -> bool {
    let is = |key, value| sup.keys.term(key).is_some_and(|term| term.is(value));
    let shuts_down = is("auto_shutdown", "any_significant") || is("auto_shutdown", "all_significant");
    let below = sup.children.iter().any(|child| match child {
        Child::Sup(below) => is_refused(below),
        Child::Worker(_) => false,
    });
    (is("strategy", "simple_one_for_one") && shuts_down) || below
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(actions: &str) -> Scenario {
        Scenario::parse(&format!("sup root\n  child a\n  child b onstop=ignore\nend\n---\n{actions}"))
            .unwrap()
    }

    #[test]
    fn an_unexplained_difference_differs() {
        let one = "> start\n  = ok\n> crash a\n  stop a #1 boom\n> final\n";
        let other = "> start\n  = ok\n> crash a\n  stop a #1 bang\n> final\n";
        assert!(differ(&scenario("crash a\n"), one, other));
        assert!(differ(&scenario("crash a\n"), one, "> start\n  = ok\n"));
        assert!(!differ(&scenario("crash a\n"), one, one));
    }

    #[test]
    fn orphans_may_end_for_any_reason_but_nobody_else_may() {
        let told = |reason: &str| format!("> kill root\n  sup_exit root #1 killed\n  orphan a #1 {reason}\n");
        assert!(!differ(&scenario("kill root\n"), &told("foo"), &told("killed")));
        let told = |reason: &str| format!("> kill root\n  sup_exit root #1 {reason}\n  orphan a #1 killed\n");
        assert!(differ(&scenario("kill root\n"), &told("foo"), &told("killed")));
    }

    #[test]
    fn what_an_orphan_reports_before_it_ends_is_not_compared() {
        let told = |report: &str| {
            format!("> kill root\n  sup_exit root #1 killed\n  orphan s #1 killed\n{report}> final\n")
        };
        let steps = scenario("kill root\n");
        assert!(!differ(&steps, &told("  report s shutdown_error a killed\n"), &told("")));
        assert!(differ(&steps, &told("  report t shutdown_error a killed\n"), &told("")));
    }

    #[test]
    fn from_an_orphan_that_lives_on_nothing_is_compared_but_what_was_before() {
        let theirs = "> kill root\n  sup_exit root #1 killed\n> exit b boom\n  orphan b #1 boom\n> final\n";
        let ours = "> kill root\n  sup_exit root #1 killed\n  orphan b #1 killed\n> exit b boom\n  !! not running\n> final\n";
        let steps = scenario("kill root\nexit b boom\n");
        assert!(!differ(&steps, theirs, ours));
        assert!(differ(&steps, &format!("> start\n  = ok\n{theirs}"), &format!("> start\n{ours}")));
    }

    #[test]
    fn who_was_stopped_in_erlang_does_not_live_on_there() {
        let theirs = "> crash a\n  stop b #1 shutdown\n  sup_exit root #1 shutdown\n> final\n";
        let ours = "> crash a\n  sup_exit root #1 shutdown\n  orphan b #1 killed\n> final\n";
        assert!(differ(&scenario("crash a\n"), theirs, ours));
        let theirs = "> crash a\n  sup_exit root #1 shutdown\n  stop b #1 shutdown\n> final\n";
        assert!(differ(&scenario("crash a\n"), theirs, ours));
    }

    #[test]
    fn the_time_of_an_orphan_that_ends_as_it_likes_is_not_compared() {
        let told = |reason: &str, elapsed: &str| {
            format!(
                "> timed kill s\n  sup_exit s #1 killed\n  orphan b #1 {reason}\n  elapsed {elapsed}\n> final\n"
            )
        };
        assert!(!differ(&scenario("note a\n"), &told("shutdown", "300"), &told("killed", "0")));
        assert!(differ(&scenario("note a\n"), &told("killed", "300"), &told("killed", "0")));
    }

    #[test]
    fn whether_a_supervisor_is_up_before_what_has_waited_for_it_is_left_open() {
        let theirs = "> release a ok\n  stop a #1 boom\n  sup_up root #1\n";
        let ours = "> release a ok\n  sup_up root #1\n  stop a #1 boom\n";
        assert!(!differ(&scenario("note a\n"), theirs, ours));
        assert!(differ(&scenario("note a\n"), theirs, "> release a ok\n  stop a #1 boom\n"));
    }

    #[test]
    fn how_far_a_scenario_is_compared_is_known() {
        let told = "> start\n  = ok\n> unlink a\n> crash a\n  stop a #1 boom\n> final\n";
        let far = |actions, theirs| compare(&scenario(actions), theirs, told);
        assert_eq!(far("note a\ncrash a\n", told), Comparison::Alike { compared: 4, parts: 4 });
        assert_eq!(far("unlink a\ncrash a\n", told), Comparison::Alike { compared: 2, parts: 4 });
        assert_eq!(far("note a\ncrash a\n", "> start\n  = ok\n"), Comparison::Differ);
    }

    #[test]
    fn from_a_hidden_end_nothing_is_compared() {
        let theirs = "> start\n  = ok\n> unlink a\n> crash a\n  stop a #1 boom\n> final\n";
        let ours = "> start\n  = ok\n> unlink a\n> crash a\n  stop a #1 boom\n  start a #2\n> final\n";
        assert!(!differ(&scenario("unlink a\ncrash a\n"), theirs, ours));
        assert!(differ(&scenario("note a\ncrash a\n"), theirs, ours));
        assert!(differ(&scenario("unlink a\ncrash a\n"), "> start\n  = ok\n", "> start\n"));
    }
}
