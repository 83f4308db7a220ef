//! Reads one action, with the block that follows it.

use super::keys::OF_SCRIPT;
use super::malformed::Wrong;
use super::reader::{Line, Lines, read_sup, read_worker};
use super::script::read_millis;
use super::{Action, BurstExit, Call, ChildName, Keys, Malformed, NewChild, StartToken, Term};

const EXPECTED: &str = "an action (exit, crash, kill, signal, unlink, burst, stop, kill_parent, start_child, \
     terminate_child, restart_child, delete_child, get_childspec, which, count, check, upgrade, set, release, async, \
     timed, wait, sleep, align or note)";

/// Reads the action whose words are `tokens`, the end of `line`.
pub(super) fn read_action(
    line: &Line<'_>,
    tokens: &[&str],
    lines: &mut Lines<'_>,
) -> Result<Action, Malformed> {
    let at = |wrong: Wrong| wrong.at(line.number);
    let boxed = |rest: &[&str], lines: &mut Lines<'_>| read_action(line, rest, lines).map(Box::new);
    match tokens {
        ["async", rest @ ..] => {
            let action = boxed(rest, lines)?;
            if !action.is_call() {
                return Err(at(Wrong::new("a call or `stop` after `async`", &rest.join(" "))));
            }
            Ok(Action::Async(action))
        }
        ["timed", rest @ ..] => Ok(Action::Timed(boxed(rest, lines)?)),
        ["start_child", sup, "sup", rest @ ..] => {
            let child = NewChild::Sup(read_sup(line, rest, lines)?);
            Ok(Action::StartChild { sup: (*sup).to_owned(), child })
        }
        ["upgrade", sup] => {
            let expected = "the `sup` line of the block that follows `upgrade`";
            let opening = lines.expect_next(expected)?;
            if opening.tokens[0] != "sup" {
                return Err(Wrong::new(expected, opening.text).at(opening.number));
            }
            let to = read_sup(&opening, &opening.tokens[1..], lines)?;
            Ok(Action::Upgrade { sup: (*sup).to_owned(), to })
        }
        ["note", ..] => Ok(Action::Note(tokens[1..].join(" "))),
        _ => read_simple(tokens).map_err(at),
    }
}

/// Reads an action that neither holds another nor is followed by a block.
fn read_simple(tokens: &[&str]) -> Result<Action, Wrong> {
    let text = |word: &str| word.to_owned();
    Ok(match *tokens {
        ["exit", name, reason] => Action::Exit { name: text(name), reason: Term::read(reason)? },
        ["crash", name] => Action::Crash { name: text(name), reason: None },
        ["crash", name, reason] => Action::Crash { name: text(name), reason: Some(Term::read(reason)?) },
        ["kill", name] => Action::Kill { name: text(name) },
        ["signal", name, reason] => Action::Signal { name: text(name), reason: Term::read(reason)? },
        ["unlink", name] => Action::Unlink { name: text(name) },
        ["burst", sup, ref exits @ ..] if !exits.is_empty() => {
            let exits = exits.iter().map(|exit| read_burst_exit(exit)).collect::<Result<_, _>>()?;
            Action::Burst { sup: text(sup), exits }
        }
        ["stop"] => Action::Stop { reason: None },
        ["stop", reason] => Action::Stop { reason: Some(Term::read(reason)?) },
        ["kill_parent"] => Action::KillParent,
        ["start_child", sup, kind, ref rest @ ..] => {
            Action::StartChild { sup: text(sup), child: read_new_child(kind, rest)? }
        }
        ["which", sup] => Action::Which { sup: text(sup) },
        ["count", sup] => Action::Count { sup: text(sup) },
        ["check", specs] => Action::Check { specs: Term::read(specs)?, auto_shutdown: None },
        ["check", specs, auto] => {
            Action::Check { specs: Term::read(specs)?, auto_shutdown: Some(Term::read(auto)?) }
        }
        ["set", name, ref keys @ ..] if !keys.is_empty() => {
            Action::Set { name: text(name), keys: Keys::read(keys, OF_SCRIPT)? }
        }
        ["release", name, token] => Action::Release { name: text(name), token: StartToken::read(token)? },
        ["wait", millis] => Action::Wait(read_millis(millis)?),
        ["sleep", millis] => Action::Sleep(read_millis(millis)?),
        ["align", millis] => Action::Align(read_millis(millis)?),
        [word, sup, child] if let Some(call) = Call::ALL.into_iter().find(|call| call.word() == word) => {
            Action::Manage { call, sup: text(sup), child: read_child_name(child) }
        }
        _ => return Err(Wrong::new(EXPECTED, &tokens.join(" "))),
    })
}

fn read_new_child(kind: &str, rest: &[&str]) -> Result<NewChild, Wrong> {
    match (kind, rest) {
        ("child", _) => read_worker(rest).map(NewChild::Worker),
        ("dyn", _) => read_worker(rest).map(NewChild::Instance),
        ("term", [_, ..]) => Term::read(&rest.join(" ")).map(NewChild::Term),
        _ => Err(Wrong::new("child, sup, dyn or term, and what it is", kind)),
    }
}

fn read_child_name(text: &str) -> ChildName {
    match text.split_once(':') {
        Some(("id", id)) => ChildName::Id(id.to_owned()),
        Some(("pid", id)) => ChildName::Pid(id.to_owned()),
        _ => ChildName::Usual(text.to_owned()),
    }
}

fn read_burst_exit(text: &str) -> Result<BurstExit, Wrong> {
    Ok(match text.split_once(':') {
        None => BurstExit { name: text.to_owned(), reason: None },
        Some((name, reason)) => BurstExit { name: name.to_owned(), reason: Some(Term::read(reason)?) },
    })
}

impl Action {
    /// Whether it is a call of a supervisor, or asks the root to stop: what can be done without waiting for it.
    fn is_call(&self) -> bool {
        matches!(
            self,
            Self::StartChild { .. }
                | Self::Manage { .. }
                | Self::Which { .. }
                | Self::Count { .. }
                | Self::Check { .. }
                | Self::Upgrade { .. }
                | Self::Stop { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scenario;

    fn problem(actions: &str) -> String {
        let text = format!("sup root\n  child a\nend\n---\n{actions}\n");
        Scenario::parse(&text).expect_err(actions).to_string()
    }

    #[test]
    fn what_is_no_action_is_named_with_its_line() {
        assert!(
            problem("which root\n\nbark a").starts_with("7: expected an action"),
            "{}",
            problem("bark a")
        );
        assert!(problem("exit a").ends_with("got `exit a`"));
        assert_eq!(problem("wait soon"), "5: expected a number of milliseconds, got `soon`");
        assert_eq!(
            problem("start_child root child b color=red"),
            "5: expected one of the keys restart, shutdown, significant, type, start, onstop, got `color`"
        );
        assert_eq!(problem("async crash a"), "5: expected a call or `stop` after `async`, got `crash a`");
        assert_eq!(
            problem("start_child root sup s\n  child b"),
            "6: expected a `child` or `sup` line, or the `end` of s, got the end of the text"
        );
    }
}
