//! The redo log: what was appended is here before it is acknowledged, and in the tables a little later.
//!
//! Writing a round of appends at the end of a file costs a tenth of what a transaction of SQLite's does, and a
//! transaction of many rounds costs little more than one of a few events. So the writer writes each round here and
//! answers, and the applier takes many rounds at a time over into the tables.
//!
//! There are two files, which are filled in turn: one begins anew when all that is in it is in the tables. What a log
//! finds in them when it is opened was left there when its process died, and is applied before anything else.

mod frame;
mod lap;

use std::io;
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::mark;
use super::pending::Pending;
use crate::events::Position;

pub(super) use frame::{Addition, Frame};
use lap::Lap;

/// A file that would be longer is followed by the other one. What is pending in memory is at most twice as much, or one
/// larger round.
const LENGTH: u64 = 4 << 20;

/// The redo log of a log, and where its next round goes.
#[derive(Debug)]
pub(super) struct Redo {
    paths: [PathBuf; 2],
    /// Whose it is.
    log: u64,
    laps: [Option<Lap>; 2],
    /// Which of them is being filled.
    current: usize,
    /// Whether to wait for the disk.
    is_synced: bool,
}

impl Redo {
    /// An empty one of the log `log`, beside it at `path`; its files are made when there is something to be written.
    pub(super) fn beside(path: &Path, log: u64, is_synced: bool) -> Self {
        Self { paths: paths(path), log, laps: [None, None], current: 0, is_synced }
    }

    /// Whether something was written.
    pub(super) fn is_used(&self) -> bool {
        self.laps.iter().any(Option::is_some)
    }

    /// Writes a round, so that it outlives what the log is to outlive. Blocks while the file that it goes to holds
    /// something that is not in the tables.
    pub(super) fn append(&mut self, frame: &mut Frame, pending: &Pending) -> Result<(), Fault> {
        // What was refused is taken out before something else is written, wherever that goes.
        for lap in self.laps.iter_mut().flatten() {
            lap.mend()?;
        }
        let lap = self.with_room(frame.len(), pending)?;
        lap.append(frame)?;
        Ok(())
    }

    fn with_room(&mut self, more: usize, pending: &Pending) -> Result<&mut Lap, Fault> {
        let Self { paths, log, laps, current, is_synced } = self;
        let is_full = |lap: &Lap| !lap.is_empty() && lap.length() + more as u64 > LENGTH;
        let (is_full, number) =
            laps[*current].as_ref().map_or((false, 0), |lap| (is_full(lap), lap.number()));
        if is_full {
            let other = 1 - *current;
            if let Some(lap) = &laps[other] {
                pending.applied_up_to(lap.last())?;
            }
            let lap = Lap::begin(laps[other].take(), &paths[other], (*log, number + 1), *is_synced)?;
            laps[other] = Some(lap);
            *current = other;
        }
        match &mut laps[*current] {
            Some(lap) => Ok(lap),
            none => Ok(none.insert(Lap::begin(None, &paths[*current], (*log, number + 1), *is_synced)?)),
        }
    }
}

/// Whether a process that died has left something.
pub(super) fn is_left_behind(path: &Path) -> bool {
    paths(path).iter().any(|path| path.exists())
}

/// What a process that died has left of the log `log`, in the order in which it was written, up to where it is what was
/// written. A file that cannot be read is an error, or nothing if its loss is accepted.
pub(super) fn left_behind(path: &Path, log: u64, accept_loss: bool) -> io::Result<Vec<Frame>> {
    let laps = paths(path).map(|path| match lap::read(&path, log) {
        Err(error) if accept_loss => {
            tracing::warn!(%error, path = %path.display(), "what is in a redo log is given up");
            Ok((0, Vec::new()))
        }
        read => read.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
    });
    let mut laps = laps.into_iter().collect::<io::Result<Vec<_>>>()?;
    laps.sort_by_key(|(number, _)| *number);
    Ok(laps.into_iter().flat_map(|(_, frames)| frames).collect())
}

/// Of these, those that follow the event at `last` and at most so many other changes: a file also holds what is in the tables
/// already, and after a loss of power perhaps something with nothing before it.
pub(super) fn following(frames: Vec<Frame>, (mut last, changes): (Position, u64)) -> Vec<Frame> {
    let follows = |frame: &Frame| {
        let follows = frame.first() == last.next() && frame.changes() <= changes;
        if follows {
            last = frame.last();
        }
        follows
    };
    frames.into_iter().filter(follows).collect()
}

/// Removes the files, after all that is in them is in the tables or given up. They do not come back with the loss of power:
/// what was given up could then follow what was appended since.
pub(super) fn forget(path: &Path) -> io::Result<()> {
    let mut removed = false;
    for path in paths(path) {
        match std::fs::remove_file(path) {
            Ok(()) => removed = true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    if removed {
        mark::put_down(path);
    }
    Ok(())
}

fn paths(log: &Path) -> [PathBuf; 2] {
    ["-redo-0", "-redo-1"].map(|suffix| {
        let mut path = log.as_os_str().to_owned();
        path.push(suffix);
        path.into()
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::events::sqlite::record::Fields;
    use crate::events::{EventType, Json, NewEvent, Sequence, Timestamp};

    /// A round of two events, the first at this position.
    pub(super) fn round(first: u64, changes: u64) -> Frame {
        saying(&format!("event {first}"), first, changes)
    }

    fn saying(what: &str, first: u64, changes: u64) -> Frame {
        let data = Json::of(what).unwrap();
        let event = NewEvent::new(Timestamp::from_micros(first), EventType::first("Made").unwrap(), data);
        let at = |position| Fields::of(1, Sequence::new(position), Position::new(position), &event).unwrap();
        let events = vec![at(first), at(first + 1)];
        Frame::of(&Addition { changes, agents: Vec::new(), events }).unwrap()
    }

    /// A redo log of the rounds from 1 to this one, and where it lies.
    fn written(rounds: u64) -> (TempDir, PathBuf) {
        let folder = TempDir::new().unwrap();
        let log = folder.path().join("log");
        let mut redo = Redo::beside(&log, 7, true);
        for number in 0..rounds {
            redo.append(&mut round(2 * number + 1, 0), &Pending::default()).unwrap();
        }
        (folder, log)
    }

    fn firsts(frames: &[Frame]) -> Vec<u64> {
        frames.iter().map(|frame| frame.first().number()).collect()
    }

    fn left(log: &Path) -> Vec<u64> {
        firsts(&left_behind(log, 7, false).unwrap())
    }

    #[test]
    fn rounds_are_found_as_they_were_written() {
        let (_folder, log) = written(3);
        assert_eq!(firsts(&left_behind(&log, 8, false).unwrap()), [0; 0], "it is not that of another log");
        let found = left_behind(&log, 7, false).unwrap();
        assert_eq!(firsts(&found), [1, 3, 5]);
        for frame in found {
            let written = round(frame.first().number(), 0);
            assert_eq!(frame.addition().unwrap(), written.addition().unwrap());
            assert_eq!(frame.last(), written.last());
        }
        forget(&log).unwrap();
        assert_eq!(left(&log), [0; 0]);
    }

    #[test]
    fn a_file_that_ends_anywhere_holds_the_rounds_before() {
        let (_folder, log) = written(3);
        let [path, _] = paths(&log);
        let whole = fs::read(&path).unwrap();
        let mut seen = Vec::new();
        let end = whole.iter().rposition(|byte| *byte != 0).unwrap();
        assert!(end + 100 < whole.len(), "it is longer than what is in it");
        for length in (0..end + 100).rev() {
            fs::write(&path, &whole[..length]).unwrap();
            let found = left(&log);
            assert_eq!(found, [1, 3, 5][..found.len()]);
            if seen.last() != Some(&found.len()) {
                seen.push(found.len());
            }
        }
        assert_eq!(seen, [3, 2, 1, 0], "the zeros after the last round do not count");
    }

    #[test]
    fn a_flipped_bit_anywhere_ends_the_rounds_before_it() {
        let (_folder, log) = written(3);
        let [path, _] = paths(&log);
        let whole = fs::read(&path).unwrap();
        let end = whole.iter().rposition(|byte| *byte != 0).unwrap();
        for at in 0..=end {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                fs::write(&path, &bytes[..=end]).unwrap();
                let found = left(&log);
                assert!(found.len() < 3 && found == [1, 3, 5][..found.len()], "byte {at}: {found:?}");
            }
        }
    }

    #[test]
    fn what_a_lap_leaves_of_the_one_before_is_not_taken_for_its_own() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("lap");
        let mut lap = Lap::begin(None, &path, (7, 1), false).unwrap();
        for first in [1, 3, 5] {
            lap.append(&mut round(first, 0)).unwrap();
        }
        let length = fs::metadata(&path).unwrap().len();
        let mut lap = Lap::begin(Some(lap), &path, (7, 2), false).unwrap();
        assert_eq!(firsts(&lap::read(&path, 7).unwrap().1), [0; 0]);
        // As long as the one that it is written over, so that the next one follows at once.
        lap.append(&mut round(1, 0)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), length);
        let (number, frames) = lap::read(&path, 7).unwrap();
        assert_eq!((number, firsts(&frames)), (2, vec![1]));
    }

    #[test]
    fn a_file_does_not_begin_anew_while_something_in_it_is_not_in_the_tables() {
        let folder = TempDir::new().unwrap();
        let log = folder.path().join("log");
        let (mut redo, pending) = (Redo::beside(&log, 7, false), Pending::default());
        // Nobody applies anything, and who waits for it is told so.
        pending.end();
        let mut written = Vec::new();
        for first in [1, 3, 5, 7] {
            let mut frame = saying(&"x".repeat(1 << 20), first, 0);
            if redo.append(&mut frame, &pending).is_err() {
                break;
            }
            pending.push(frame);
            written.push(first);
        }
        assert_eq!(written, [1, 3], "a file has room for one such round");
        assert_eq!(left(&log), written);
    }

    #[test]
    fn only_what_follows_is_applied() {
        let rounds = |changes| [1, 3, 5, 9].map(|first| round(first, changes)).into();
        assert_eq!(firsts(&following(rounds(7), (Position::new(2), 7))), [3, 5]);
        assert_eq!(firsts(&following(rounds(7), (Position::new(6), 7))), [0; 0], "7 and 8 are missing");
        assert_eq!(firsts(&following(rounds(7), (Position::new(2), 6))), [0; 0], "a change is missing");
    }
}
