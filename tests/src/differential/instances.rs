//! Where a dynamic supervisor of Erlang's is known to go another way than ours: each of these has its row in
//! `docs/otp.md`, or is one of OTP's own flaws.

use std::collections::{BTreeMap, BTreeSet};

use super::beside::plain;
use crate::scenario::{Action, Call, Child, ChildName, NewChild, Scenario, SupBlock};

/// What is known of the dynamic supervisors of a scenario, and of their instances, from what was done and from what
/// real OTP told of it.
pub(super) struct Instances<'a> {
    /// How each supervisor was specified last.
    specified: BTreeMap<&'a str, &'a SupBlock>,
    /// The supervisor of each instance.
    supervisors: BTreeMap<&'a str, &'a str>,
    /// Which incarnation of each there was last.
    incarnations: BTreeMap<&'a str, u64>,
    /// The instances that are to be terminated, with their incarnations then.
    to_terminate: BTreeMap<&'a str, u64>,
    /// Those of them whose restart has failed meanwhile.
    restarting: BTreeSet<&'a str>,
    /// The supervisors that count wrong.
    miscounting: BTreeSet<&'a str>,
}

impl<'a> Instances<'a> {
    pub(super) fn of(scenario: &'a Scenario) -> Self {
        let mut instances = Self {
            specified: BTreeMap::new(),
            supervisors: BTreeMap::new(),
            incarnations: BTreeMap::new(),
            to_terminate: BTreeMap::new(),
            restarting: BTreeSet::new(),
            miscounting: BTreeSet::new(),
        };
        instances.specify(&scenario.root);
        instances
    }

    fn specify(&mut self, block: &'a SupBlock) {
        self.specified.extend(block.sups().into_iter().map(|sup| (sup.id.as_str(), sup)));
    }

    /// Notes an action and what real OTP told of it; returns whether Erlang goes another way from there on.
    pub(super) fn go_another_way(&mut self, action: Option<&'a Action>, part: &[&'a str]) -> bool {
        let action = action.map(|action| (action, plain(action)));
        let mut started_now = None;
        if let Some((written, action)) = action {
            match action {
                Action::Upgrade { sup, to } if self.is_taken_in_another_way(sup, to) => return true,
                Action::StartChild { sup, child: NewChild::Instance(worker) } => {
                    self.supervisors.insert(&worker.id, sup);
                    started_now = Some(worker.id.as_str());
                }
                Action::Manage { call: Call::Terminate, sup, child }
                    if matches!(written, Action::Async(_))
                        && !matches!(child, ChildName::Id(_))
                        && self.supervisors.get(child.id()) == Some(&sup.as_str()) =>
                {
                    let incarnation = self.incarnations.get(child.id()).copied().unwrap_or_default();
                    self.to_terminate.insert(child.id(), incarnation);
                }
                _ => {}
            }
            if let Some(block) = action.block() {
                self.specify(block);
            }
        }
        part.iter().any(|line| self.tells_of_another_way(line, started_now))
    }

    /// **A dynamic supervisor stays one**, and **what an instance was started from** is not there if it was temporary
    /// at first: Erlang takes both, and ends at the next call, or start.
    fn is_taken_in_another_way(&self, sup: &str, to: &SupBlock) -> bool {
        let Some(before) = self.specified.get(sup) else { return false };
        let loses_arguments = is_temporary(before) && !is_temporary(to);
        is_dynamic(before) != is_dynamic(to) || (is_dynamic(to) && loses_arguments)
    }

    fn tells_of_another_way(&mut self, line: &'a str, started_now: Option<&str>) -> bool {
        let mut words = line.split_whitespace();
        let (word, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match word {
            // **Nobody is kept as a ghost.**
            "start_ignore" => self.supervisors.contains_key(name) && started_now != Some(name),
            // **An instance is known by its number.** In Erlang the pid of one that has been started again meanwhile
            // is that of nobody; here it is terminated.
            "start" => {
                let number =
                    words.next().and_then(|number| number.strip_prefix('#')?.parse().ok()).unwrap_or(0);
                self.incarnations.insert(name, number);
                self.restarting.remove(name);
                self.to_terminate.get(name).is_some_and(|before| *before < number)
            }
            "start_error" => {
                if self.to_terminate.contains_key(name) {
                    self.restarting.insert(name);
                }
                false
            }
            "reply" if name == "terminate_child" => {
                let (sup, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                let name = name.trim_start_matches("pid:");
                self.to_terminate.remove(name);
                if self.restarting.remove(name) {
                    self.miscounting.insert(sup);
                }
                false
            }
            "sup_start" => {
                self.miscounting.remove(name);
                false
            }
            _ => false,
        }
    }

    /// A part without what Erlang counts wrong: one that was terminated while it was being restarted stays missing
    /// from those that are active.
    pub(super) fn counted_right(&self, action: Option<&Action>, part: Vec<String>) -> Vec<String> {
        let asked = match action.map(plain) {
            Some(Action::Count { sup }) => Some(sup.as_str()),
            _ => None,
        };
        let counts = |line: &String| {
            let line = line.trim_start();
            match line.strip_prefix("reply count ") {
                Some(rest) => rest.split(' ').next().is_some_and(|sup| self.miscounting.contains(sup)),
                None => {
                    line.starts_with("= specs=") && asked.is_some_and(|sup| self.miscounting.contains(sup))
                }
            }
        };
        let without_active = |line: String| {
            let words = line.split(' ').filter(|word| !word.starts_with("active="));
            words.collect::<Vec<_>>().join(" ")
        };
        part.into_iter().map(|line| if counts(&line) { without_active(line) } else { line }).collect()
    }
}

fn is_dynamic(sup: &SupBlock) -> bool {
    sup.keys.term("strategy").is_some_and(|strategy| strategy.is("simple_one_for_one"))
}

/// Whether it is the supervisor of temporary instances.
fn is_temporary(sup: &SupBlock) -> bool {
    let temporary = |child: &Child| child.keys().term("restart").is_some_and(|term| term.is("temporary"));
    is_dynamic(sup) && sup.children.first().is_some_and(temporary)
}

#[cfg(test)]
mod tests {
    use super::super::differ;
    use super::*;

    const TREE: &str = "sup root\n  sup d strategy=simple_one_for_one\n    child t\n  end\nend\n---\n";

    fn scenario(actions: &str) -> Scenario {
        Scenario::parse(&format!("{TREE}{actions}")).unwrap()
    }

    /// Whether these differ, of which the second begins as the first does and then goes on in another way.
    #[track_caller]
    fn assert_differ(actions: &str, common: &str, theirs: &str, ours: &str, expected: bool) {
        let told = |end: &str| format!("> start\n{common}{end}> final\n");
        assert_eq!(differ(&scenario(actions), &told(theirs), &told(ours)), expected, "{actions}");
    }

    #[test]
    fn from_a_terminated_pid_that_was_started_again_nothing_is_compared() {
        let asked = "start_child d dyn i\nasync terminate_child d i\nrelease i ok\n";
        let common =
            "> start_child d dyn i\n  start i #1\n  = ok i#1\n> async terminate_child d i\n> release i ok\n";
        let theirs = "  start i #2\n  reply terminate_child d i = ok\n";
        let ours = "  start i #2\n  stop i #2 shutdown\n  reply terminate_child d i = ok\n";
        assert_differ(asked, common, theirs, ours, false);
        assert_differ(
            &asked.replace("async terminate_child", "async delete_child"),
            common,
            theirs,
            ours,
            true,
        );
        assert_differ(asked, common, &theirs.replace("#2", "#1"), &ours.replace("#2", "#1"), true);
    }

    #[test]
    fn after_a_restarting_instance_was_terminated_the_active_ones_are_not_compared() {
        let asked = "start_child d dyn i\nasync terminate_child d i\nrelease i error\ncount d\n";
        let common = "> start_child d dyn i\n  start i #1\n  = ok i#1\n> async terminate_child d i\n> release i error\n  start_error i start_failed\n  reply terminate_child d i = ok\n> count d\n";
        let counts = |active: i32, workers: i32| {
            format!("  = specs=1 active={active} supervisors=0 workers={workers}\n")
        };
        assert_differ(asked, common, &counts(-1, 0), &counts(0, 0), false);
        assert_differ(asked, common, &counts(0, 1), &counts(0, 0), true);
        let common = common.replace("start_error i start_failed", "stop i #1 shutdown");
        assert_differ(asked, &common, &counts(-1, 0), &counts(0, 0), true);
    }

    #[test]
    fn from_an_instance_that_is_not_needed_at_its_restart_nothing_is_compared() {
        let asked = "start_child d dyn i\ncrash i\nwhich d\n";
        let common =
            "> start_child d dyn i\n  start i #1\n  = ok i#1\n> crash i\n  start_ignore i\n> which d\n";
        assert_differ(asked, common, "  = [undefined=undefined]\n", "  = []\n", false);
        let common = "> start_child d dyn i\n  start_ignore i\n  = ok undefined\n> crash i\n  !! not running\n> which d\n";
        assert_differ(asked, common, "  = [undefined=undefined]\n", "  = []\n", true);
    }

    #[test]
    fn from_an_upgrade_that_only_erlang_takes_nothing_is_compared() {
        let upgrade = |keys: &str| format!("upgrade d\nsup d {keys}\n  child t\nend\n");
        let common = "> upgrade d\n";
        assert_differ(&upgrade("strategy=one_for_one"), common, "  = ok\n", "  = error no\n", false);
        assert_differ(&upgrade("strategy=simple_one_for_one"), common, "  = ok\n", "  = error no\n", true);
    }

    #[test]
    fn from_a_template_that_is_no_longer_temporary_nothing_is_compared() {
        let upgrade = |keys: &str| {
            format!(
                "upgrade d\nsup d strategy=simple_one_for_one\n  child t {keys}\nend\nupgrade d\nsup d strategy=simple_one_for_one\n  child t\nend\ncrash i\n"
            )
        };
        let common = "> upgrade d\n  = ok\n> upgrade d\n  = ok\n> crash i\n";
        assert_differ(&upgrade("restart=temporary"), common, "  sup_exit d #1 shutdown\n", "", false);
        assert_differ(&upgrade("restart=transient"), common, "  sup_exit d #1 shutdown\n", "", true);
    }
}
