//! One part of a type as far as it is known, and what has been tried of it.

/// What serde asked for at this part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing yet.
    Unknown,
    /// A value without parts: its name, and how many candidates there are for it.
    Leaf(&'static str, usize),
    Unit,
    UnitStruct(&'static str),
    Newtype(&'static str),
    Option,
    Sequence,
    Map,
    Tuple,
    TupleStruct(&'static str),
    Struct(&'static str, &'static [&'static str]),
    Enum(&'static str, &'static [&'static str]),
}

/// What is known of one way a choice can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Not tried.
    Open,
    /// It was in a sample.
    Seen,
    /// The type has no value that goes this way.
    Closed,
}

/// The ways of an option, a sequence and a map: with contents, and without.
pub(super) const FULL: usize = 0;
/// See [`FULL`].
pub(super) const EMPTY: usize = 1;

/// One part of a type.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Its parts: fields, elements, the payload of each variant.
    pub(super) parts: Vec<usize>,
    /// Of a choice: its ways.
    pub(super) ways: Vec<Way>,
    /// Of a leaf: the candidate that was in a sample.
    pub(super) proven: Option<usize>,
    /// Of a leaf: how many candidates after the proven one (or the first) to try next.
    pub(super) offset: usize,
}

impl Node {
    pub(super) const fn unknown() -> Self {
        Self { kind: Kind::Unknown, parts: Vec::new(), ways: Vec::new(), proven: None, offset: 0 }
    }

    /// The candidate to offer at a leaf.
    pub(super) fn candidate(&self, candidates: usize) -> usize {
        (self.proven.unwrap_or(0) + self.offset) % candidates
    }
}
