//! A concurrent map whose keys may leave and come back without end.
//!
//! papaya does not use the slot of a removed key again before it copies the whole table, and it copies when a
//! probe gets long (about 90 steps among 100,000). An agent that is restarted again and again is one key that
//! leaves and comes back, so each 90th restart would have cost a copy of everything. Here a key that leaves
//! keeps its slot, empty, and the empty ones are swept out only when there are more of them than of the others.

use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use foldhash::fast::RandomState;
use papaya::{Equivalent, HashMap};

/// The map. Any number of readers; only the registry's one writer calls what changes it.
pub(super) struct Table<K, V> {
    slots: HashMap<K, Option<V>, RandomState>,
    present: AtomicUsize,
    /// Keys that have left since the last sweep; some may have come back.
    left: Mutex<Vec<K>>,
}

/// The slots that may be empty before it is worth to sweep, however few are full.
const SPARE: usize = 64;

impl<K: Hash + Eq + Clone, V: Clone> Table<K, V> {
    pub(super) fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<V> {
        self.with(key, V::clone)
    }

    /// What `read` makes of the value.
    pub(super) fn with<Q, T>(&self, key: &Q, read: impl FnOnce(&V) -> T) -> Option<T>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.slots.pin().get(key).and_then(Option::as_ref).map(read)
    }

    /// What `read` makes of all values, in no order.
    pub(super) fn collect<T>(&self, read: impl FnMut(&V) -> Option<T>) -> Vec<T> {
        self.slots.pin().values().flatten().filter_map(read).collect()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.present.load(Ordering::Relaxed)
    }

    pub(super) fn insert(&self, key: K, value: V) {
        if self.slots.pin().insert(key, Some(value)).is_none_or(Option::is_none) {
            self.present.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn remove(&self, key: &K) {
        if self.with(key, |_| ()).is_none() {
            return;
        }
        self.slots.pin().insert(key.clone(), None);
        let present = self.present.fetch_sub(1, Ordering::Relaxed) - 1;
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.push(key.clone());
        if left.len() > SPARE + present {
            let slots = self.slots.pin();
            for key in left.drain(..) {
                // An error says that it has come back.
                let _ = slots.remove_if(&key, |_, value| value.is_none());
            }
        }
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { slots: HashMap::default(), present: AtomicUsize::new(0), left: Mutex::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_left_is_not_there_and_may_come_back() {
        let table = Table::default();
        for value in 0..1000 {
            table.insert("key", value);
            assert_eq!(
                (table.get("key"), table.len(), table.collect(|value| Some(*value))),
                (Some(value), 1, vec![value])
            );
            table.remove(&"key");
            table.remove(&"key");
            assert_eq!(
                (table.get("key"), table.len(), table.collect(|value| Some(*value))),
                (None, 0, vec![])
            );
        }
    }

    #[test]
    fn a_key_that_leaves_and_comes_back_keeps_its_slot_and_those_that_stay_away_are_swept_out() {
        let table = Table::default();
        (0..200).for_each(|key| table.insert(key, ()));
        for _ in 0..SPARE {
            table.remove(&7);
            assert_eq!(table.slots.len(), 200);
            table.insert(7, ());
        }
        (0..200).for_each(|key| table.remove(&key));
        assert!(table.slots.len() <= SPARE, "{} slots for nobody", table.slots.len());
    }

    #[test]
    fn a_sweep_takes_nobody_who_has_come_back() {
        let table = Table::default();
        for round in 0..10 * SPARE {
            table.remove(&0);
            table.insert(0, round);
            table.remove(&1);
            table.insert(1, round);
            assert_eq!((table.get(&0), table.get(&1)), (Some(round), Some(round)));
        }
    }
}
