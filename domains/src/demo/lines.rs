//! The lines of a file, numbered as in an editor, of which none can be larger in memory than the limit.

use std::io::{self, BufRead};

use super::order::HEADER;

/// The longest line that is read, in bytes, its end not counted. A longer one is skipped, and reported.
pub const LONGEST_LINE: usize = 4096;

/// A line of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1, a header included.
    pub(super) number: u64,
    /// Without its end, `\n` or `\r\n`; nothing when it is too long.
    pub(super) bytes: Option<Vec<u8>>,
}

/// The lines of a file, a header left out.
#[derive(Debug)]
pub(super) struct Lines<R> {
    source: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, number: 0 }
    }

    /// The next line; nothing at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        while let Some(bytes) = self.read()? {
            self.number += 1;
            let is_header = self.number == 1 && bytes.as_deref().is_some_and(is_header);
            if !is_header {
                return Ok(Some(Line { number: self.number, bytes }));
            }
        }
        Ok(None)
    }

    fn read(&mut self) -> io::Result<Option<Option<Vec<u8>>>> {
        let (mut line, mut any, mut too_long) = (Vec::new(), false, false);
        loop {
            let available = match self.source.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                break;
            }
            any = true;
            let end = available.iter().position(|&byte| byte == b'\n');
            // One byte more than the limit, for the carriage return that does not count.
            let part = &available[..end.unwrap_or(available.len())];
            too_long |= line.len() + part.len() > LONGEST_LINE + 1;
            if !too_long {
                line.extend_from_slice(part);
            }
            let used = end.map_or(available.len(), |end| end + 1);
            self.source.consume(used);
            if end.is_some() {
                break;
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        too_long |= line.len() > LONGEST_LINE;
        Ok(any.then(|| (!too_long).then_some(line)))
    }
}

fn is_header(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) == HEADER.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<(u64, Option<Vec<u8>>)> {
        // A buffer of 5 bytes, so that lines come in several parts.
        let mut lines = Lines::new(io::BufReader::with_capacity(5, text));
        std::iter::from_fn(|| lines.next().unwrap()).map(|line| (line.number, line.bytes)).collect()
    }

    #[test]
    fn lines_end_in_either_way_and_the_last_one_need_not() {
        let expected =
            vec![(1, Some(b"one".to_vec())), (2, Some(b"".to_vec())), (3, Some(b"three".to_vec()))];
        for text in ["one\n\nthree", "one\n\nthree\n", "one\r\n\r\nthree\r\n"] {
            assert_eq!(lines(text.as_bytes()), expected, "{text:?}");
        }
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn a_header_is_counted_and_left_out() {
        assert_eq!(lines(format!("{HEADER}\r\none").as_bytes()), [(2, Some(b"one".to_vec()))]);
        assert!(lines(format!("\u{feff}{HEADER}").as_bytes()).is_empty());
    }

    #[test]
    fn a_line_beyond_the_limit_is_not_kept_and_the_next_one_is_whole() {
        let text = |length: usize, end: &str| format!("{}{end}two", "x".repeat(length));
        for end in ["\n", "\r\n"] {
            assert!(lines(text(LONGEST_LINE, end).as_bytes())[0].1.is_some());
            let read = lines(text(LONGEST_LINE + 1, end).as_bytes());
            assert_eq!(read, [(1, None), (2, Some(b"two".to_vec()))]);
        }
    }
}
