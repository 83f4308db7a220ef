//! A configuration file: read within its limit, and its text turned into a tree.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::tree::Node;
use super::{Origin, Problem, yaml};

/// The most bytes of a file that are read: 1 MiB.
const MOST_BYTES: u64 = 1 << 20;

/// The tree in the file at `path`, or none, with a problem, when it cannot be read.
pub(in crate::config) fn read(path: &Path, problems: &mut Vec<Problem>) -> Option<Node> {
    let name: Arc<str> = path.display().to_string().into();
    match contents(path) {
        Ok(bytes) => parse(&name, &bytes, problems),
        Err(error) => {
            let hint = "check the path and who may read it";
            problems.push(
                Problem::new(Origin::whole(&name), "", "a readable file", error.to_string()).hint(hint),
            );
            None
        }
    }
}

/// One byte more than the limit at most: what claims to be small, or is a pipe, is not believed.
fn contents(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The tree that `bytes`, the contents of the file `name`, spell.
pub(in crate::config) fn parse(name: &Arc<str>, bytes: &[u8], problems: &mut Vec<Problem>) -> Option<Node> {
    if bytes.len() as u64 > MOST_BYTES {
        problems.push(Problem::new(Origin::whole(name), "", "at most 1 MiB", "more"));
        return None;
    }
    let place = |line, column| Origin::File { line, column, file: Arc::clone(name) };
    match std::str::from_utf8(bytes) {
        Ok(text) => yaml::parse(text, &place, problems),
        Err(error) => {
            let (before, after) = bytes.split_at(error.valid_up_to());
            let before = String::from_utf8_lossy(before);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let got = after.first().map(|byte| format!("the byte 0x{byte:02x}")).unwrap_or_default();
            problems.push(Problem::new(place(line, column), "", "UTF-8", got).hint("save the file as UTF-8"));
            None
        }
    }
}
