//! Why a text is not the value that was wanted: what was expected, and a hint when there is one.

use std::borrow::Cow;

/// A text that is not such a value; whoever asked knows where it stands and what it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}{}", .hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
pub struct Refused {
    /// What would have been taken.
    pub expected: Cow<'static, str>,
    /// What to write instead, when that can be guessed.
    pub hint: Option<String>,
}

impl Refused {
    /// A refusal that says what would have been taken.
    #[must_use]
    pub fn new(expected: impl Into<Cow<'static, str>>) -> Self {
        Self { expected: expected.into(), hint: None }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, with the hint if there is one.
    #[must_use]
    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}
