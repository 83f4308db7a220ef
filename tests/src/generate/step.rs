//! What is done in a step, before it is known to whom: picks from those who are there.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::child::{Under, failures, workers};
use super::reason::reasons;
use super::theme::Theme;
use super::tree::flags;
use super::wrong::{wrong_flags, wrong_keys, wrong_specs};
use crate::scenario::{Call, Keys, OnStop, StartToken, Term};

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
    /// A new supervisor with one child, or twice the same.
    AddSup(Index, Keys, Keys, bool),
    /// How it starts, and how it answers a stop, if not as its template says; and whose name it has, if not one of
    /// its own.
    AddInstance(Index, Option<StartToken>, Option<(Term, OnStop)>, Option<Index>),
    Which(Index),
    Count(Index),
    Check(Vec<Term>, Option<Term>),
    AddTerm(Index, Term),
    Wait(u64),
    Align(u64),
    /// New starts for a worker.
    Set(Index, StartToken),
    /// A worker ends and its start blocks; then others ask, and then it is released.
    Hold(Index, Vec<Asked>, StartToken),
    /// The same with two workers of two supervisors; which of them others ask, and which is released first.
    HoldTwo([Index; 2], Vec<(bool, Asked)>, [StartToken; 2], bool),
    /// The first start of an instance blocks; then others ask, and then it is released.
    HoldInstance(Index, Vec<Asked>, StartToken),
    /// Instances that answer a stop in this way are stopped with all others; then others ask, and then they are
    /// released, if that is the way.
    StopInstances(Index, OnStop, Vec<Asked>, Vec<(Index, StartToken)>),
    /// A significant worker fails to start again, while its significant siblings have ended as well.
    FailInBurst(Index, Index, u32, Vec<(Index, Option<Term>)>),
    /// A worker whose stop waits is to stop; then others ask, and then it is released.
    HoldStop(Index, Stopping, Vec<Asked>, StartToken),
    Release(Index, StartToken),
    /// New answers to a stop for a worker.
    SetStop(Index, OnStop),
    Unlink(Index),
    Sleep(u64),
    /// The calls of a move are timed.
    Timed(Box<Move>),
    /// The calls of a move are not waited for.
    Async(Box<Move>),
    Upgrade(Index, Renewal, Option<(Index, Term)>),
    Stop(Option<Term>),
    KillParent,
}

/// What a supervisor is specified with anew: flags, the children that stay, and one that is new.
#[derive(Clone, Debug)]
pub(super) struct Renewal {
    pub(super) flags: Keys,
    pub(super) stay: Vec<Index>,
    pub(super) new: Option<Keys>,
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

/// Why a worker is to stop.
#[derive(Clone, Debug)]
pub(super) enum Stopping {
    /// It is asked for.
    Call,
    /// A sibling ends.
    Sibling(Index, Term),
    /// Its supervisor is to stop.
    Above,
}

/// What is asked while a supervisor is held.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Which,
    Count,
    Manage(Call, Index),
    AddAgain(Index),
    AddInstance,
    Upgrade(Renewal),
    /// Not a call: a sibling ends.
    Exit(Index, Term),
    /// Not a call: the held supervisor is killed.
    KillIt,
    /// Not a call: the one above it is.
    KillAbove,
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
    let stop = option::of(reasons()).prop_map(move |reason| match theme {
        Theme::Times => Move::Timed(Box::new(Move::Stop(reason))),
        _ => Move::Stop(reason),
    });
    let last = prop_oneof![3 => stop, 1 => Just(Move::KillParent)];
    let calls = calls(theme);
    let (ending, calling, own) = match theme {
        Theme::Restarts => (30, 6, 3),
        Theme::Management => (12, 30, 6),
        Theme::Significant => (24, 12, 9),
        Theme::Upgrades => (16, 10, 20),
        Theme::Everything => (18, 12, 18),
        Theme::Wrong => (6, 24, 12),
        _ => (18, 6, 18),
    };
    prop_oneof![ending => ends, calling => calls, own => special, 6 => looks, 1 => last].boxed()
}

fn special(theme: Theme) -> BoxedStrategy<Move> {
    let pick = any::<Index>;
    let set = (pick(), failures(theme)).prop_map(|(who, token)| Move::Set(who, token));
    match theme {
        Theme::FailingStarts | Theme::Restarts => set.boxed(),
        Theme::Significant => {
            let exits = prop::collection::vec((pick(), option::of(reasons())), 1..=3);
            let fails = (pick(), pick(), 1..=2_u32, exits)
                .prop_map(|(sup, first, times, exits)| Move::FailInBurst(sup, first, times, exits));
            prop_oneof![1 => set, 3 => fails].boxed()
        }
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
            let burst = prop::collection::vec((pick(), option::of(reasons())), 2..=3);
            let burst = (pick(), burst).prop_map(|(sup, exits)| Move::Burst(sup, exits));
            prop_oneof![8 => instances(theme), 2 => burst, 1 => set].boxed()
        }
        Theme::Gates => held_starts(),
        Theme::Stops => held_stops(),
        Theme::Upgrades => {
            let then = option::of((pick(), reasons()));
            let upgrade = (pick(), renewals(theme), then)
                .prop_map(|(sup, renewal, then)| Move::Upgrade(sup, renewal, then));
            prop_oneof![4 => upgrade, 1 => instances(theme)].boxed()
        }
        Theme::Kills => pick().prop_map(Move::KillSup).boxed(),
        Theme::Management => prop_oneof![2 => set, 2 => wrong()].boxed(),
        Theme::Wrong => prop_oneof![3 => wrong(), 1 => special(Theme::Upgrades)].boxed(),
        Theme::Times => prop_oneof![
            2 => set,
            4 => calls(theme).prop_map(|call| Move::Timed(Box::new(call))),
            1 => calls(theme).prop_map(|call| Move::Async(Box::new(call))),
            2 => instances(theme),
            4 => stopped_instances(OnStop::Slow(120)),
        ]
        .boxed(),
        Theme::Links => pick().prop_map(Move::Unlink).boxed(),
        Theme::Everything => everything(),
    }
}

/// What is special in any other theme.
fn everything() -> BoxedStrategy<Move> {
    let others = Theme::ALL.into_iter().filter(|theme| *theme != Theme::Everything);
    let specials = proptest::strategy::Union::new(others.map(special));
    let calls = || calls(Theme::Everything).prop_map(Box::new);
    prop_oneof![
        20 => specials,
        3 => calls().prop_map(Move::Async),
        1 => calls().prop_map(Move::Timed),
        1 => (1..=20_u64).prop_map(Move::Sleep),
        1 => (any::<Index>(), released()).prop_map(|(who, token)| Move::Release(who, token)),
    ]
    .boxed()
}

/// An instance of a dynamic supervisor that comes later.
fn instances(theme: Theme) -> BoxedStrategy<Move> {
    let stop = if theme == Theme::Times {
        prop_oneof![
            3 => Just((Term::Integer(2_000), OnStop::Slow(120))),
            1 => Just((Term::Integer(20), OnStop::Ignore)),
        ]
        .boxed()
    } else {
        reasons().prop_map(|reason| (Term::Integer(2_000), OnStop::Exit(reason))).boxed()
    };
    let often = if theme == Theme::Times { 0.6 } else { 0.2 };
    let again = option::weighted(0.15, any::<Index>());
    (any::<Index>(), option::weighted(0.2, failures(theme)), option::weighted(often, stop), again)
        .prop_map(|(sup, token, stop, again)| Move::AddInstance(sup, token, stop, again))
        .boxed()
}

fn held_starts() -> BoxedStrategy<Move> {
    let pick = any::<Index>;
    let asked = || prop::collection::vec(asked(), 0..=5);
    let either = prop::collection::vec((any::<bool>(), self::asked()), 0..=5);
    prop_oneof![
        6 => (pick(), asked(), released()).prop_map(|(who, asked, token)| Move::Hold(who, asked, token)),
        2 => ([pick(), pick()], either, [released(), released()], any::<bool>())
            .prop_map(|(who, asked, tokens, turned)| Move::HoldTwo(who, asked, tokens, turned)),
        2 => (pick(), asked(), released())
            .prop_map(|(sup, asked, token)| Move::HoldInstance(sup, asked, token)),
    ]
    .boxed()
}

/// New specifications; a new child is likely to be temporary, which only so can be there and be down.
fn renewals(theme: Theme) -> BoxedStrategy<Renewal> {
    let temporary = |(keys, is_temporary): (Keys, bool)| {
        let is_plain = keys.term("restart").is_none() && is_temporary;
        if is_plain { keys.with("restart", Term::atom("temporary")) } else { keys }
    };
    let new = (late_workers(theme), any::<bool>()).prop_map(temporary);
    (late_flags(theme), prop::collection::vec(any::<Index>(), 0..=4), option::of(new))
        .prop_map(|(flags, stay, new)| Renewal { flags, stay, new })
        .boxed()
}

pub(super) fn released() -> impl Strategy<Value = StartToken> {
    prop_oneof![Just(StartToken::Ok), Just(StartToken::Error(None)), failures(Theme::Gates)]
}

fn held_stops() -> BoxedStrategy<Move> {
    let pick = any::<Index>;
    let why = prop_oneof![
        2 => Just(Stopping::Call),
        2 => (pick(), reasons()).prop_map(|(who, reason)| Stopping::Sibling(who, reason)),
        1 => Just(Stopping::Above),
    ];
    let token = || {
        prop_oneof![
            3 => Just(StartToken::Ok),
            1 => reasons().prop_map(|reason| StartToken::Exit(Some(reason))),
        ]
    };
    let hold = (pick(), why, prop::collection::vec(asked(), 0..=5), token())
        .prop_map(|(who, why, asked, token)| Move::HoldStop(who, why, asked, token));
    let mode = prop_oneof![
        3 => Just(OnStop::Gate),
        1 => Just(OnStop::Trap),
        1 => Just(OnStop::NoTrap),
        1 => reasons().prop_map(OnStop::Exit),
    ];
    prop_oneof![
        4 => hold,
        4 => stopped_instances(OnStop::Gate),
        2 => (pick(), token()).prop_map(|(who, token)| Move::Release(who, token)),
        1 => (pick(), mode).prop_map(|(who, mode)| Move::SetStop(who, mode)),
    ]
    .boxed()
}

fn stopped_instances(mode: OnStop) -> BoxedStrategy<Move> {
    let token = prop_oneof![
        3 => Just(StartToken::Ok),
        1 => reasons().prop_map(|reason| StartToken::Exit(Some(reason))),
    ];
    let released = prop::collection::vec((any::<Index>(), token), 2..=3);
    (any::<Index>(), prop::collection::vec(asked(), 0..=2), released)
        .prop_map(move |(sup, asked, released)| Move::StopInstances(sup, mode.clone(), asked, released))
        .boxed()
}

fn wrong() -> BoxedStrategy<Move> {
    let auto = select(vec!["never", "any_significant", "all_significant", "maybe"]).prop_map(Term::atom);
    let specs = prop::collection::vec(wrong_specs(), 0..=2);
    prop_oneof![
        (specs, option::of(auto)).prop_map(|(specs, auto)| Move::Check(specs, auto)),
        (any::<Index>(), wrong_specs()).prop_map(|(sup, term)| Move::AddTerm(sup, term)),
    ]
    .boxed()
}

fn late_workers(theme: Theme) -> BoxedStrategy<Keys> {
    wrong_keys(workers(theme, Under::Plain).boxed(), theme.wrong_later())
}

fn late_flags(theme: Theme) -> BoxedStrategy<Keys> {
    wrong_flags(flags(theme).boxed(), theme.wrong_later())
}

fn calls(theme: Theme) -> impl Strategy<Value = Move> {
    let pick = any::<Index>;
    let target = prop_oneof![
        10 => pick().prop_map(Target::Own),
        1 => Just(Target::Unknown),
        1 => pick().prop_map(Target::Pid),
    ];
    let added_flags = wrong_flags(flags(Theme::Management).boxed(), theme.wrong_later());
    prop_oneof![
        8 => (select(Call::ALL.to_vec()), pick(), target).prop_map(|(call, sup, child)| Move::Manage(call, sup, child)),
        3 => (pick(), late_workers(theme)).prop_map(|(sup, keys)| Move::Add(sup, keys)),
        2 => pick().prop_map(Move::AddAgain),
        1 => (pick(), added_flags, late_workers(theme), prop::bool::weighted(theme.wrong_later() / 2.0))
            .prop_map(|(sup, flags, keys, is_twice)| Move::AddSup(sup, flags, keys, is_twice)),
    ]
}

pub(super) fn asked() -> impl Strategy<Value = Asked> {
    let pick = any::<Index>;
    prop_oneof![
        6 => Just(Asked::Which),
        2 => Just(Asked::Count),
        12 => (select(Call::ALL.to_vec()), pick()).prop_map(|(call, child)| Asked::Manage(call, child)),
        2 => pick().prop_map(Asked::AddAgain),
        4 => (pick(), reasons()).prop_map(|(who, reason)| Asked::Exit(who, reason)),
        2 => Just(Asked::StopIt),
        1 => Just(Asked::StopRoot),
        2 => Just(Asked::AddInstance),
        1 => renewals(Theme::Gates).prop_map(Asked::Upgrade),
        1 => Just(Asked::KillIt),
        1 => Just(Asked::KillAbove),
    ]
}
