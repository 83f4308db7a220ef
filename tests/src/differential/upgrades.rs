//! Where an upgrade of Erlang's is known to go another way than ours: there it is new code that is loaded, and a
//! supervisor that is suspended until it has taken it.

use std::collections::BTreeMap;

use super::beside::plain;
use crate::scenario::{Action, Child, Scenario, SupBlock};

/// The upgrades that wait.
#[derive(Default)]
pub(super) struct Upgrades<'a>(BTreeMap<&'a str, usize>);

impl<'a> Upgrades<'a> {
    /// **Each upgrade is served in its turn**, by what it says. In Erlang both of two that wait together suspend the
    /// supervisor before one of them goes on, and it takes the newer code twice. Notes what was done, and what real OTP
    /// told of it; returns whether two wait now.
    pub(super) fn wait_together(&mut self, action: Option<&'a Action>, part: &[&str]) -> bool {
        if let Some(Action::Upgrade { sup, .. }) = action.map(plain) {
            *self.0.entry(sup).or_default() += 1;
        }
        for line in part {
            match line.trim_start().strip_prefix("reply upgrade ").and_then(|rest| rest.split(' ').next()) {
                Some(sup) => _ = self.0.remove(sup),
                None if line.starts_with("  = ") => {
                    if let Some(Action::Upgrade { sup, .. }) = action.map(plain) {
                        self.0.remove(sup.as_str());
                    }
                }
                None => {}
            }
        }
        self.0.values().any(|waiting| *waiting > 1)
    }

    /// **Each upgrade is served in its turn**, again: in Erlang it suspends the supervisor first, and one that is suspended heeds
    /// nothing but its parent: a stop that has come later is served before the upgrade, and before what waits between.
    /// `theirs` are the parts of real OTP's trace from this one on.
    pub(super) fn is_overtaken(theirs: &[Vec<&str>], ours: &[&str]) -> bool {
        let answer = |line: &str| {
            let (sup, answer) = line.trim_start().strip_prefix("reply upgrade ")?.split_once(" = ")?;
            Some((sup.to_owned(), answer.starts_with("exit ")))
        };
        let answered = |sup: &str| {
            theirs.iter().flatten().filter_map(|line| answer(line)).find(|(other, _)| other == sup)
        };
        let mut taken = ours.iter().filter_map(|line| answer(line)).filter(|(_, ended)| !ended);
        taken.any(|(sup, _)| answered(&sup).is_none_or(|(_, ended)| ended))
    }
}

/// **A specification belongs to who**, again: in Erlang it is found by the supervisor's name. So an upgrade that
/// writes something new about a supervisor two levels below holds there at its next start; here it holds when the
/// one in between starts again. This is the first such step.
pub(super) fn first_upgrade_from_afar(scenario: &Scenario) -> Option<usize> {
    let mut known: Vec<&SupBlock> = scenario.root.sups();
    for (index, step) in scenario.steps.iter().enumerate() {
        let Some(block) = step.action.block() else { continue };
        let direct = block.children.iter().filter_map(|child| match child {
            Child::Sup(sup) => Some(sup),
            Child::Worker(_) => None,
        });
        let is_new = |afar: &&SupBlock| {
            known.iter().rev().find(|other| other.id == afar.id).is_none_or(|before| before != afar)
        };
        let is_upgrade = matches!(step.action, Action::Upgrade { .. });
        if is_upgrade && direct.flat_map(|sup| sup.sups().into_iter().skip(1)).any(|afar| is_new(&afar)) {
            return Some(index + 1);
        }
        known.extend(block.sups());
    }
    None
}

/// **A specification belongs to who is started from it.** In Erlang it is code, which is new at the next start of a
/// supervisor also if none took it: because it does not run, or because its name is taken. Here that of the supervisor
/// above is to be changed.
pub(super) fn reaches_nobody(part: &[&str]) -> bool {
    let heading = part.first().copied().unwrap_or_default();
    let begins = |with: &[&str]| with.iter().any(|word| heading.starts_with(word));
    let answered = |with: &str| part.iter().any(|line| line.starts_with("  = ") && line.contains(with));
    let adds_sup =
        |line: &str| line.split_whitespace().skip_while(|word| *word != "start_child").nth(2) == Some("sup");
    let taken =
        |line: &str| line.contains("= error already_present") || line.contains("= error {already_started,");
    let replied = |line: &&str| line.starts_with("  reply start_child ") && adds_sup(line) && taken(line);
    begins(&["> upgrade ", "> async upgrade "]) && part.iter().any(|line| line.contains("= exit "))
        || adds_sup(heading)
            && ["= error already_present", "= error {already_started,"].into_iter().any(answered)
        || part.iter().any(replied)
}

#[cfg(test)]
mod tests {
    use super::super::differ;
    use super::*;

    fn scenario(actions: &str) -> Scenario {
        Scenario::parse(&format!("sup root\n  child a\n  sup s\n  end\nend\n---\n{actions}")).unwrap()
    }

    #[test]
    fn from_a_specification_of_a_supervisor_whose_name_is_taken_nothing_is_compared() {
        let told = |kind: &str, answer: &str, end: &str| {
            format!("> start_child root {kind} s intensity=1\n  = error {answer}\n> kill s\n{end}> final\n")
        };
        let differ = |kind, answer| {
            let theirs = told(kind, answer, "  start new #1\n");
            differ(&scenario("note a\nkill s\n"), &theirs, &told(kind, answer, "  start old #1\n"))
        };
        assert!(!differ("sup", "already_present"));
        assert!(!differ("sup", "{already_started,s#1}"));
        assert!(differ("sup", "{shutdown,CHILD}"));
        assert!(differ("child", "already_present"));
        let replied = |end: &str| {
            format!(
                "> release a ok\n  reply start_child root sup s = error already_present\n> kill s\n{end}> final\n"
            )
        };
        assert!(!super::super::differ(
            &scenario("release a ok\nkill s\n"),
            &replied("  start new #1\n"),
            &replied("")
        ));
    }

    #[test]
    fn from_two_upgrades_that_wait_together_nothing_is_compared() {
        let upgrade = "async upgrade s\nsup s\nend\n";
        let told = |count: usize, end: &str| {
            format!("> start\n{}> final\n{end}", "> async upgrade s\n".repeat(count))
        };
        let (theirs, ours) = ("children s: []\n", "children s: [a=undefined]\n");
        assert!(!differ(&scenario(&upgrade.repeat(2)), &told(2, theirs), &told(2, ours)));
        assert!(differ(&scenario(upgrade), &told(1, theirs), &told(1, ours)));
        let answered = |end: &str| told(2, end).replace("upgrade s\n", "upgrade s\n  reply upgrade s = ok\n");
        assert!(differ(&scenario(&upgrade.repeat(2)), &answered(theirs), &answered(ours)));
    }

    #[test]
    fn from_an_upgrade_that_is_overtaken_by_a_stop_nothing_is_compared() {
        let told = |end: &str| format!("> release a ok\n{end}> final\n");
        let (theirs, ours) = (told("  reply upgrade s = exit noproc\n"), told("  reply upgrade s = ok\n"));
        assert!(!differ(&scenario("release a ok\n"), &theirs, &ours));
        assert!(differ(&scenario("release a ok\n"), &ours, &theirs));
        let later = theirs.replace("  reply", "> kill s\n  reply");
        let both = scenario("release a ok\nkill s\n");
        assert!(!differ(&both, &later, &ours.replace("> final", "> kill s\n> final")));
        let never = later.replace("  reply upgrade s = exit noproc\n", "");
        assert!(!differ(&both, &never, &ours.replace("> final", "> kill s\n> final")));
        let later = later.replace("= exit noproc", "= ok");
        assert!(differ(&both, &later, &ours.replace("> final", "> kill s\n> final")));
    }

    #[test]
    fn from_an_upgrade_that_reaches_nobody_nothing_is_compared() {
        let told = |answer: &str, end: &str| format!("> upgrade s\n  = {answer}\n> crash a\n{end}> final\n");
        let steps = scenario("crash a\n");
        assert!(!differ(&steps, &told("exit noproc", "  start n #1\n"), &told("exit noproc", "")));
        assert!(differ(&steps, &told("ok", "  start n #1\n"), &told("ok", "")));
        assert!(differ(&steps, &told("exit noproc", ""), &told("ok", "")));
    }

    #[test]
    fn from_an_upgrade_two_levels_above_nothing_is_compared() {
        let text = |worker: &str| {
            format!("sup root\n  sup s\n    sup t\n      child {worker}\n    end\n  end\nend\n")
        };
        let with = |upgrade: &str| {
            Scenario::parse(&format!("{}---\nupgrade root\n{upgrade}kill t\n", text("a"))).unwrap()
        };
        let told =
            |end: &str| format!("> start\n> upgrade root\n  = ok\n> kill t\n  start {end} #1\n> final\n");
        assert!(!differ(&with(&text("b")), &told("b"), &told("a")));
        assert!(differ(&with(&text("a")), &told("b"), &told("a")));
    }
}
