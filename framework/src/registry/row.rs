//! Dense rows of entries that one writer rearranges while any number of readers pick from them without a lock.
//!
//! A row is the places 0 to its length, kept in one concurrent map for all rows: a map per row would cost each
//! of 100,000 small rows a kilobyte for the reclamation alone. Who leaves is replaced by the last one, so both
//! coming and leaving touch two places at most.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::Record;
use super::entry::Entry;
use super::table::Table;
use super::writer::LINGERING;

/// Where an entry sits in a row. Every agent keeps a few of these.
pub(super) type Place = u32;

/// One row; the entries are in [`Rows`].
pub(super) struct Row {
    number: u64,
    length: AtomicU32,
    turn: AtomicU32,
}

/// The entries of all rows. Only the registry's one writer calls what changes a row.
#[derive(Default)]
pub(super) struct Rows {
    places: Table<(u64, Place), Arc<Entry>>,
    numbers: AtomicU64,
    #[cfg(test)]
    pub(super) touched: AtomicU64,
}

impl Rows {
    pub(super) fn row(&self) -> Row {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        Row { number, length: AtomicU32::new(0), turn: AtomicU32::new(0) }
    }

    /// Appends; the new place.
    pub(super) fn push(&self, row: &Row, entry: Arc<Entry>) -> Place {
        let place = row.len();
        self.put(row, place, entry);
        // After the entry: a reader that sees the length finds the entry.
        row.length.store(place + 1, Ordering::Release);
        place
    }

    fn put(&self, row: &Row, place: Place, entry: Arc<Entry>) {
        self.touch();
        self.places.insert((row.number, place), entry);
    }

    /// Takes out what is at `place`; the entry that sits there since, if the last one moved up.
    pub(super) fn remove(&self, row: &Row, place: Place) -> Option<Arc<Entry>> {
        let last = row.len().checked_sub(1)?;
        let moved = if place == last { None } else { self.get(row, last) };
        // The last one is in both places for a moment: a reader may see it twice, but never miss it.
        if let Some(moved) = &moved {
            self.put(row, place, Arc::clone(moved));
        }
        row.length.store(last, Ordering::Release);
        self.touch();
        self.places.remove(&(row.number, last));
        moved
    }

    /// The record of one who is fit, each in turn.
    ///
    /// The row is one of fit ones: at most [`LINGERING`] of all that are in it are not, unless a writer is at work.
    /// So is an empty place a sign that the row has become shorter since its length was read. Then, and in a row
    /// that is not longer than that, all of it is looked through; nobody who stays fit is missed.
    pub(super) fn pick(&self, row: &Row) -> Option<Arc<Record>> {
        let length = row.len();
        if length == 0 {
            return None;
        }
        let turn = row.turn.fetch_add(1, Ordering::Relaxed);
        let next = |step| self.with(row, turn.wrapping_add(step) % length, fit)?;
        (0..=LINGERING.min(length - 1)).find_map(next).or_else(|| {
            let mut all = (0..row.len()).rev();
            all.find_map(|place| self.with(row, place, fit)?)
        })
    }

    /// The records of all of them, in no order; one that moves meanwhile may be there twice, one that stays is
    /// never missed.
    ///
    /// From the back, because entries only ever move towards the front: who has not been seen at its old place
    /// is seen at its new one.
    pub(super) fn all(&self, row: &Row) -> impl Iterator<Item = Arc<Record>> {
        (0..row.len()).rev().filter_map(|place| self.with(row, place, |entry| entry.present())?)
    }

    fn get(&self, row: &Row, place: Place) -> Option<Arc<Entry>> {
        self.with(row, place, Arc::clone)
    }

    fn with<T>(&self, row: &Row, place: Place, read: impl FnOnce(&Arc<Entry>) -> T) -> Option<T> {
        self.touch();
        self.places.with(&(row.number, place), read)
    }

    /// Counts the places touched, for the tests that promise how many.
    fn touch(&self) {
        #[cfg(test)]
        self.touched.fetch_add(1, Ordering::Relaxed);
    }
}

fn fit(entry: &Arc<Entry>) -> Option<Arc<Record>> {
    entry.present_if(Record::is_fit)
}

impl Row {
    pub(super) fn len(&self) -> Place {
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
    use super::super::Heartbeat;
    use super::super::tests::{id, record};
    use super::*;
    use crate::identity::lifecycle::Stage;

    /// Entries whose records are fit.
    fn entries(count: u128) -> Vec<Arc<Entry>> {
        let entry = |number| {
            let record = record(&id("cache", number), 1).with_stage(Stage::Active);
            record.begin(Heartbeat::default());
            let entry = Entry::new(record.id.instance, 0);
            entry.seat(Some(Arc::new(record)));
            entry
        };
        (0..count).map(entry).collect()
    }

    fn filled(rows: &Rows, count: u128) -> (Row, Vec<Arc<Entry>>) {
        let (row, entries) = (rows.row(), entries(count));
        for (index, entry) in entries.iter().enumerate() {
            assert_eq!(usize::try_from(rows.push(&row, Arc::clone(entry))), Ok(index));
        }
        (row, entries)
    }

    fn instance(found: Option<Arc<Record>>) -> Option<u128> {
        found.map(|record| record.id.instance.as_uuid().as_u128())
    }

    #[test]
    fn who_leaves_is_replaced_by_the_last() {
        let rows = Rows::default();
        let (row, entries) = filled(&rows, 3);
        assert!(Arc::ptr_eq(&rows.remove(&row, 0).unwrap(), &entries[2]));
        assert!(rows.remove(&row, 1).is_none());
        assert_eq!(row.len(), 1);
        assert_eq!(instance(rows.pick(&row)), Some(2));
    }

    #[test]
    fn who_moves_while_a_row_is_read_is_not_missed() {
        let rows = Rows::default();
        let (row, entries) = filled(&rows, 3);
        let mut reading = rows.all(&row);
        let mut seen = vec![reading.next().unwrap()];
        rows.remove(&row, 0);
        seen.extend(reading);
        for staying in &entries[1..] {
            assert!(seen.iter().any(|seen| seen.id.instance == staying.instance), "{staying:?}");
        }
    }

    #[test]
    fn the_one_fit_one_is_picked_wherever_it_sits_and_whoever_s_turn_it_is() {
        let rows = Rows::default();
        let (row, entries) = filled(&rows, 40);
        for fit in [0, 7, 39] {
            for entry in entries.iter().filter(|entry| entry.instance != entries[fit].instance) {
                entry.seat(None);
            }
            for _ in 0..80 {
                assert_eq!(instance(rows.pick(&row)), u128::try_from(fit).ok());
            }
            let all = super::tests::entries(40);
            entries.iter().zip(all).for_each(|(entry, again)| drop(entry.seat(again.present())));
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
