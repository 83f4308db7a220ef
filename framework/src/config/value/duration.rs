//! A time with its unit, so that nobody guesses whether 5 was seconds: `250ms`, `5s`, `2min`, `1h`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Refused, number_and_unit};

/// A duration as it is written in a configuration: a whole number and a unit.
///
/// It goes from one nanosecond to a hundred years, so that a deadline can be computed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::config) struct Span(Duration);

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// Units with their nanoseconds; larger units first, so that a span is shown in the largest that fits it exactly.
const UNITS: [(&str, u128); 8] = [
    ("d", 86_400 * NANOS_PER_SECOND),
    ("h", 3_600 * NANOS_PER_SECOND),
    ("min", 60 * NANOS_PER_SECOND),
    ("m", 60 * NANOS_PER_SECOND),
    ("s", NANOS_PER_SECOND),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

impl Span {
    /// This duration.
    #[must_use]
    pub(in crate::config) const fn new(duration: Duration) -> Self {
        Self(duration)
    }

    /// The duration.
    #[must_use]
    pub(in crate::config) const fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Span {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let refused = || Refused::new("a duration with its unit, such as 250ms, 5s or 2min");
        if text.contains('.') {
            return Err(refused().hint("write a whole number in the next smaller unit"));
        }
        let (count, unit) = number_and_unit(text).ok_or_else(refused)?;
        if unit.is_empty() {
            return Err(refused().hint(format!("did you mean {count}s?")));
        }
        let scale = UNITS
            .iter()
            .find_map(|(name, scale)| (*name == unit).then_some(*scale))
            .ok_or_else(|| refused().hint("the units are ns, us, ms, s, min, h, d"))?;
        let nanos = u128::from(count) * scale;
        if nanos == 0 {
            return Err(refused().hint("it must be longer than nothing"));
        }
        if nanos > 36_500 * UNITS[0].1 {
            return Err(refused().hint("a hundred years (36500d) are the most"));
        }
        let seconds = u64::try_from(nanos / NANOS_PER_SECOND).map_err(|_| refused())?;
        let rest = u32::try_from(nanos % NANOS_PER_SECOND).map_err(|_| refused())?;
        Ok(Self(Duration::new(seconds, rest)))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        match UNITS.iter().find(|(_, scale)| nanos >= *scale && nanos.is_multiple_of(*scale)) {
            Some((unit, scale)) => write!(f, "{}{unit}", nanos / scale),
            None => f.write_str("0s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        for (text, millis) in
            [("250ms", 250), ("5s", 5_000), ("5 s", 5_000), ("2min", 120_000), ("1m", 60_000)]
        {
            assert_eq!(text.parse(), Ok(Span(Duration::from_millis(millis))), "{text}");
        }
        assert_eq!("36500d".parse(), Ok(Span(Duration::from_secs(36_500 * 86_400))));
    }

    #[test]
    fn a_number_without_a_unit_is_not_guessed_at() {
        let refused = "5".parse::<Span>().unwrap_err();
        assert_eq!(refused.hint.as_deref(), Some("did you mean 5s?"));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "s", "0s", "-5s", "1.5s", "5 parsecs", "36501d", "18446744073709551615d"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_duration_that_is_shown_is_read_back(seconds in 0..3_000_000_000_u64, nanos in 1..1_000_000_000_u32) {
            for span in [Span(Duration::new(seconds, nanos)), Span(Duration::from_secs(seconds + 1))] {
                assert_eq!(span.to_string().parse(), Ok(span));
            }
        }
    }
}
