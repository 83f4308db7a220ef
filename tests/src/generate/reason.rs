//! The reasons with which processes end: every kind that the rules tell apart.

use proptest::prelude::*;
use proptest::sample::select;

use crate::scenario::Term;

/// The reasons with which a worker ends itself.
pub(super) fn reasons() -> impl Strategy<Value = Term> {
    prop_oneof![
        4 => Just(Term::atom("boom")),
        3 => polite(),
        1 => select(vec![
            Term::atom("killed"),
            Term::tuple([Term::atom("shutdown")]),
            Term::tuple([Term::atom("shutdown"), Term::atom("a"), Term::atom("b")]),
            Term::tuple([Term::atom("boom"), Term::Integer(7)]),
        ]),
    ]
}

/// Those that are no failure.
pub(super) fn polite() -> impl Strategy<Value = Term> {
    select(vec![
        Term::atom("normal"),
        Term::atom("shutdown"),
        Term::tuple([Term::atom("shutdown"), Term::atom("done")]),
    ])
}
