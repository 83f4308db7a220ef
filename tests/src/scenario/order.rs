//! Erlang's order of terms: numbers, atoms, tuples, maps, lists.

use std::cmp::Ordering;

use super::Term;

impl Ord for Term {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Atom(one), Self::Atom(two)) => one.cmp(two),
            (Self::Integer(one), Self::Integer(two)) => one.cmp(two),
            (Self::Tuple(one), Self::Tuple(two)) => one.len().cmp(&two.len()).then_with(|| one.cmp(two)),
            (Self::Map(one), Self::Map(two)) => {
                one.len().cmp(&two.len()).then_with(|| by_keys(one).cmp(&by_keys(two)))
            }
            _ if self.rank() != other.rank() => self.rank().cmp(&other.rank()),
            _ => match (self.number(), other.number()) {
                // Those that are equal as numbers are still two terms.
                (Some(one), Some(two)) => {
                    one.total_cmp(&two).then_with(|| self.is_float().cmp(&other.is_float()))
                }
                _ => self.elements().cmp(&other.elements()),
            },
        }
    }
}

impl PartialOrd for Term {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Term {
    fn rank(&self) -> u8 {
        match self {
            Self::Integer(_) | Self::Float(_) => 0,
            Self::Atom(_) => 1,
            Self::Tuple(_) => 2,
            Self::Map(_) => 3,
            Self::Text(_) | Self::List(_) => 4,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "two integers are never compared as floats")]
    fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Float(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn is_float(&self) -> bool {
        matches!(self, Self::Float(_))
    }

    /// Those of a list; a string is one of characters.
    fn elements(&self) -> Vec<Self> {
        match self {
            Self::List(parts) => parts.clone(),
            Self::Text(text) => {
                text.chars().map(|character| Self::Integer(u32::from(character).into())).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The keys in their order, and then the values in theirs.
fn by_keys(pairs: &[(Term, Term)]) -> (Vec<&Term>, Vec<&Term>) {
    let mut sorted: Vec<_> = pairs.iter().map(|(key, value)| (key, value)).collect();
    sorted.sort();
    sorted.into_iter().unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_in_erlangs_order() {
        let sorted = [
            "-1",
            "1.5",
            "2",
            "boom",
            "shutdown",
            "{z}",
            "{a,b}",
            "{shutdown,a}",
            "{a,b,c}",
            "#{z=>1}",
            "#{a=>2,b=>1}",
            "#{b=>2,a=>2}",
            "[]",
            "\"ab\"",
            "[97,99]",
            "[a]",
        ];
        let terms: Vec<Term> = sorted.iter().map(|text| text.parse().unwrap()).collect();
        for (index, term) in terms.iter().enumerate() {
            for (other_index, other) in terms.iter().enumerate() {
                assert_eq!(term.cmp(other), index.cmp(&other_index), "{term} and {other}");
            }
        }
    }
}
