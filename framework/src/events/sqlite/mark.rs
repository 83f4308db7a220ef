//! The mark beside the log: up to where events were acknowledged, so that a log which lost some says so.
//!
//! SQLite's write-ahead log ends, without a word, where it is damaged: what was committed after that place is gone.
//! The mark lies outside of it. It is written after each round and before anybody hears of the round, so it is never
//! ahead of what was promised; it needs no fsync, because where what it says last is lost with the power, an older mark
//! only promises less. It is on the disk once, before the first event, so that a log with events has one. Its file is
//! also the lock that keeps a second process out.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::checksum::Checksum;
use crate::events::Position;

/// One slot: the position and its checksum.
const SLOT: usize = 16;

/// The mark of one log, and the lock on it.
#[derive(Debug)]
pub(super) struct Mark {
    file: File,
    /// The two slots are written in turn, so that one torn write leaves the other.
    second: bool,
}

/// What the mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marked {
    /// There was none, as beside a log that is new.
    Nothing,
    /// Events were acknowledged up to here.
    UpTo(Position),
    /// It cannot be read.
    Unreadable,
}

/// Why the mark is not ours.
pub(super) enum MarkError {
    /// Another process, or another log of this one, has it.
    InUse,
    /// The file cannot be opened.
    Io(io::Error),
}

impl Mark {
    /// Opens the mark of the log at `path`, and keeps others out as long as it is open.
    pub(super) fn open(path: &Path) -> Result<(Self, Marked), MarkError> {
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let path = path_of(path);
        let mut file = options.open(&path).map_err(MarkError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(MarkError::InUse),
            Err(TryLockError::Error(error)) => return Err(MarkError::Io(error)),
        }
        let mut slots = Vec::new();
        Read::by_ref(&mut file).take(2 * SLOT as u64).read_to_end(&mut slots).map_err(MarkError::Io)?;
        let marked = slots.chunks(SLOT).filter_map(position_in).max();
        let marked = match marked {
            Some(position) => Marked::UpTo(position),
            None if slots.is_empty() => {
                put_down(&path);
                Marked::Nothing
            }
            None => Marked::Unreadable,
        };
        Ok((Self { file, second: false }, marked))
    }

    /// Begins anew at `position`, in both slots, and makes sure that it is on the disk.
    pub(super) fn begin(&mut self, position: Position) -> io::Result<()> {
        self.set(position)?;
        self.set(position)?;
        self.file.sync_all()
    }

    /// Notes that events up to `position` are about to be acknowledged.
    pub(super) fn set(&mut self, position: Position) -> io::Result<()> {
        let offset = if self.second { SLOT } else { 0 };
        self.second = !self.second;
        self.file.seek(SeekFrom::Start(offset as u64))?;
        self.file.write_all(&slot(position))
    }
}

/// Gives the lock back at once. Closing the file would not, if a process is being started at this moment: until it has
/// become another program, it has all files of this one.
impl Drop for Mark {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// Makes sure that the folder of a new file tells of it after a loss of power, too; where a folder cannot be opened or put
/// on the disk, the system has other ways, and SQLite leaves it at that as well.
pub(super) fn put_down(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
}

fn path_of(log: &Path) -> PathBuf {
    let mut path = log.as_os_str().to_owned();
    path.push("-mark");
    path.into()
}

fn checksum(position: u64) -> u32 {
    Checksum::of("mark").number(position).value()
}

fn slot(position: Position) -> [u8; SLOT] {
    let mut slot = [0; SLOT];
    slot[..8].copy_from_slice(&position.number().to_le_bytes());
    slot[8..12].copy_from_slice(&checksum(position.number()).to_le_bytes());
    slot
}

fn position_in(slot: &[u8]) -> Option<Position> {
    let position = u64::from_le_bytes(slot.get(..8)?.try_into().ok()?);
    let written = u32::from_le_bytes(slot.get(8..12)?.try_into().ok()?);
    (written == checksum(position)).then(|| Position::new(position))
}
