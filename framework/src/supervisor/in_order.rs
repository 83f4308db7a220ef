//! What belongs to the children of one supervisor, in start order, and found by key without a search.

use std::collections::{BTreeMap, HashMap};

use super::children::Key;

/// Something of each child. Whoever leaves takes nobody's place away.
#[derive(Clone, Debug)]
pub(super) struct InOrder<T> {
    list: BTreeMap<usize, T>,
    places: HashMap<Key, usize>,
}

impl<T> InOrder<T> {
    pub(super) fn get(&self, key: Key) -> Option<&T> {
        self.list.get(self.places.get(&key)?)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.list.get_mut(self.places.get(&key)?)
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<T> {
        self.list.remove(&self.places.remove(&key)?)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.list.values()
    }

    pub(super) fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        self.list.values_mut()
    }
}

/// From what comes in start order, with its keys.
impl<T> FromIterator<(Key, T)> for InOrder<T> {
    fn from_iter<I: IntoIterator<Item = (Key, T)>>(children: I) -> Self {
        let (mut list, mut places) = (BTreeMap::new(), HashMap::new());
        for (place, (key, child)) in children.into_iter().enumerate() {
            list.insert(place, child);
            places.insert(key, place);
        }
        Self { list, places }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_leaves_leaves_the_order_and_the_keys_of_the_others() {
        // As after an upgrade: the keys are not in order.
        let mut children: InOrder<_> = [(7, 'a'), (2, 'b'), (5, 'c')].into_iter().collect();
        assert_eq!((children.remove(2), children.remove(2)), (Some('b'), None));
        assert_eq!(children.iter().collect::<String>(), "ac");
        assert_eq!((children.get(7), children.get(2), children.get(5)), (Some(&'a'), None, Some(&'c')));
        children.iter_mut().rev().zip("xy".chars()).for_each(|(child, name)| *child = name);
        assert_eq!(children.get_mut(7), Some(&mut 'y'));
        assert_eq!(children.get_mut(5), Some(&mut 'x'));
    }
}
