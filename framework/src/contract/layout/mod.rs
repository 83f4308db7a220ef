//! How serde sees a type: every name, order and primitive in it, and values of it to try.
//!
//! A JSON schema stays the same when two fields of one type change places, and bincode then swaps their values
//! without noticing. A layout does not stay the same: it is what serde asks for, in the order it asks. It is
//! found by letting the type deserialize itself again and again from answers made up here, until every variant
//! of every enum in it has been seen; the values that come of this are the samples.
//!
//! ```
//! use mistersmith::contract::layout;
//!
//! #[derive(serde::Deserialize)]
//! enum Change { Up(u32), Moved { from: i64, to: Option<i64> }, Gone }
//!
//! let seen = layout::of::<Change>()?;
//! assert_eq!(seen.to_string(), "enum Change[Up(u32)|Moved{from:i64,to:i64?}|Gone]");
//! assert_eq!(layout::samples::<Change>()?.len(), 4); // `to` is tried full and empty
//! # Ok::<(), layout::LayoutError>(())
//! ```
//!
//! Strings are tried out: a type that reads itself from a text (a version, a UUID, a name with rules) gets the
//! first of a list of usual texts that it accepts.

mod candidates;
mod explorer;
mod node;
mod probe;
mod text;

use std::fmt;

use serde::de::DeserializeOwned;

use super::LayoutHash;
use explorer::Explorer;
use probe::Probe;

/// How serde sees a type, as text: `struct Add{amount:i64}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Layout(String);

impl Layout {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// The digest of it.
    #[must_use]
    pub fn hash(&self) -> LayoutHash {
        LayoutHash::of(&self.0)
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a type has no layout, and so is none for a wire.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// The type holds itself.
    #[error(
        "`{type_name}` holds itself at `{place}`: a wire type may not be recursive; send a flat list with indices"
    )]
    Recursive {
        /// Where it meets itself.
        place: String,
        /// The type.
        type_name: &'static str,
    },
    /// The type asks the format what comes next, which bincode cannot tell.
    #[error(
        "`{type_name}` asks at `{place}` what the data is, and not every format can tell: send such data as \
         JSON text, and write enums without `untagged`, `tag` or `flatten`"
    )]
    SelfDescribing {
        /// Where it asks.
        place: String,
        /// The type.
        type_name: &'static str,
    },
    /// No sample was accepted.
    #[error(
        "no sample of `{type_name}` was accepted; the last one failed after `{place}`: {message}; accept one of \
         the usual values there (a short lower-case word, a version, a UUID, 1)"
    )]
    Refused {
        /// The last text or number that was tried before it failed.
        place: String,
        /// The type.
        type_name: &'static str,
        /// What the type said.
        message: String,
    },
    /// The type has more parts than this is willing to walk.
    #[error("`{type_name}` has more than {limit} parts: split it")]
    TooLarge {
        /// The type.
        type_name: &'static str,
        /// The number of parts that is walked.
        limit: usize,
    },
}

/// The layout of a type.
///
/// # Errors
/// When the type is none for a wire.
pub fn of<T: DeserializeOwned>() -> Result<Layout, LayoutError> {
    explore::<T>().map(|(layout, _)| layout)
}

/// Values of a type, in which every variant of every enum in it, and every optional part both there and
/// absent, is seen at least once. None for a type without values.
///
/// # Errors
/// When the type is none for a wire.
pub fn samples<T: DeserializeOwned>() -> Result<Vec<T>, LayoutError> {
    explore::<T>().map(|(_, samples)| samples)
}

fn explore<T: DeserializeOwned>() -> Result<(Layout, Vec<T>), LayoutError> {
    let mut explorer = Explorer::new(std::any::type_name::<T>());
    let mut samples = Vec::new();
    while !explorer.is_done() {
        explorer.begin();
        match T::deserialize(Probe::root(&mut explorer)) {
            Ok(sample) => {
                explorer.accept();
                samples.push(sample);
            }
            Err(rejection) => explorer.reject(&rejection)?,
        }
    }
    Ok((Layout(text::of(explorer.nodes())), samples))
}
