//! What supervisors do beside each other has no order, neither in Erlang nor here.
//!
//! A scenario lets one supervisor act at a time. The exception is one that is held in a start: what has waited for it
//! (calls, exits) is served as soon as it is up, while whoever started it goes on as well. So where something is
//! released, the lines of each supervisor are compared in their order, but not how those of several mix. One that ends by
//! itself then may do so before or after its own supervisor starts the next child; that hears of it afterwards. Where it
//! is stopped, it ends in its order among all that end there.

use std::collections::{BTreeMap, HashMap};

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
            // To itself as well: none of its children is there before it, or after it.
            "sup_start" => {
                belongs(parent, line);
                belongs(name, line);
            }
            "sup_exit" => {
                belongs(&ends_below(parent), line);
                belongs(name, line);
            }
            "stop" => {
                belongs(&ends_below(parent), line);
                belongs(parent, line);
            }
            "start" | "start_ignore" | "start_error" | "gate" | "stop_gate" | "orphan" | "sup_up" => {
                belongs(parent, line);
            }
            _ => belongs("", line),
        }
    }
    lines
}

/// What stands for the order in which children end.
fn ends_below(parent: &str) -> String {
    format!("{parent}: ends")
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
    fn after_a_release_a_supervisor_ends_beside_the_starts_of_its_own_but_in_order_with_other_ends() {
        let scenario = scenario("release a ok\n");
        let part = |told: &str| by_supervisor(&scenario, &lines(&format!("> release a ok\n{told}")));
        let (exit, start, stop) = ("  sup_exit s #1 shutdown\n", "  start c #1\n", "  stop c #1 shutdown\n");
        assert_eq!(part(&[exit, start].concat()), part(&[start, exit].concat()));
        assert_ne!(part(&[exit, stop].concat()), part(&[stop, exit].concat()));
        assert_ne!(part(&[stop, start].concat()), part(&[start, stop].concat()));
    }
}
