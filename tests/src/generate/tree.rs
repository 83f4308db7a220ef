//! Random trees, before anybody in them has a name.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::child::{Under, held_at_first, restarts, starts, workers};
use super::theme::Theme;
use super::wrong::{wrong_flags, wrong_keys};
use crate::scenario::{Keys, Term};

/// A child without a name.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Worker(Keys),
    Sup(SupNode),
}

/// A supervisor without a name.
#[derive(Clone, Debug)]
pub(super) struct SupNode {
    pub(super) keys: Keys,
    pub(super) children: Vec<Node>,
}

/// The root: what a child is asked for besides its flags does not matter to it.
pub(super) fn roots(theme: Theme) -> impl Strategy<Value = SupNode> {
    prop_oneof![
        1 => sups(theme, 0, Keys::default()),
        2 => sups(theme, 1, Keys::default()),
        2 => sups(theme, 2, Keys::default()),
    ]
}

/// A supervisor with as many levels of supervisors below it, at most.
pub(super) fn sups(theme: Theme, depth: u32, keys: Keys) -> BoxedStrategy<SupNode> {
    let plain = Just(keys.clone()).prop_flat_map(move |keys| {
        (wrong_flags(flags(theme).boxed(), theme.wrong()), Just(keys)).prop_flat_map(move |(flags, keys)| {
            let under =
                if flags.term("auto_shutdown").is_some() { Under::ShuttingDown } else { Under::Plain };
            let children = prop::collection::vec(nodes(theme, depth, under), 1..=4);
            children.prop_map(move |children| SupNode { keys: joined(&flags, &keys), children })
        })
    });
    if depth > 0 || theme.dynamic() == 0 {
        return plain.boxed();
    }
    let template = wrong_keys(workers(theme, Under::Template).boxed(), theme.wrong());
    let dynamic = (template, dynamic_flags(theme)).prop_map(move |(template, flags)| SupNode {
        keys: joined(&flags, &keys),
        children: vec![Node::Worker(template)],
    });
    prop_oneof![100 - theme.dynamic() => plain, theme.dynamic() => dynamic].boxed()
}

fn nodes(theme: Theme, depth: u32, under: Under) -> BoxedStrategy<Node> {
    let worker =
        gated(wrong_keys(workers(theme, under).boxed(), theme.wrong()), theme).prop_map(Node::Worker);
    if depth == 0 {
        return worker.boxed();
    }
    let sup =
        (restarts(under), starts(theme), shutdowns(theme)).prop_flat_map(move |(keys, starts, shutdown)| {
            let keys =
                shutdown.map_or_else(|| keys.clone(), |shutdown| keys.clone().with("shutdown", shutdown));
            let keys = starts.map_or_else(|| keys.clone(), |starts| keys.clone().with_start(starts));
            sups(theme, depth - 1, keys)
        });
    prop_oneof![3 => worker, 2 => sup.prop_map(Node::Sup)].boxed()
}

/// These keys of a worker, now and then with a first start that blocks.
fn gated(keys: BoxedStrategy<Keys>, theme: Theme) -> BoxedStrategy<Keys> {
    let gate = |(keys, is_gated): (Keys, bool)| if is_gated { held_at_first(keys) } else { keys };
    (keys, prop::bool::weighted(theme.gated())).prop_map(gate).boxed()
}

/// A supervisor is killed by its parent, at once or in the middle of its own stop, only where that is the theme.
fn shutdowns(theme: Theme) -> BoxedStrategy<Option<Term>> {
    let brutal = Term::atom("brutal_kill");
    match theme {
        Theme::Kills => option::weighted(0.3, select(vec![brutal, Term::Integer(2_000)])).boxed(),
        Theme::Times => option::weighted(0.3, select(vec![Term::Integer(100), Term::Integer(2_000)])).boxed(),
        _ => Just(None).boxed(),
    }
}

/// The flags of a supervisor of instances.
pub(super) fn dynamic_flags(theme: Theme) -> BoxedStrategy<Keys> {
    let flags = theme.dynamic_intensities().prop_map(|intensity| {
        Keys::default()
            .with("strategy", Term::atom("simple_one_for_one"))
            .with("intensity", Term::Integer(intensity.into()))
    });
    wrong_flags(flags.boxed(), theme.wrong())
}

/// The flags of a supervisor.
pub(super) fn flags(theme: Theme) -> impl Strategy<Value = Keys> {
    let strategy = select(vec![None, Some("one_for_one"), Some("one_for_all"), Some("rest_for_one")]);
    let auto = option::weighted(theme.shutting_down(), select(vec!["any_significant", "all_significant"]));
    let period = if theme == Theme::Windows { 1..=3_u32 } else { 5..=5 };
    (strategy, auto, theme.intensities(), period).prop_map(|(strategy, auto, intensity, period)| {
        let mut keys = Keys::default();
        if let Some(strategy) = strategy {
            keys = keys.with("strategy", Term::atom(strategy));
        }
        keys = keys.with("intensity", Term::Integer(intensity.into()));
        if period != 5 {
            keys = keys.with("period", Term::Integer(period.into()));
        }
        auto.map_or_else(|| keys.clone(), |auto| keys.clone().with("auto_shutdown", Term::atom(auto)))
    })
}

fn joined(first: &Keys, second: &Keys) -> Keys {
    Keys(first.0.iter().chain(&second.0).cloned().collect())
}
