//! What is written about a child: its keys, in combinations that have one outcome.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::reason::{polite, reasons};
use super::theme::Theme;
use crate::scenario::{Keys, OnStop, StartToken, StartTokens, Term};

/// Whose child it is, as far as the keys depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Under {
    /// A supervisor that never shuts itself down.
    Plain,
    /// One that may.
    ShuttingDown,
    /// A template.
    Template,
}

/// The keys of a worker.
pub(super) fn workers(theme: Theme, under: Under) -> impl Strategy<Value = Keys> {
    let starts = match under {
        Under::Template => instance_starts(theme).boxed(),
        _ => starts(theme).boxed(),
    };
    (restarts(under), starts, stops(theme, under), prop::bool::weighted(0.03)).prop_map(
        |(keys, starts, (shutdown, on_stop), is_called_supervisor)| {
            let mut keys = keys;
            if let Some(shutdown) = shutdown {
                keys = keys.with("shutdown", shutdown);
            }
            if is_called_supervisor {
                keys = keys.with("type", Term::atom("supervisor"));
            }
            if let Some(starts) = starts {
                keys = keys.with_start(starts);
            }
            on_stop.map_or_else(|| keys.clone(), |mode| keys.clone().with_on_stop(mode))
        },
    )
}

/// The restart type, and whether it is significant: an allowed combination.
pub(super) fn restarts(under: Under) -> BoxedStrategy<Keys> {
    let restart = |word: &str| Keys::default().with("restart", Term::atom(word));
    let significant = |word: &str| restart(word).with("significant", Term::atom("true"));
    match under {
        Under::Plain | Under::Template => prop_oneof![
            3 => Just(Keys::default()),
            2 => Just(restart("transient")),
            1 => Just(restart("temporary")),
        ]
        .boxed(),
        Under::ShuttingDown => prop_oneof![
            2 => Just(Keys::default()),
            1 => Just(restart("transient")),
            1 => Just(restart("temporary")),
            3 => Just(significant("transient")),
            2 => Just(significant("temporary")),
        ]
        .boxed(),
    }
}

/// What happens at the starts; most begin well, and all end well.
pub(super) fn starts(theme: Theme) -> impl Strategy<Value = Option<StartTokens>> {
    let tokens = prop::collection::vec((failures(theme), 1..=3_u32), 1..=2);
    let first = prop_oneof![
        12 => Just(StartToken::Ok),
        1 => Just(StartToken::Ignore),
        1 => Just(StartToken::Info),
        slow(theme) => slow_starts(),
    ];
    let script = (first, 1..=2_u32, tokens).prop_map(|(first, times, tokens)| {
        let mut all = vec![(first, times)];
        all.extend(tokens);
        all.push((StartToken::Ok, 1));
        StartTokens(all)
    });
    option::weighted(theme.failing(), script)
}

/// These keys, so that the first start blocks.
pub(super) fn held_at_first(keys: Keys) -> Keys {
    let mut tokens = vec![(StartToken::Gate, 1)];
    tokens.extend(keys.start().map_or_else(|| vec![(StartToken::Ok, 1)], |starts| starts.0.clone()));
    Keys(keys.0.into_iter().filter(|(key, _)| key != "start").collect()).with_start(StartTokens(tokens))
}

/// The same for instances, of which none may say `ignore` when it is restarted.
fn instance_starts(theme: Theme) -> impl Strategy<Value = Option<StartTokens>> {
    starts(theme).prop_map(|starts| {
        starts.map(|StartTokens(tokens)| {
            let fails_instead = |(token, times)| match token {
                StartToken::Ignore => (StartToken::Error(None), times),
                token => (token, times),
            };
            StartTokens(tokens.into_iter().map(fails_instead).collect())
        })
    })
}

/// What a start does that does not come up.
pub(super) fn failures(theme: Theme) -> impl Strategy<Value = StartToken> {
    let reason = || Some(Term::atom("bad_luck"));
    prop_oneof![
        8 => Just(StartToken::Error(None)),
        2 => Just(StartToken::Error(reason())),
        2 => Just(StartToken::Ignore),
        1 => Just(StartToken::Exit(reason())),
        1 => Just(StartToken::Throw(reason())),
        1 => Just(StartToken::Bad(reason())),
        1 => Just(StartToken::Die(reason())),
        1 => Just(StartToken::Raise(reason())),
        1 => polite().prop_map(|reason| StartToken::Die(Some(reason))),
        slow(theme) => slow_starts(),
    ]
}

/// How often a start takes its time.
fn slow(theme: Theme) -> u32 {
    if theme.is_slow() { 6 } else { 0 }
}

/// OTP's time is real: a hundred milliseconds are told apart, and most of them are a reserve for a busy machine.
fn slow_starts() -> impl Strategy<Value = StartToken> {
    select(vec![10, 120]).prop_map(StartToken::Slow)
}

/// The shutdown, and how the worker answers: combinations that end, each in one way, and soon.
fn stops(theme: Theme, under: Under) -> BoxedStrategy<(Option<Term>, Option<OnStop>)> {
    let brutal = || Some(Term::atom("brutal_kill"));
    let plain = prop_oneof![
        12 => Just((None, None)),
        2 => Just((brutal(), None)),
        1 => Just((Some(Term::atom("infinity")), None)),
        1 => Just((Some(Term::Integer(2_000)), None)),
        1 => Just((None, Some(OnStop::NoTrap))),
        1 => Just((brutal(), Some(OnStop::NoTrap))),
    ];
    let odd = prop_oneof![
        3 => (select(vec![None, brutal()]), reasons()).prop_map(|(shutdown, reason)| (shutdown, Some(OnStop::Exit(reason)))),
        1 => Just((None, Some(OnStop::Slow(10)))),
        slow(theme) => Just((Some(Term::Integer(2_000)), Some(OnStop::Slow(120)))),
        1 => Just((Some(Term::Integer(20)), Some(OnStop::Ignore))),
        1 => Just((brutal(), Some(OnStop::Ignore))),
    ];
    let held = theme.held_stops();
    let infinity = Some(Term::atom("infinity"));
    let gate = match under {
        // Which of them wait is up to them.
        Under::Template => (infinity, None),
        _ => (infinity, Some(OnStop::Gate)),
    };
    let odd_ones = if theme.is_patient() { 10 } else { 0 };
    prop_oneof![40 => plain, odd_ones => odd, held => Just(gate)].boxed()
}
