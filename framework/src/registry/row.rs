//! Dense rows of records that one writer rearranges while any number of readers pick from them without a lock.
//!
//! A row is the places 0 to its length, kept in one concurrent map for all rows: a map per row would cost each
//! of 100,000 small rows a kilobyte for the reclamation alone. Who leaves is replaced by the last one, so both
//! coming and leaving touch two places at most.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::Record;
use super::table::Table;

/// One row; the records are in [`Rows`].
pub(super) struct Row {
    number: u64,
    length: AtomicUsize,
    turn: AtomicUsize,
}

/// The records of all rows. Only the registry's one writer calls what changes a row.
#[derive(Default)]
pub(super) struct Rows {
    places: Table<(u64, usize), Arc<Record>>,
    numbers: AtomicU64,
    #[cfg(test)]
    pub(super) touched: AtomicU64,
}

impl Rows {
    pub(super) fn row(&self) -> Row {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        Row { number, length: AtomicUsize::new(0), turn: AtomicUsize::new(0) }
    }

    /// Appends; the index of the new place.
    pub(super) fn push(&self, row: &Row, record: Arc<Record>) -> usize {
        let index = row.len();
        self.put(row, index, record);
        // After the record: a reader that sees the length finds the record.
        row.length.store(index + 1, Ordering::Release);
        index
    }

    fn put(&self, row: &Row, index: usize, record: Arc<Record>) {
        self.touch();
        self.places.insert((row.number, index), record);
    }

    /// Takes out what is at `index`; the record that sits there since, if the last one moved up.
    pub(super) fn remove(&self, row: &Row, index: usize) -> Option<Arc<Record>> {
        let last = row.len().checked_sub(1)?;
        let moved = if index == last { None } else { self.get(row, last) };
        // The last one is in both places for a moment: a reader may see it twice, but never miss it.
        if let Some(moved) = &moved {
            self.put(row, index, Arc::clone(moved));
        }
        row.length.store(last, Ordering::Release);
        self.touch();
        self.places.remove(&(row.number, last));
        moved
    }

    /// One of them, each in turn.
    ///
    /// A place is empty only when the row has become shorter since its length was read, so another try is made
    /// only after a writer has done something; it does not wait for one.
    pub(super) fn pick(&self, row: &Row) -> Option<Arc<Record>> {
        loop {
            let length = row.len();
            if length == 0 {
                return None;
            }
            let turn = row.turn.fetch_add(1, Ordering::Relaxed) % length;
            if let Some(record) = self.get(row, turn) {
                return Some(record);
            }
        }
    }

    /// All of them, in no order; one that moves meanwhile may be there twice, one that stays is never missed.
    ///
    /// From the back, because records only ever move towards the front: who has not been seen at its old place
    /// is seen at its new one.
    pub(super) fn all(&self, row: &Row) -> impl Iterator<Item = Arc<Record>> {
        (0..row.len()).rev().filter_map(|index| self.get(row, index))
    }

    fn get(&self, row: &Row, index: usize) -> Option<Arc<Record>> {
        self.touch();
        self.places.get(&(row.number, index))
    }

    /// Counts the places touched, for the tests that promise how many.
    fn touch(&self) {
        #[cfg(test)]
        self.touched.fetch_add(1, Ordering::Relaxed);
    }
}

impl Row {
    pub(super) fn len(&self) -> usize {
        self.length.load(Ordering::Acquire)
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row({} of {})", self.number, self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{id, record};
    use super::*;

    fn filled(rows: &Rows, count: u128) -> (Row, Vec<Arc<Record>>) {
        let row = rows.row();
        let records: Vec<_> = (0..count).map(|number| Arc::new(record(&id("cache", number), 1))).collect();
        for (index, record) in records.iter().enumerate() {
            assert_eq!(rows.push(&row, Arc::clone(record)), index);
        }
        (row, records)
    }

    #[test]
    fn who_leaves_is_replaced_by_the_last() {
        let rows = Rows::default();
        let (row, records) = filled(&rows, 3);
        assert!(Arc::ptr_eq(&rows.remove(&row, 0).unwrap(), &records[2]));
        assert!(rows.remove(&row, 1).is_none());
        assert_eq!(row.len(), 1);
        assert!(Arc::ptr_eq(&rows.pick(&row).unwrap(), &records[2]));
    }

    #[test]
    fn who_moves_while_a_row_is_read_is_not_missed() {
        let rows = Rows::default();
        let (row, records) = filled(&rows, 3);
        let mut reading = rows.all(&row);
        let mut seen = vec![reading.next().unwrap()];
        rows.remove(&row, 0);
        seen.extend(reading);
        for staying in &records[1..] {
            assert!(seen.iter().any(|seen| Arc::ptr_eq(seen, staying)), "{staying:?}");
        }
    }

    #[test]
    fn rows_do_not_mix_and_an_empty_one_gives_nobody() {
        let rows = Rows::default();
        let (row, _) = filled(&rows, 2);
        let empty = rows.row();
        assert!(rows.pick(&empty).is_none() && rows.remove(&empty, 0).is_none());
        assert_eq!((rows.all(&empty).count(), rows.all(&row).count()), (0, 2));
    }
}
