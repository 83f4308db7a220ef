//! A file of whole lines that is only ever appended to, and tells its next owner what it holds.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

/// An append-only file. Its owner may die at any moment: a line that was not finished is cut off when the file is
/// opened again.
///
/// Writing blocks, on purpose: an agent is killed at an await, and between two bytes of a line there is none.
#[derive(Debug)]
pub(super) struct Journal(File);

impl Journal {
    /// Opens the file, which is created if need be; `each` is given every line that it holds.
    pub(super) fn open(path: &Path, each: impl FnMut(&str)) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
        let whole = read_whole_lines(&file, each)?;
        if file.metadata()?.len() > whole {
            file.set_len(whole)?;
        }
        Ok(Self(file))
    }

    /// Appends whole lines, each with its end.
    pub(super) fn append(&mut self, lines: &str) -> io::Result<()> {
        self.0.write_all(lines.as_bytes())
    }

    /// Returns when what was appended would survive a power cut (fdatasync).
    pub(super) fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// Gives every whole line to `each`, without its end; the length of all of them in bytes.
pub(super) fn read_whole_lines(file: &File, mut each: impl FnMut(&str)) -> io::Result<u64> {
    let (mut reader, mut line, mut whole) = (BufReader::new(file), Vec::new(), 0);
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Ok(whole);
        }
        whole += length as u64;
        each(&String::from_utf8_lossy(&line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_owner_finds_whole_lines_only_and_writes_on_after_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        Journal::open(&path, |_| unreachable!()).unwrap().append("one\ntwo\ntor").unwrap();

        let mut lines = Vec::new();
        let mut journal = Journal::open(&path, |line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, ["one", "two"]);
        journal.append("three\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\n");
    }
}
