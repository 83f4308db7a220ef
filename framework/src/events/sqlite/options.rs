//! How a log is opened, and why it may not be.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use crate::events::{Durability, LogLimits, Position};

/// How a log is opened. What decides about losing data has no default.
#[derive(Clone, Copy, Debug)]
pub struct SqliteOptions {
    pub(super) durability: Durability,
    pub(super) limits: LogLimits,
    pub(super) accept_loss: bool,
    pub(super) check: bool,
    pub(super) most_pages: Option<u32>,
}

/// Why a log was not opened.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A log in a file outlives its process; one that need not is [`MemoryLog`](crate::events::MemoryLog).
    #[error(
        "expected a log in a file to outlive its process at least; for one that need not, use the log in memory"
    )]
    NotDurable,
    /// Somebody has it open.
    #[error("{} is open already, here or in another process; close it there", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It was written by a newer version of this library.
    #[error("{} has format {found}, expected at most {supported}; open it with the version that wrote it, or a newer one", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format that it has.
        found: i32,
        /// The newest format that is understood here.
        supported: i32,
    },
    /// The file is something else.
    #[error("expected an event log at {}, got {what}", path.display())]
    NotALog {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// The file was a log, as the mark beside it says, and is none now.
    #[error("{} is damaged: {what}; nothing of it can be read: restore a backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Events that were acknowledged are not there.
    #[error(
        "{} has lost events: they were acknowledged up to position {acknowledged}, and it ends at {found}; restore a backup, or open it with `accept_loss`",
        path.display()
    )]
    Lost {
        /// The file.
        path: PathBuf,
        /// Up to where events were acknowledged.
        acknowledged: Position,
        /// Where the log ends.
        found: Position,
    },
    /// It is not known whether events are missing: the mark beside the log cannot be read.
    #[error(
        "the mark beside {} cannot be read, so events may be missing; restore a backup, or open it with `accept_loss`",
        path.display()
    )]
    Unmarked {
        /// The file.
        path: PathBuf,
    },
    /// It is not known whether events are missing: there is no mark beside a log that has events.
    #[error(
        "expected a mark beside {path}, which has events up to position {found}, and got none, so later ones may be \
         missing; restore a backup with its mark, or open it with `accept_loss`",
        path = path.display()
    )]
    NoMark {
        /// The file.
        path: PathBuf,
        /// Where the log ends.
        found: Position,
    },
    /// The store does not work.
    #[error("cannot open {}: {source}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: Arc<dyn Error + Send + Sync>,
    },
}

impl SqliteOptions {
    /// With this durability: with [`Durability::PowerLoss`] each round of appends waits for the disk (`fdatasync` of the redo
    /// log, and `synchronous = FULL` of the tables), with [`Durability::ProcessDeath`] it does not (`NORMAL`).
    #[must_use]
    pub fn new(durability: Durability) -> Self {
        Self { durability, limits: LogLimits::default(), accept_loss: false, check: true, most_pages: None }
    }

    /// With these limits.
    #[must_use]
    pub fn limits(self, limits: LogLimits) -> Self {
        Self { limits, ..self }
    }

    /// Opens the log also when acknowledged events are missing, and goes on from what is there. It is reported in the
    /// program's own log, once.
    #[must_use]
    pub fn accept_loss(self) -> Self {
        Self { accept_loss: true, ..self }
    }

    /// Does not look at the whole structure of the file when it is opened, which takes about a second for a gigabyte.
    /// Damage to records is found all the same, when they are read; damage to what leads to them may not be, until
    /// [`verify`](crate::events::EventLog::verify) looks.
    #[must_use]
    pub fn without_check(self) -> Self {
        Self { check: false, ..self }
    }

    /// The file takes at most so many bytes, rounded to pages of 4 KiB; beyond that there is no room.
    #[must_use]
    pub fn most_bytes(self, bytes: u64) -> Self {
        Self { most_pages: Some(u32::try_from(bytes.div_ceil(4096)).unwrap_or(u32::MAX)), ..self }
    }
}
