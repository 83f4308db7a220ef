//! A checksum over the fields of a record, each with its length, so that no field can pass for another.

use crc32fast::Hasher;

/// So many bytes are gathered before they are summed up: over many at once that is several times faster than over a
/// few at a time.
const GATHERED: usize = 256;

/// CRC-32 of some fields: it changes with every single bit, and with every burst of up to 32.
pub(super) struct Checksum {
    sum: Hasher,
    gathered: Vec<u8>,
}

impl Checksum {
    /// Of a record of this table.
    pub(super) fn of(table: &str) -> Self {
        Self { sum: Hasher::new(), gathered: Vec::with_capacity(GATHERED) }.text(table)
    }

    #[inline]
    pub(super) fn number(mut self, number: u64) -> Self {
        self.add(&number.to_le_bytes());
        self
    }

    #[inline]
    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        let mut longer = self.number(bytes.len() as u64);
        longer.add(bytes);
        longer
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// A text that may be missing, which is another thing than an empty one.
    pub(super) fn perhaps(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.number(1).text(text),
            None => self.number(0),
        }
    }

    pub(super) fn value(mut self) -> u32 {
        self.sum_up();
        self.sum.finalize()
    }

    #[inline(never)]
    fn sum_up(&mut self) {
        self.sum.update(&self.gathered);
        self.gathered.clear();
    }

    #[inline]
    fn add(&mut self, bytes: &[u8]) {
        if self.gathered.len() + bytes.len() > GATHERED {
            self.sum_up();
        }
        if bytes.len() <= GATHERED {
            self.gathered.extend_from_slice(bytes);
        } else {
            self.sum.update(bytes);
        }
    }
}
