//! What is wrong with a configuration: every mistake with its place, in the order of the places.

use std::fmt;

use super::origin::Origin;

/// One mistake.
///
/// It displays as one line, such as
/// `smith.yaml:12:14: domains.agent_lifecycle.restarts: expected a whole number from 0 to 4294967295, got "many"`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Problem {
    /// Where it was written.
    pub place: Origin,
    /// Which setting it is, as keys joined by dots; empty when it is not about one setting.
    pub path: String,
    /// What would have been taken.
    pub expected: String,
    /// What was there.
    pub got: String,
    /// What to write instead, when that can be guessed.
    pub hint: Option<String>,
}

impl Problem {
    pub(super) fn new(
        place: Origin,
        path: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Self {
        Self { place, path: path.into(), expected: expected.into(), got: got.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "expected {}, got {}", self.expected, self.got)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong with a configuration: at least one problem, those of the file first, then those of the
/// environment, then those of the flags. It displays as one line for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// All of `found`, in order and each once; `Ok` when there is none.
    pub(super) fn check(mut found: Vec<Problem>) -> Result<(), Self> {
        found.sort();
        found.dedup();
        if found.is_empty() { Ok(()) } else { Err(Self(found)) }
    }

    /// The problems in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
