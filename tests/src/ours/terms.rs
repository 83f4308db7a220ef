//! Our typed exits, errors and problems as Erlang's terms, and back: the one place where the two meet.

use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildType, Restart, Shutdown, SpecProblem, SpecProblems};

use crate::scenario::Term;

/// A reason of Erlang's that is none of our own exits: it travels as the error of an exit.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Reason(pub(super) Term);

/// The exit that this reason is.
pub(super) fn exit_of(reason: &Term) -> Exit {
    match reason {
        Term::Atom(name) if name == "normal" => Exit::Normal,
        Term::Atom(name) if name == "shutdown" => Exit::Shutdown,
        Term::Atom(name) if name == "killed" => Exit::Killed,
        Term::Tuple(parts) => match &parts[..] {
            [word, value] if word.is("shutdown") => Exit::ShutdownWith { value: value.source().to_string() },
            _ => Exit::error(Reason(reason.clone())),
        },
        _ => Exit::error(Reason(reason.clone())),
    }
}

/// The reason that this exit is. A panic is an error that a start function raised.
pub(super) fn term_of(exit: &Exit) -> Term {
    let shutdown = |value| Term::tuple([Term::atom("shutdown"), value]);
    match exit {
        Exit::Normal => Term::atom("normal"),
        Exit::Shutdown => Term::atom("shutdown"),
        Exit::Killed => Term::atom("killed"),
        Exit::ShutdownWith { value } => shutdown(parsed(value)),
        Exit::NotStarted { child, cause } => shutdown(Term::tuple([
            Term::atom("failed_to_start_child"),
            Term::atom(child.clone()),
            term_of(cause),
        ])),
        Exit::Stopped { reason } => parsed(reason),
        Exit::Panic(panic) => raised(parsed(panic.message())),
        Exit::Error(fault) => {
            if let Some(Reason(term)) = fault.downcast_ref() {
                return term.clone();
            }
            Term::atom(fault.to_string())
        }
    }
}

/// What a supervisor of Erlang sees of a start function that raised this.
pub(super) fn raised(reason: Term) -> Term {
    exited(Term::tuple([reason, Term::atom("STACK")]))
}

/// What a supervisor of Erlang sees of a start function that exited with this.
pub(super) fn exited(reason: Term) -> Term {
    Term::tuple([Term::atom("EXIT"), reason])
}

fn parsed(text: &str) -> Term {
    text.parse().unwrap_or_else(|_| Term::atom(text))
}

/// What Erlang says of a specification that has this problem: of its flags, or of a child.
pub(super) fn problem(wrong: &SpecProblem) -> Term {
    let tagged = |tag: &str, value| Term::tuple([Term::atom(tag), value]);
    let combination = |key: &str, value: &str| {
        let significant = tagged("significant", Term::atom("true"));
        tagged("bad_combination", Term::List(vec![tagged(key, Term::atom(value)), significant]))
    };
    match wrong {
        SpecProblem::ZeroPeriod => tagged("invalid_period", Term::Integer(0)),
        SpecProblem::DuplicateChild { id } => tagged("duplicate_child_name", Term::atom(id.as_str())),
        SpecProblem::SignificantWithoutAutoShutdown { .. } => combination("auto_shutdown", "never"),
        SpecProblem::SignificantAndPermanent { .. } => combination("restart", "permanent"),
        // Newer OTPs refuse this, too.
        SpecProblem::DynamicAutoShutdown { .. } => {
            let strategy = tagged("strategy", Term::atom("simple_one_for_one"));
            let flag = tagged("auto_shutdown", Term::atom("any_significant"));
            tagged("bad_combination", Term::List(vec![strategy, flag]))
        }
        SpecProblem::Below { problem: below, .. } => problem(below),
        // Nothing that a scenario can write.
        other => Term::atom(other.to_string()),
    }
}

/// What Erlang says of the first of these problems, where it stops.
pub(super) fn first(problems: &SpecProblems) -> Term {
    problems.0.first().map_or_else(|| Term::atom("undefined"), problem)
}

/// A restart type in Erlang's word.
pub(super) fn restart(restart: Restart) -> &'static str {
    match restart {
        Restart::Permanent => "permanent",
        Restart::Transient => "transient",
        Restart::Temporary => "temporary",
    }
}

/// A shutdown policy in Erlang's words.
pub(super) fn shutdown(shutdown: Shutdown) -> Term {
    match shutdown {
        Shutdown::BrutalKill => Term::atom("brutal_kill"),
        Shutdown::Infinity => Term::atom("infinity"),
        Shutdown::After(limit) => Term::Integer(limit.as_millis().try_into().unwrap_or(i128::MAX)),
    }
}

/// A child type in Erlang's word.
pub(super) fn child_type(child_type: ChildType) -> &'static str {
    match child_type {
        ChildType::Worker => "worker",
        ChildType::Supervisor => "supervisor",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_becomes_an_exit_and_the_same_reason_again() {
        for text in
            ["normal", "shutdown", "killed", "boom", "{shutdown,why}", "{shutdown}", "{shutdown,a,b}", "7"]
        {
            let term: Term = text.parse().unwrap();
            assert_eq!(term_of(&exit_of(&term)), term);
        }
    }

    #[test]
    fn what_is_polite_in_erlang_is_polite_here() {
        for (text, polite) in [("{shutdown,why}", true), ("{shutdown}", false), ("{shutdown,a,b}", false)] {
            assert_eq!(exit_of(&text.parse().unwrap()).is_abnormal(), !polite, "{text}");
        }
    }
}
