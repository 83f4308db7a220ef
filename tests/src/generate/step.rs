//! What is done in a step, before it is known to whom: picks from those who are there.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::child::{Under, failures, workers};
use super::reason::reasons;
use super::theme::Theme;
use super::tree::flags;
use crate::scenario::{Call, Keys, StartToken, Term};

/// What is done, and the picks.
#[derive(Clone, Debug)]
pub(super) enum Move {
    /// A worker ends itself.
    Exit(Index, Term),
    KillWorker(Index),
    KillSup(Index),
    /// A stranger's signal to a worker or a supervisor.
    Signal(Index, Term),
    /// Some of a supervisor's workers end, in the order of the picks.
    Burst(Index, Vec<(Index, Option<Term>)>),
    Manage(Call, Index, Target),
    /// A new child.
    Add(Index, Keys),
    /// A child that was there before, by its own keys.
    AddAgain(Index),
    AddSup(Index, Keys, Keys),
    AddInstance(Index, Option<StartToken>),
    Which(Index),
    Count(Index),
    Check(Term),
    AddTerm(Index, Term),
    Wait(u64),
    Align(u64),
    /// New starts for a worker.
    Set(Index, StartToken),
    /// A worker ends and its start blocks; then others ask, and then it is released.
    Hold(Index, Vec<Asked>, StartToken),
    /// Flags, how many of the children are left out, and whether one is new.
    Upgrade(Index, Keys, Vec<Index>, Option<Keys>),
    Stop(Option<Term>),
    KillParent,
}

/// Which child a call is about.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// One of the supervisor's own.
    Own(Index),
    /// One that it has never had.
    Unknown,
    /// One of its own, by its pid.
    Pid(Index),
}

/// What is asked while a supervisor is held.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Which,
    Count,
    Manage(Call, Index),
    AddAgain(Index),
    /// Not a call: a sibling ends.
    Exit(Index, Term),
    /// The held supervisor's parent is asked to stop it.
    StopIt,
    StopRoot,
}

/// One step of a script of this theme.
pub(super) fn steps(theme: Theme) -> BoxedStrategy<Move> {
    let pick = any::<Index>;
    let exit = (pick(), reasons()).prop_map(|(who, reason)| Move::Exit(who, reason));
    let ends = prop_oneof![
        8 => exit,
        1 => pick().prop_map(Move::KillWorker),
        1 => (pick(), reasons()).prop_map(|(who, reason)| Move::Signal(who, reason)),
    ];
    let looks = prop_oneof![2 => pick().prop_map(Move::Which), 1 => pick().prop_map(Move::Count)];
    let special = special(theme);
    let last = prop_oneof![
        3 => option::of(reasons()).prop_map(Move::Stop),
        1 => Just(Move::KillParent),
    ];
    let calls = calls(theme);
    let (ending, calling, own) = match theme {
        Theme::Restarts => (30, 6, 3),
        Theme::Management => (12, 30, 6),
        Theme::Significant => (24, 12, 3),
        Theme::Upgrades => (20, 10, 12),
        _ => (18, 6, 18),
    };
    prop_oneof![ending => ends, calling => calls, own => special, 6 => looks, 1 => last].boxed()
}

fn special(theme: Theme) -> BoxedStrategy<Move> {
    let pick = any::<Index>;
    let set = (pick(), failures()).prop_map(|(who, token)| Move::Set(who, token));
    match theme {
        Theme::FailingStarts | Theme::Restarts | Theme::Significant => set.boxed(),
        Theme::Bursts => {
            let exits = prop::collection::vec((pick(), option::of(reasons())), 2..=4);
            (pick(), exits).prop_map(|(sup, exits)| Move::Burst(sup, exits)).boxed()
        }
        Theme::Windows => prop_oneof![
            select(vec![1, 400, 900, 1_000, 1_001, 1_999, 2_000, 2_500, 2_999, 3_000, 4_000])
                .prop_map(Move::Wait),
            select(vec![0, 1, 500, 999]).prop_map(Move::Align),
        ]
        .boxed(),
        Theme::Dynamic => {
            let add = (pick(), option::weighted(0.2, failures()))
                .prop_map(|(sup, token)| Move::AddInstance(sup, token));
            let burst = prop::collection::vec((pick(), option::of(reasons())), 2..=3);
            prop_oneof![4 => add, 1 => (pick(), burst).prop_map(|(sup, exits)| Move::Burst(sup, exits))]
                .boxed()
        }
        Theme::Gates => {
            let token = prop_oneof![Just(StartToken::Ok), Just(StartToken::Error(None)), failures()];
            let asked = prop::collection::vec(asked(), 0..=5);
            (pick(), asked, token).prop_map(|(who, asked, token)| Move::Hold(who, asked, token)).boxed()
        }
        Theme::Upgrades => {
            let keep = prop::collection::vec(pick(), 0..=4);
            let new = option::of(workers(theme, Under::Plain));
            (pick(), flags(theme), keep, new)
                .prop_map(|(sup, flags, keep, new)| Move::Upgrade(sup, flags, keep, new))
                .boxed()
        }
        Theme::Kills => pick().prop_map(Move::KillSup).boxed(),
        Theme::Management => prop_oneof![
            2 => set,
            1 => wrong_specs().prop_map(Move::Check),
            1 => (pick(), wrong_specs()).prop_map(|(sup, term)| Move::AddTerm(sup, term)),
        ]
        .boxed(),
    }
}

fn calls(theme: Theme) -> impl Strategy<Value = Move> {
    let pick = any::<Index>;
    let target = prop_oneof![
        10 => pick().prop_map(Target::Own),
        1 => Just(Target::Unknown),
        1 => pick().prop_map(Target::Pid),
    ];
    prop_oneof![
        8 => (select(Call::ALL.to_vec()), pick(), target).prop_map(|(call, sup, child)| Move::Manage(call, sup, child)),
        3 => (pick(), workers(theme, Under::Plain)).prop_map(|(sup, keys)| Move::Add(sup, keys)),
        2 => pick().prop_map(Move::AddAgain),
        1 => (pick(), flags(Theme::Management), workers(theme, Under::Plain))
            .prop_map(|(sup, flags, keys)| Move::AddSup(sup, flags, keys)),
    ]
}

fn asked() -> impl Strategy<Value = Asked> {
    let pick = any::<Index>;
    prop_oneof![
        6 => Just(Asked::Which),
        2 => Just(Asked::Count),
        12 => (select(Call::ALL.to_vec()), pick()).prop_map(|(call, child)| Asked::Manage(call, child)),
        2 => pick().prop_map(Asked::AddAgain),
        4 => (pick(), reasons()).prop_map(|(who, reason)| Asked::Exit(who, reason)),
        2 => Just(Asked::StopIt),
        1 => Just(Asked::StopRoot),
    ]
}

/// Specifications with one thing wrong.
fn wrong_specs() -> impl Strategy<Value = Term> {
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
