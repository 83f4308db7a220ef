//! A checksum over the fields of a record, each with its length, so that no field can pass for another.

use crc32fast::Hasher;

/// CRC-32 of some fields: it changes with every single bit, and with every burst of up to 32.
pub(super) struct Checksum(Hasher);

impl Checksum {
    /// Of a record of this table.
    pub(super) fn of(table: &str) -> Self {
        Self(Hasher::new()).text(table)
    }

    pub(super) fn number(mut self, number: u64) -> Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        let mut longer = self.number(bytes.len() as u64);
        longer.0.update(bytes);
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

    pub(super) fn value(self) -> u32 {
        self.0.finalize()
    }
}
