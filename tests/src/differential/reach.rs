//! How far scenarios were compared: where one goes another way on purpose, nothing after that is.

use std::fmt;

/// How much of some scenarios was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The scenarios.
    pub scenarios: usize,
    /// Those of them that were compared to their end.
    pub to_the_end: usize,
    /// Their steps, with the start and the end of each.
    pub steps: usize,
    /// Those of them that were compared.
    pub compared: usize,
}

impl Reach {
    /// One scenario more, of which so many steps were compared.
    pub(super) fn add(&mut self, compared: usize, steps: usize) {
        self.scenarios += 1;
        self.to_the_end += usize::from(compared == steps);
        self.steps += steps;
        self.compared += compared;
    }

    /// How many of a hundred scenarios were compared to their end; of no scenarios, all.
    #[must_use]
    pub fn percent_to_the_end(&self) -> usize {
        (100 * self.to_the_end).checked_div(self.scenarios).unwrap_or(100)
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenarios, to_the_end, steps, compared } = self;
        write!(
            f,
            "{to_the_end} of {scenarios} scenarios were compared to their end, and {compared} of {steps} steps"
        )
    }
}
