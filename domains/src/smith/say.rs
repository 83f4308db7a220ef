//! Lines for the person at the terminal. A reader that has gone away is no reason to end a node.

use std::fmt::Display;
use std::io::{Write, stderr, stdout};

/// A line on standard output.
pub(super) fn say(line: impl Display) {
    let mut out = stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// A line on standard error.
pub(crate) fn complain(line: impl Display) {
    let _ = writeln!(stderr().lock(), "{line}");
}

/// How this program was called, so that a hint can be copied: `smith`, or `target/release/smith`.
pub(super) fn program() -> String {
    std::env::args()
        .next()
        .filter(|name| !name.contains(char::is_whitespace))
        .unwrap_or_else(|| "smith".to_owned())
}
