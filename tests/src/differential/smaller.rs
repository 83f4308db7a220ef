//! Scenarios that are one thing smaller than another: fewer steps, fewer children, fewer keys.

use crate::scenario::{Child, Keys, Scenario, SupBlock};

/// All of them, those with much less first.
pub(super) fn smaller(scenario: &Scenario) -> Vec<Scenario> {
    let mut all = fewer_steps(scenario);
    all.extend(smaller_blocks(&scenario.root).into_iter().map(|root| Scenario { root, ..scenario.clone() }));
    all
}

/// Without the second half, the first half, the second quarter and so on, down to single steps.
fn fewer_steps(scenario: &Scenario) -> Vec<Scenario> {
    let count = scenario.steps.len();
    let mut all = Vec::new();
    let mut length = count.div_ceil(2);
    while length > 0 {
        for begin in (0..count).step_by(length).rev() {
            let mut less = scenario.clone();
            less.steps.drain(begin..count.min(begin + length));
            all.push(less);
        }
        length /= 2;
    }
    all
}

fn smaller_blocks(block: &SupBlock) -> Vec<SupBlock> {
    let mut all = Vec::new();
    for at in (0..block.children.len()).rev() {
        let mut less = block.clone();
        less.children.remove(at);
        all.push(less);
    }
    let plainer = plainer_keys(&block.keys);
    all.extend(plainer.into_iter().map(|keys| SupBlock { keys, ..block.clone() }));
    for (at, child) in block.children.iter().enumerate() {
        let with = |child: Child| {
            let mut less = block.clone();
            less.children[at] = child;
            less
        };
        all.extend(smaller_children(child).into_iter().map(with));
    }
    all
}

fn smaller_children(child: &Child) -> Vec<Child> {
    match child {
        Child::Sup(block) => smaller_blocks(block).into_iter().map(Child::Sup).collect(),
        Child::Worker(worker) => {
            let with = |keys| {
                let mut less = worker.clone();
                less.keys = keys;
                Child::Worker(less)
            };
            plainer_keys(&worker.keys).into_iter().map(with).collect()
        }
    }
}

/// Without one of the keys; but the time for a stop goes only after the answer that may need it: the usual time for a
/// deaf worker is five seconds, and OTP's are real.
fn plainer_keys(keys: &Keys) -> Vec<Keys> {
    let without = |at: usize| {
        let mut less = keys.clone();
        less.0.remove(at);
        less
    };
    let is_needed = |at: &usize| keys.0[*at].0 == "shutdown" && keys.on_stop().is_some();
    (0..keys.0.len()).filter(|at| !is_needed(at)).map(without).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_one_thing_less_and_nothing_is_left_in_the_end() {
        let text = "sup root intensity=3\n  child a start=ok,error\n  sup s\n    child b\n  end\nend\n---\ncrash a\nwhich s\n";
        let scenario = Scenario::parse(text).unwrap();
        let all: Vec<String> = smaller(&scenario).iter().map(ToString::to_string).collect();
        for less in ["crash a\n", "which s\n", "sup root\n", "child a\n", "  sup s\n  end\n"] {
            assert!(all.iter().any(|text| text.contains(less)), "{less}");
        }
        assert!(all.iter().all(|smaller| smaller.len() < scenario.to_string().len()));

        let mut least = scenario;
        while let Some(less) = smaller(&least).into_iter().next() {
            least = less;
        }
        assert_eq!(least.to_string(), "sup root\nend\n---\n");
    }
}
