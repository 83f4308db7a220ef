//! What is wrong with a text that should be a scenario: where, what was expected, what stands there.

/// A text that is no scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}: expected {expected}, got {got}")]
pub struct Malformed {
    /// The line, counted from 1.
    pub line: usize,
    /// What would have been right.
    pub expected: String,
    /// What stands there.
    pub got: String,
}

impl Malformed {
    /// The same, with its lines counted from the line `first` of a larger text.
    #[must_use]
    pub fn within(mut self, first: usize) -> Self {
        self.line += first.saturating_sub(1);
        self
    }
}

/// Something that was not as expected, on a line that the caller knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) expected: String,
    pub(super) got: String,
}

impl Wrong {
    pub(super) fn new(expected: impl Into<String>, got: &str) -> Self {
        let got = if got.is_empty() { "nothing".to_owned() } else { format!("`{got}`") };
        Self { expected: expected.into(), got }
    }

    pub(super) fn at(self, line: usize) -> Malformed {
        Malformed { line, expected: self.expected, got: self.got }
    }
}
