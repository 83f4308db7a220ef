//! What to do when a domain uses more than it may: warn first, then correct, and lift the correction when it is calm.

/// What one look saw of one resource of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How much is used.
    pub used: u64,
    /// How much is allowed; 0 means any amount.
    pub allowed: u64,
    /// Whether more was wanted than was used: something was refused since the last look.
    pub held_back: bool,
}

/// Where one resource of a domain stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Within the limit.
    #[default]
    Within,
    /// Over it at the last look.
    Warned,
    /// Over it for longer, and corrected.
    Corrected,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Nothing.
    Nothing,
    /// Say that it is over the limit.
    Warn,
    /// Correct it.
    Correct,
    /// Lift the correction.
    Lift,
}

/// The most of the limit, in percent, that may be used when a correction is lifted. Lifting at the
/// limit itself would correct and lift in turns.
const CALM_PERCENT: u64 = 80;

impl Standing {
    /// What to do after one more look, and where the resource stands then.
    #[must_use]
    pub fn after(self, seen: Seen) -> (Self, Act) {
        let over = seen.allowed != 0 && seen.used > seen.allowed;
        let calm = !seen.held_back
            && (seen.allowed == 0
                || seen.used.saturating_mul(100) <= seen.allowed.saturating_mul(CALM_PERCENT));
        match (self, over) {
            (Self::Within, true) => (Self::Warned, Act::Warn),
            (Self::Warned | Self::Corrected, true) => (Self::Corrected, Act::Correct),
            (Self::Within | Self::Warned, false) => (Self::Within, Act::Nothing),
            (Self::Corrected, false) if calm => (Self::Within, Act::Lift),
            (Self::Corrected, false) => (Self::Corrected, Act::Nothing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(used: u64, allowed: u64, held_back: bool) -> Seen {
        Seen { used, allowed, held_back }
    }

    #[test]
    fn once_over_is_a_warning_twice_is_a_correction() {
        let (standing, act) = Standing::Within.after(seen(101, 100, false));
        assert_eq!((standing, act), (Standing::Warned, Act::Warn));
        assert_eq!(standing.after(seen(101, 100, false)), (Standing::Corrected, Act::Correct));
        assert_eq!(standing.after(seen(100, 100, false)), (Standing::Within, Act::Nothing));
    }

    #[test]
    fn a_correction_is_lifted_when_nobody_is_held_back_and_a_fifth_is_free() {
        for (seen, act) in [
            (seen(100, 100, false), Act::Nothing),
            (seen(81, 100, false), Act::Nothing),
            (seen(80, 100, true), Act::Nothing),
            (seen(80, 100, false), Act::Lift),
            (seen(101, 100, true), Act::Correct),
            (seen(u64::MAX / 200, 0, false), Act::Lift),
        ] {
            assert_eq!(Standing::Corrected.after(seen).1, act, "{seen:?}");
        }
    }
}
