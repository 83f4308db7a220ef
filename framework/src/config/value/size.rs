//! An amount of memory, written as people write it: `512MB`, `4GB`, `64KiB`, or plain bytes.

use std::fmt;
use std::str::FromStr;

use super::{Refused, number_and_unit};

/// A number of bytes.
///
/// `MB` and its like are powers of 1000, `MiB` and its like are powers of 1024; capitals do not matter.
///
/// ```
/// use mistersmith::config::ByteSize;
///
/// let size: ByteSize = "64KiB".parse()?;
/// assert_eq!(size, ByteSize::new(65_536));
/// assert_eq!(ByteSize::new(512_000_000).to_string(), "512MB");
/// # Ok::<(), mistersmith::config::Refused>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ByteSize(u64);

/// Larger units first, so that a size is shown in the largest that fits it exactly.
const UNITS: [(&str, u64); 8] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
];

impl ByteSize {
    /// This many bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for ByteSize {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let refused = || Refused::new("a size of at least 1 byte, such as 512MB, 64KiB or 4096");
        if text.contains('.') {
            return Err(refused().hint("write a whole number in the next smaller unit"));
        }
        let (count, unit) = number_and_unit(text).ok_or_else(refused)?;
        let scale = match unit {
            "" => 1,
            unit if unit.eq_ignore_ascii_case("B") => 1,
            unit => UNITS
                .iter()
                .find_map(|(name, scale)| name.eq_ignore_ascii_case(unit).then_some(*scale))
                .ok_or_else(|| refused().hint("the units are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB"))?,
        };
        match count.checked_mul(scale) {
            Some(0) => Err(refused()),
            Some(bytes) => Ok(Self(bytes)),
            None => Err(refused().hint("this is more than 18 exabytes")),
        }
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, scale)| self.0 >= *scale && self.0.is_multiple_of(*scale)) {
            Some((unit, scale)) => write!(f, "{}{unit}", self.0 / scale),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    #[test]
    fn thousands_and_twenty_fours_are_told_apart() {
        for (text, bytes) in [
            ("4096", 4096),
            ("7B", 7),
            ("1kB", 1_000),
            ("1KB", 1_000),
            ("1KiB", 1_024),
            ("512MB", 512_000_000),
            ("512 mib", 536_870_912),
            ("4GB", 4_000_000_000),
            ("1TiB", 1_099_511_627_776),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "MB", "0", "0GB", "-1", "1.5GB", "5 parsecs", "99999999TB", "99999999999999999999"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_size_that_is_shown_is_read_back(bytes in 1..=u64::MAX, unit in 0..8_usize, whole in any::<bool>()) {
            let bytes = if whole { (bytes >> 44).max(1).saturating_mul(UNITS[unit].1) } else { bytes };
            assert_eq!(ByteSize(bytes).to_string().parse(), Ok(ByteSize(bytes)));
        }
    }
}
