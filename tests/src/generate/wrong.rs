//! What is wrong in a specification: one thing at a time, and whatever validation says of it.

use proptest::prelude::*;
use proptest::sample::select;

use crate::scenario::{Keys, Term};

/// These keys of a child, now and then with one that is wrong.
pub(super) fn wrong_keys(keys: BoxedStrategy<Keys>, often: f64) -> BoxedStrategy<Keys> {
    let wrong = select(vec![
        ("restart", Term::atom("always")),
        ("restart", Term::Integer(1)),
        ("shutdown", Term::atom("soon")),
        ("shutdown", Term::Integer(-1)),
        ("shutdown", Term::atom("brutal")),
        ("significant", Term::atom("perhaps")),
        ("significant", Term::atom("true")),
        ("type", Term::atom("manager")),
    ]);
    now_and_then(keys, wrong, often)
}

/// These flags, now and then with one that is wrong.
pub(super) fn wrong_flags(flags: BoxedStrategy<Keys>, often: f64) -> BoxedStrategy<Keys> {
    let wrong = select(vec![
        ("strategy", Term::atom("sideways")),
        ("strategy", Term::Integer(1)),
        ("intensity", Term::Integer(-1)),
        ("intensity", Term::atom("many")),
        ("intensity", Term::atom("infinity")),
        ("period", Term::Integer(0)),
        ("period", Term::Integer(-5)),
        ("period", Term::atom("soon")),
        ("auto_shutdown", Term::atom("maybe")),
        ("auto_shutdown", Term::atom("true")),
    ]);
    now_and_then(flags, wrong, often)
}

fn now_and_then(
    keys: BoxedStrategy<Keys>,
    wrong: impl Strategy<Value = (&'static str, Term)> + 'static,
    often: f64,
) -> BoxedStrategy<Keys> {
    if often == 0.0 {
        return keys;
    }
    let with = |(keys, wrong): (Keys, Option<(&str, Term)>)| match wrong {
        Some((key, term)) => {
            let others = keys.0.into_iter().filter(|(name, _)| name != key).collect();
            Keys(others).with(key, term)
        }
        None => keys,
    };
    (keys, proptest::option::weighted(often, wrong)).prop_map(with).boxed()
}

/// Specifications with one thing wrong.
pub(super) fn wrong_specs() -> impl Strategy<Value = Term> {
    let id = || ("id", Term::atom("wrong"));
    let start = || ("start", mfa(vec![Term::List(Vec::new())]));
    let wrong = |key, value: &str| spec(vec![id(), start(), (key, Term::atom(value))]);
    select(vec![
        spec(vec![start()]),
        spec(vec![id()]),
        spec(vec![id(), ("start", mfa(Vec::new()))]),
        wrong("restart", "always"),
        wrong("significant", "perhaps"),
        wrong("type", "manager"),
        wrong("shutdown", "soon"),
        spec(vec![id(), start(), ("shutdown", Term::Integer(-1))]),
        spec(vec![id(), start(), ("significant", Term::atom("true"))]),
        spec(vec![id(), start(), ("restart", Term::atom("transient")), ("significant", Term::atom("true"))]),
        Term::tuple([Term::atom("wrong"), Term::Integer(1)]),
    ])
}

fn spec(pairs: Vec<(&str, Term)>) -> Term {
    Term::Map(pairs.into_iter().map(|(key, value)| (Term::atom(key), value)).collect())
}

fn mfa(arguments: Vec<Term>) -> Term {
    Term::tuple([Term::atom("some_module"), Term::atom("some_function")].into_iter().chain(arguments))
}
