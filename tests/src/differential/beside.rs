//! What supervisors do beside each other has no order, neither in Erlang nor here.
//!
//! A scenario lets one supervisor act at a time. The exception is one that is held in a start: what has waited for it
//! (calls, exits) is served as soon as it is up, while whoever started it goes on as well. So where something is
//! released, the lines of each supervisor are compared in their order, but not how those of several mix.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::scenario::{Action, NewChild, Scenario};

/// The lines of a part that begins with a release, supervisor by supervisor; of another, all in their order.
pub(super) fn by_supervisor(scenario: &Scenario, part: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if !part.first().is_some_and(|line| line.starts_with("> release ")) {
        lines.insert(String::new(), part.to_vec());
        return lines;
    }
    let parents = parents(scenario);
    let mut belongs = |to: &str, line: &String| lines.entry(to.to_owned()).or_default().push(line.clone());
    for line in part {
        let mut words = line.split_whitespace();
        let (word, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let parent = parents.get(name).copied().unwrap_or_default();
        match word {
            "report" => belongs(name, line),
            // To its parent, and to itself: none of its children is there before it, or after it.
            "sup_start" | "sup_exit" => {
                belongs(parent, line);
                belongs(name, line);
            }
            "start" | "start_ignore" | "start_error" | "gate" | "stop" | "stop_gate" | "orphan"
            | "sup_up" => {
                belongs(parent, line);
            }
            _ => belongs("", line),
        }
    }
    lines
}

/// The supervisor of everybody who is written about.
fn parents(scenario: &Scenario) -> HashMap<&str, &str> {
    let mut parents = HashMap::new();
    let actions = scenario.steps.iter().map(|step| plain(&step.action));
    let blocks = std::iter::once(&scenario.root).chain(actions.clone().filter_map(Action::block));
    for sup in blocks.flat_map(|block| block.sups()) {
        parents.extend(sup.children.iter().map(|child| (child.id(), sup.id.as_str())));
    }
    for action in actions {
        let Action::StartChild { sup, child } = action else { continue };
        match child {
            NewChild::Worker(worker) | NewChild::Instance(worker) => parents.insert(&worker.id, sup),
            NewChild::Sup(block) => parents.insert(&block.id, sup),
            NewChild::Term(_) => None,
        };
    }
    parents
}

/// The action that is not waited for, or whose time is taken; or itself.
pub(super) fn plain(action: &Action) -> &Action {
    match action {
        Action::Async(action) | Action::Timed(action) => plain(action),
        action => action,
    }
}

/// **Nobody calls a supervisor that is not up.** In Erlang a call waits in the queue of one that is starting, before
/// what comes later, and those below it have names; here it can be made when the supervisor is up, and comes after what
/// waits by then, and one below it is found through it.
pub(super) struct EarlyCalls<'a> {
    parents: HashMap<&'a str, &'a str>,
    root: &'a str,
    starting: BTreeSet<&'a str>,
    called: BTreeSet<&'a str>,
}

impl<'a> EarlyCalls<'a> {
    pub(super) fn of(scenario: &'a Scenario) -> Self {
        let (starting, called) = (BTreeSet::new(), BTreeSet::new());
        Self { parents: parents(scenario), root: &scenario.root.id, starting, called }
    }

    /// Notes what the next part of real OTP's trace tells, and with which action it began. Returns whether a
    /// supervisor that was called too early has come up in it, or has ended; or whether one is called in it that is up
    /// below one that is not.
    pub(super) fn are_answered(&mut self, action: Option<&'a Action>, part: &[&'a str]) -> bool {
        let sup = match action.map(plain) {
            Some(
                Action::StartChild { sup, .. }
                | Action::Manage { sup, .. }
                | Action::Which { sup }
                | Action::Count { sup }
                | Action::Upgrade { sup, .. },
            ) => Some(sup.as_str()),
            Some(Action::Stop { .. } | Action::KillParent) => Some(self.root),
            _ => None,
        };
        self.called.extend(sup.filter(|sup| self.starting.contains(sup)));
        let is_up = sup.filter(|sup| !self.starting.contains(sup));
        let mut answered = std::iter::successors(is_up, |sup| self.parents.get(sup).copied())
            .any(|above| self.starting.contains(above));
        for line in part {
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("sup_start"), Some(name)) => _ = self.starting.insert(name),
                (Some("sup_up" | "sup_exit"), Some(name)) => {
                    self.starting.remove(name);
                    answered |= self.called.remove(name);
                }
                _ => {}
            }
        }
        answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(actions: &str) -> Scenario {
        let tree = "sup root\n  sup s\n    child a\n    child b\n  end\n  child c\nend\n";
        Scenario::parse(&format!("{tree}---\n{actions}")).unwrap()
    }

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn after_a_release_each_supervisor_has_an_order_but_several_have_none_together() {
        let scenario = scenario("release a ok\n");
        let same = |one: &str, other: &str| {
            by_supervisor(&scenario, &lines(one)) == by_supervisor(&scenario, &lines(other))
        };
        let told =
            "> release a ok\n  start a #2\n  sup_up s #2\n  start c #2\n  stop a #2 boom\n  start a #3\n";
        let mixed =
            "> release a ok\n  start a #2\n  sup_up s #2\n  stop a #2 boom\n  start c #2\n  start a #3\n";
        let turned =
            "> release a ok\n  start a #2\n  sup_up s #2\n  start c #2\n  start a #3\n  stop a #2 boom\n";
        assert!(same(told, mixed));
        assert!(!same(told, turned));
        assert!(!same(&told.replace("release a ok", "crash a"), &mixed.replace("release a ok", "crash a")));
        let ended = "> release a ok\n  stop a #2 shutdown\n  sup_exit s #2 shutdown\n";
        assert!(!same(ended, "> release a ok\n  sup_exit s #2 shutdown\n  stop a #2 shutdown\n"));
    }

    #[test]
    fn a_call_is_early_from_the_start_of_its_supervisor_until_that_is_up() {
        let scenario = scenario("which s\nrelease a ok\nasync which s\nrelease a ok\n");
        let steps = &scenario.steps;
        let mut calls = EarlyCalls::of(&scenario);
        let mut hear = |step: Option<usize>, part: &[&'static str]| {
            calls.are_answered(step.map(|step| &steps[step].action), part)
        };
        assert!(!hear(None, &["> start", "  sup_start root #1", "  sup_start s #1", "  gate a"]));
        assert!(!hear(Some(0), &["> which s"]));
        assert!(hear(Some(1), &["> release a ok", "  sup_up s #1", "  sup_up root #1"]));
        assert!(!hear(Some(2), &["> async which s"]));
        assert!(!hear(Some(3), &["> release a ok"]));
    }

    #[test]
    fn a_call_is_early_while_a_supervisor_above_starts() {
        let scenario = scenario("which s\nrelease c ok\nwhich s\n");
        let mut calls = EarlyCalls::of(&scenario);
        let mut hear = |step: Option<usize>, part: &[&'static str]| {
            calls.are_answered(step.map(|step| &scenario.steps[step].action), part)
        };
        assert!(!hear(
            None,
            &["> start", "  sup_start root #1", "  sup_start s #1", "  sup_up s #1", "  gate c"]
        ));
        assert!(hear(Some(0), &["> which s", "  = []"]));
        assert!(!hear(Some(1), &["> release c ok", "  sup_up root #1"]));
        assert!(!hear(Some(2), &["> which s", "  = []"]));
    }
}
