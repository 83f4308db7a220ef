//! What decides the partition: a whole number by itself, anything else by its hash.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};

/// A key by which a partition is chosen. The same key chooses the same partition as long as the number of partitions
/// stays the same.
///
/// Whole numbers choose by their remainder, so that numbers that follow each other are spread evenly; everything else
/// by a hash, which is the same in all programs built with one release of Rust.
///
/// ```
/// use mistersmith::supervisor::PartitionKey;
///
/// assert_eq!(PartitionKey::from(7).of(3), Some(1));
/// assert_eq!(PartitionKey::from(-7).of(3), Some(1));
/// assert_eq!(PartitionKey::from("ada").of(3), PartitionKey::hashed("ada").of(3));
/// assert_eq!(PartitionKey::from(7).of(0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartitionKey(u64);

impl PartitionKey {
    /// A key that chooses by its hash.
    pub fn hashed(key: impl Hash) -> Self {
        Self(BuildHasherDefault::<DefaultHasher>::default().hash_one(key))
    }

    /// The partition that it chooses among so many; `None` when there are none.
    #[must_use]
    pub fn of(self, partitions: usize) -> Option<usize> {
        let chosen = self.0.checked_rem(u64::try_from(partitions).ok()?)?;
        usize::try_from(chosen).ok()
    }
}

impl From<i64> for PartitionKey {
    fn from(key: i64) -> Self {
        Self(key.unsigned_abs())
    }
}

impl From<i32> for PartitionKey {
    fn from(key: i32) -> Self {
        Self::from(i64::from(key))
    }
}

impl From<u64> for PartitionKey {
    fn from(key: u64) -> Self {
        Self(key)
    }
}

impl From<u32> for PartitionKey {
    fn from(key: u32) -> Self {
        Self(u64::from(key))
    }
}

impl From<usize> for PartitionKey {
    fn from(key: usize) -> Self {
        Self(key as u64)
    }
}

impl From<&str> for PartitionKey {
    fn from(key: &str) -> Self {
        Self::hashed(key)
    }
}

impl From<&String> for PartitionKey {
    fn from(key: &String) -> Self {
        Self::hashed(key.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    proptest! {
        #[test]
        fn a_whole_number_chooses_by_its_magnitude_and_every_key_chooses_one_that_is_there(
            number in any::<i64>(), text in ".*", partitions in 1_usize..100
        ) {
            let chosen = PartitionKey::from(number).of(partitions);
            prop_assert_eq!(chosen, Some((number.unsigned_abs() % partitions as u64) as usize));
            let hashed = PartitionKey::from(text.as_str()).of(partitions);
            prop_assert!(hashed.is_some_and(|partition| partition < partitions));
            prop_assert_eq!(hashed, PartitionKey::from(&text).of(partitions));
        }
    }
}
