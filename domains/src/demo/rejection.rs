//! Why a line came to no result: a kind to count by, and the words for whoever has to repair the line.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) enum Kind {
    MissingField,
    BadNumber,
    BadQuantity,
    BadDate,
    BadSku,
    UnknownCurrency,
    BadUtf8,
    TooLong,
    /// Another line has the same order id, and came first.
    Duplicate,
    /// It made a station panic, and then another time.
    Panic,
    /// It was sent without an idempotency key; the fault of a station, not of the line.
    NoKey,
}

impl Kind {
    /// A rejection of this kind.
    pub(super) fn because(self, detail: impl Into<String>) -> Rejection {
        Rejection { kind: self, detail: detail.into() }
    }

    fn name(self) -> &'static str {
        match self {
            Self::MissingField => "missing_field",
            Self::BadNumber => "bad_number",
            Self::BadQuantity => "bad_quantity",
            Self::BadDate => "bad_date",
            Self::BadSku => "bad_sku",
            Self::UnknownCurrency => "unknown_currency",
            Self::BadUtf8 => "bad_utf8",
            Self::TooLong => "too_long",
            Self::Duplicate => "duplicate",
            Self::Panic => "panic",
            Self::NoKey => "no_key",
        }
    }
}

/// The refusal of every station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Rejection {
    pub(super) kind: Kind,
    pub(super) detail: String,
}

/// As a row of the rejects has it: `kind,detail`, on one line whatever the detail holds.
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail: String = self
            .detail
            .chars()
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect();
        write!(f, "{},{detail}", self.kind.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_of_several_lines_stays_on_one() {
        assert_eq!(Kind::Panic.because("one\r\ntwo").to_string(), "panic,one  two");
    }
}
