//! One file of the redo log: a header that says which lap it is, and the frames of that lap.
//!
//! It is written over from the beginning when it begins anew, because that is cheaper than making a file longer. What
//! is left of the lap before follows a frame that it was not written after, which its checksum shows.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::LENGTH;
use super::frame::{Frame, PREFIX, checksum};
use crate::events::Position;
use crate::events::sqlite::checksum::Checksum;
use crate::events::sqlite::fault::Fault;
use crate::events::sqlite::mark;

/// What the file begins with: these bytes, the number of the lap, and a checksum of that and the number of the log.
const MAGIC: [u8; 8] = *b"MSredo1\n";
const HEADER: usize = 20;

/// Where each round waits for the disk, the file is made longer by so many zeros at a time: to write over what is there
/// waits for it once, and to make the file longer twice.
const STEP: u64 = 256 * 1024;

/// A file that is so much longer than it should be, because of one large round, gives the room back.
const TOO_LONG: u64 = 4 * LENGTH;

/// A file that is being filled.
#[derive(Debug)]
pub(super) struct Lap {
    file: File,
    number: u64,
    length: u64,
    /// How long the file is, where that matters.
    allocated: u64,
    /// The checksum of the last frame.
    sum: u32,
    last: Position,
    is_synced: bool,
    /// Something was refused after part of it, or all, may have been written.
    is_torn: bool,
}

impl Lap {
    /// Begins a lap of the log `log`, in the file of the lap `before` if there is one.
    pub(super) fn begin(
        before: Option<Self>,
        path: &Path,
        (log, number): (u64, u64),
        is_synced: bool,
    ) -> io::Result<Self> {
        let file = match before {
            Some(lap) => lap.file,
            None => {
                let options = OpenOptions::new().write(true).create(true).truncate(true).clone();
                let file = options.open(path)?;
                mark::put_down(path);
                file
            }
        };
        if file.metadata()?.len() > TOO_LONG {
            file.set_len(0)?;
        }
        let allocated = file.metadata()?.len();
        let sum = sum_of(log, number);
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(&MAGIC);
        header[8..16].copy_from_slice(&number.to_le_bytes());
        header[16..].copy_from_slice(&sum.to_le_bytes());
        let last = Position::START;
        let mut lap = Self { file, number, length: 0, allocated, sum, last, is_synced, is_torn: false };
        lap.put(&header)?;
        lap.length = HEADER as u64;
        Ok(lap)
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == HEADER as u64
    }

    /// The last event in it.
    pub(super) fn last(&self) -> Position {
        self.last
    }

    /// Writes the frame at the end. Where that fails, it is taken out again, now or by [`mend`](Self::mend).
    pub(super) fn append(&mut self, frame: &mut Frame) -> Result<(), Fault> {
        let (sum, bytes) = frame.seal(self.sum);
        self.put(bytes)?;
        self.length += bytes.len() as u64;
        (self.sum, self.last) = (sum, frame.last());
        Ok(())
    }

    /// Writes at the end, and waits for the disk if that is wanted.
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.try_to_put(bytes);
        if written.is_err() {
            self.is_torn = true;
            let _ = self.mend();
        }
        written
    }

    /// Takes out what was refused, so that nobody finds it. As long as that fails, nothing more may be written: it could be
    /// found in its place.
    pub(super) fn mend(&mut self) -> io::Result<()> {
        if self.is_torn {
            self.file.set_len(self.length)?;
            if self.is_synced {
                self.file.sync_all()?;
            }
            (self.allocated, self.is_torn) = (self.length, false);
        }
        Ok(())
    }

    fn try_to_put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let end = self.length + bytes.len() as u64;
        if self.is_synced && end > self.allocated {
            self.file.seek(SeekFrom::Start(self.allocated))?;
            let zeros = (end - self.allocated).next_multiple_of(STEP);
            io::copy(&mut io::repeat(0).take(zeros), &mut self.file)?;
            self.allocated += zeros;
        }
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(bytes)?;
        if self.is_synced { self.file.sync_data() } else { Ok(()) }
    }
}

/// The number of the lap of the log `log` in the file at `path`, and its frames up to where they are what was written;
/// nothing where there is no file, or one of something else.
pub(super) fn read(path: &Path, log: u64) -> io::Result<(u64, Vec<Frame>)> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((0, Vec::new())),
        file => file?,
    };
    let mut rest = file.metadata()?.len();
    let mut file = BufReader::new(file);
    let mut header = [0; HEADER];
    let mut frames = Vec::new();
    if rest < HEADER as u64 {
        return Ok((0, frames));
    }
    file.read_exact(&mut header)?;
    rest -= HEADER as u64;
    let Some((number, mut sum)) = lap_of(&header, log) else { return Ok((0, frames)) };
    while rest >= PREFIX as u64 {
        let mut prefix = [0; PREFIX];
        file.read_exact(&mut prefix)?;
        rest -= PREFIX as u64;
        let (length, written) = halves(prefix);
        let size = u64::from(u32::from_le_bytes(length));
        if size > rest {
            break;
        }
        let mut bytes = prefix.to_vec();
        file.by_ref().take(size).read_to_end(&mut bytes)?;
        rest -= size;
        if checksum(sum, length, &bytes[PREFIX..]) != written {
            break;
        }
        sum = written;
        frames.push(Frame::read(bytes)?);
    }
    Ok((number, frames))
}

/// The number of the lap, and what the checksums of its frames begin with.
fn lap_of(header: &[u8; HEADER], log: u64) -> Option<(u64, u32)> {
    let number = u64::from_le_bytes(header[8..16].try_into().ok()?);
    let written = u32::from_le_bytes(header[16..].try_into().ok()?);
    (header[..8] == MAGIC && written == sum_of(log, number)).then_some((number, written))
}

fn halves(prefix: [u8; PREFIX]) -> ([u8; 4], u32) {
    let [a, b, c, d, e, f, g, h] = prefix;
    ([a, b, c, d], u32::from_le_bytes([e, f, g, h]))
}

fn sum_of(log: u64, number: u64) -> u32 {
    Checksum::of("redo").number(log).number(number).value()
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::tests::round;
    use super::*;

    fn firsts(path: &Path) -> Vec<u64> {
        read(path, 7).unwrap().1.iter().map(|frame| frame.first().number()).collect()
    }

    #[test]
    fn what_was_refused_is_not_found_whatever_of_it_was_written() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("lap");
        for is_synced in [false, true] {
            let mut lap = Lap::begin(None, &path, (7, 1), is_synced).unwrap();
            lap.append(&mut round(1, 0)).unwrap();
            // All of the next one gets there, and then the disk does not take it: it can be read only.
            let mut next = round(3, 0);
            lap.file.seek(SeekFrom::Start(lap.length)).unwrap();
            lap.file.write_all(next.seal(lap.sum).1).unwrap();
            assert_eq!(firsts(&path), [1, 3]);
            let writable = std::mem::replace(&mut lap.file, File::open(&path).unwrap());
            assert!(lap.append(&mut next).is_err());
            assert!(lap.mend().is_err(), "nothing can be written, nor taken out");
            lap.file = writable;
            lap.mend().unwrap();
            assert_eq!(firsts(&path), [1]);
            lap.append(&mut round(5, 0)).unwrap();
            assert_eq!(firsts(&path), [1, 5]);
        }
    }
}
