//! What supervised children did, in order, as short words.

use super::Probe;

/// What [`Scripted`](super::Scripted) children did, in order. Clones are the same trace.
///
/// | word | meaning |
/// |---|---|
/// | `+a` | a runs |
/// | `×a` | a start of a failed |
/// | `(a)` | a start of a said that it is not needed |
/// | `a!boom` | a ended by itself, with this error or exit |
/// | `-a` | a was stopped, and ended |
/// | `-a(killed)` | a was killed; also `-a(error)` and `-a(panic)`, by how it took being stopped |
#[derive(Clone, Debug, Default)]
pub struct Trace(Probe<String>);

impl Trace {
    /// A trace in which nothing has happened.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything since the last look, as one line: `d!boom -a +a +b`.
    #[must_use]
    pub fn take(&self) -> String {
        self.0.take().join(" ")
    }

    /// The next word; waits for it.
    ///
    /// # Panics
    /// When none comes, as [`Probe::next`].
    ///
    /// # Cancel safety
    /// No word is lost.
    pub async fn next(&self) -> String {
        self.0.next().await
    }

    /// Adds a word.
    pub fn note(&self, word: impl Into<String>) {
        self.0.report(word.into());
    }
}
