//! A limit that somebody set: so much and no more, or, said aloud, none.

use std::fmt;

/// The most that is allowed, or that there is no such thing.
///
/// `unlimited` in a narrower place lifts the limit of a wider one; leaving the key out keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit<T> {
    /// As much as there is; written `unlimited`.
    Unlimited,
    /// So much and no more.
    AtMost(T),
}

impl<T> Limit<T> {
    /// The most that is allowed; none when there is no limit.
    #[must_use]
    pub fn most(self) -> Option<T> {
        match self {
            Self::Unlimited => None,
            Self::AtMost(most) => Some(most),
        }
    }
}

impl<T: fmt::Display> fmt::Display for Limit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("unlimited"),
            Self::AtMost(most) => most.fmt(f),
        }
    }
}
