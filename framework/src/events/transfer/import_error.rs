//! Why an import ends before its lines do.

use super::sealed::LineError;
use crate::events::{AppendError, BeginError, ReadError, SaveError, Sequence};
use crate::identity::AgentKey;

/// Why a line was not taken up. What was appended before it stays: when the line is right, the same import goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The line cannot be read.
    #[error("line {number}: {source}")]
    Line {
        /// Its number, from 1.
        number: u64,
        /// What is wrong with it.
        source: LineError,
    },
    /// An event is missing before this one, or it comes twice.
    #[error("line {number}: expected event {expected} of {agent}, got {found}{}", hint(*.expected, *.found))]
    Sequence {
        /// The number of the line.
        number: u64,
        /// Whose event it is.
        agent: AgentKey,
        /// Which one should have come.
        expected: Sequence,
        /// Which one came.
        found: Sequence,
    },
    /// The log has another event there.
    #[error(
        "line {number}: event {sequence} of {agent} is another one in the log; import it into a log without that agent"
    )]
    Another {
        /// The number of the line.
        number: u64,
        /// Whose event it is.
        agent: AgentKey,
        /// Which one.
        sequence: Sequence,
    },
    /// The log has dropped the event, so that it cannot be said whether it had the same.
    #[error(
        "line {number}: event {sequence} of {agent} was dropped, with those up to {up_to}, from the log; import it into a log \
         without that agent"
    )]
    Dropped {
        /// The number of the line.
        number: u64,
        /// Whose event it is.
        agent: AgentKey,
        /// Which one.
        sequence: Sequence,
        /// The last event that was dropped.
        up_to: Sequence,
    },
    /// The lines end before the last one, which says that it is the last.
    #[error("expected a last line, {{\"end\":…}}, after line {number}, got none: the export was broken off")]
    NoEnd {
        /// The number of the last line that came.
        number: u64,
    },
    /// An answer does not follow the beginning of its agent.
    #[error(
        "line {number}: expected an answer of {agent} after the line that says where that begins, got it elsewhere: a line is \
         missing, or out of place"
    )]
    Stray {
        /// The number of the line.
        number: u64,
        /// Whose answer it is.
        agent: AgentKey,
    },
    /// The log does not begin an agent as the line says.
    #[error("line {number}: {source}")]
    Begin {
        /// The number of the line.
        number: u64,
        /// Why not.
        source: BeginError,
    },
    /// There are more lines, or fewer, than the last one says.
    #[error("line {number}: expected {expected} {what} before it, as it says, got {found}")]
    Count {
        /// The number of the line.
        number: u64,
        /// What is counted.
        what: &'static str,
        /// How many it says.
        expected: u64,
        /// How many came.
        found: u64,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log does not take an event.
    #[error("before line {number}: {source}")]
    Append {
        /// The number of a line after the event.
        number: u64,
        /// Why not.
        source: AppendError,
    },
    /// The log does not take a snapshot.
    #[error("line {number}: {source}")]
    Save {
        /// The number of the line.
        number: u64,
        /// Why not.
        source: SaveError,
    },
}

fn hint(expected: Sequence, found: Sequence) -> &'static str {
    if expected == Sequence::START.next() {
        ": some are missing, or the line that says where its events begin"
    } else if found < expected {
        ": it comes twice"
    } else {
        ": some are missing"
    }
}
