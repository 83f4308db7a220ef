//! A value that belongs to one agent, kept as it was written for that agent's own code to interpret.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Span;

/// One plain value: a boolean, a number or a text.
///
/// Only `true` and `false` are booleans and only decimal notation is a number; `no`, `0x1f` and `5s` are texts.
/// What is quoted in the file is a text whatever it looks like.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number that fits 64 bits with its sign.
    Whole(i64),
    /// A finite number with a fraction or an exponent.
    Decimal(f64),
    /// Anything else.
    Text(String),
}

impl Scalar {
    /// What an unquoted text is.
    #[must_use]
    pub fn from_plain(text: &str) -> Self {
        match text {
            "true" => Self::Boolean(true),
            "false" => Self::Boolean(false),
            _ => Self::number(text).unwrap_or_else(|| Self::Text(text.to_owned())),
        }
    }

    /// `inf` and `nan` are numbers to Rust; here a number has a digit in front.
    fn number(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        if !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        if let Ok(whole) = text.parse() {
            return Some(Self::Whole(whole));
        }
        if !unsigned.contains(['.', 'e', 'E']) {
            return None;
        }
        text.parse().ok().filter(|decimal: &f64| decimal.is_finite()).map(Self::Decimal)
    }

    /// The boolean, if it is one.
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(boolean) => Some(*boolean),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    #[must_use]
    pub fn whole(&self) -> Option<i64> {
        match self {
            Self::Whole(whole) => Some(*whole),
            _ => None,
        }
    }

    /// The number, whole or not, if it is one; a whole number beyond 2^53 is rounded.
    #[must_use]
    pub fn decimal(&self) -> Option<f64> {
        match self {
            Self::Whole(whole) => Some(*whole as f64),
            Self::Decimal(decimal) => Some(*decimal),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The duration that the text spells, such as `5s`, if it does.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.parse::<Span>().map(Span::duration)
    }

    /// What the text spells, for instance a [`ByteSize`](super::ByteSize) or a [`Rate`](super::Rate); none if it is
    /// no text or spells something else.
    #[must_use]
    pub fn parse<T: FromStr>(&self) -> Option<T> {
        self.text()?.parse().ok()
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(boolean) => boolean.fmt(f),
            Self::Whole(whole) => whole.fmt(f),
            // `{:?}` keeps the point (`1.0`), so that it stays a decimal when it is read back.
            Self::Decimal(decimal) => write!(f, "{decimal:?}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    #[test]
    fn only_what_can_be_nothing_else_is_a_boolean_or_a_number() {
        for (text, scalar) in [
            ("true", Scalar::Boolean(true)),
            ("-12", Scalar::Whole(-12)),
            ("0.5", Scalar::Decimal(0.5)),
            ("1e3", Scalar::Decimal(1000.0)),
        ] {
            assert_eq!(Scalar::from_plain(text), scalar);
        }
        for text in ["no", "True", "0x1f", "5s", "nan", "inf", "-", "", "1e999", "99999999999999999999", "+5"]
        {
            assert_eq!(Scalar::from_plain(text), Scalar::Text(text.to_owned()));
        }
    }

    #[test]
    fn an_agent_reads_a_text_as_what_it_wants() {
        assert_eq!(Scalar::from_plain("5s").duration(), Some(Duration::from_secs(5)));
        assert_eq!(Scalar::from_plain("5").duration(), None);
        assert_eq!(Scalar::from_plain("4GB").parse(), Some(super::super::ByteSize::new(4_000_000_000)));
    }

    proptest! {
        #[test]
        fn a_number_that_is_shown_is_read_back(whole in any::<i64>(), decimal in any::<f64>()) {
            let decimal = if decimal.is_finite() { decimal } else { 0.5 };
            for scalar in [Scalar::Whole(whole), Scalar::Decimal(decimal)] {
                assert_eq!(Scalar::from_plain(&scalar.to_string()), scalar);
            }
        }
    }
}
