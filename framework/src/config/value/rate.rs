//! How often something may happen, written as people write it: `100k/sec`, `5000/s`, `2M/min`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Refused, number_and_unit};

/// At most `count` times in each `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    /// How many times; at least 1 in what is read.
    pub count: u64,
    /// In how long.
    pub per: Per,
}

/// The time in which the events of a [`Rate`] are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Per {
    /// One second.
    Second,
    /// One minute.
    Minute,
    /// One hour.
    Hour,
}

/// What may be written for the time; the first of each kind is how it is shown.
const WORDS: [(&str, Per); 8] = [
    ("sec", Per::Second),
    ("s", Per::Second),
    ("second", Per::Second),
    ("min", Per::Minute),
    ("m", Per::Minute),
    ("minute", Per::Minute),
    ("hour", Per::Hour),
    ("h", Per::Hour),
];

impl Rate {
    /// The time between two events at this rate; no time for a rate faster than one in a nanosecond.
    #[must_use]
    pub fn interval(self) -> Duration {
        Duration::from_nanos(self.per.duration().as_nanos() as u64 / self.count.max(1))
    }

    /// How many times in a second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        self.count as f64 / self.per.duration().as_secs_f64()
    }
}

impl Per {
    /// The time itself.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_secs(match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3600,
        })
    }
}

impl FromStr for Rate {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let refused = || Refused::new("a rate of at least 1, such as 100k/sec, 5000/s or 2M/min");
        let (count, per) = text.split_once('/').ok_or_else(refused)?;
        let per = WORDS
            .iter()
            .find_map(|(word, is)| (*word == per.trim()).then_some(*is))
            .ok_or_else(|| refused().hint("count per sec, min or hour"))?;
        let (number, scale) = number_and_unit(count.trim()).ok_or_else(refused)?;
        let scale = match scale {
            "" => 1,
            "k" | "K" => 1_000,
            "M" => 1_000_000,
            _ => return Err(refused().hint("k is a thousand, M a million")),
        };
        match number.checked_mul(scale) {
            None | Some(0) => Err(refused()),
            Some(count) => Ok(Self { count, per }),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, scale) = match self.count {
            count if count >= 1_000_000 && count.is_multiple_of(1_000_000) => (count / 1_000_000, "M"),
            count if count >= 1_000 && count.is_multiple_of(1_000) => (count / 1_000, "k"),
            count => (count, ""),
        };
        write!(f, "{count}{scale}/{}", self.per)
    }
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Second => "sec",
            Self::Minute => "min",
            Self::Hour => "hour",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::*;

    #[test]
    fn a_rate_is_a_count_and_a_time() {
        let rate = |count, per| Ok(Rate { count, per });
        assert_eq!("100k/sec".parse(), rate(100_000, Per::Second));
        assert_eq!("5000/s".parse(), rate(5_000, Per::Second));
        assert_eq!("2M/min".parse(), rate(2_000_000, Per::Minute));
        assert_eq!("7 / hour".parse(), rate(7, Per::Hour));
        assert_eq!("2/min".parse().map(Rate::interval), Ok(Duration::from_secs(30)));
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in ["", "100", "/s", "0/s", "k/s", "5/week", "5q/s", "-5/s", "5/", "99999999999999999M/s"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_rate_that_is_shown_is_read_back(count in 1..=u64::MAX, zeros in 0..9_u32, per in 0..3_usize) {
            let count = count.saturating_mul(10_u64.pow(zeros));
            let rate = Rate { count, per: [Per::Second, Per::Minute, Per::Hour][per] };
            assert_eq!(rate.to_string().parse(), Ok(rate));
        }
    }
}
