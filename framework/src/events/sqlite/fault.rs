//! What may go wrong with the store, as the log's callers hear it.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use rusqlite::{Error, ErrorCode};

use crate::events::{AppendError, BeginError, CompactError, Damage, DamagedPlace, ReadError, SaveError};

/// What went wrong with the store.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// Something is not what was written.
    Damaged(Damage),
    /// There is no room.
    Full(Arc<dyn StdError + Send + Sync>),
    /// It does not work.
    Broken(Arc<dyn StdError + Send + Sync>),
}

impl Fault {
    pub(super) fn damaged(place: DamagedPlace, what: impl Into<String>) -> Self {
        Self::Damaged(Damage::new(place, what))
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::TooBig) => {
                Self::damaged(DamagedPlace::File, error.to_string())
            }
            Some(ErrorCode::DiskFull) => Self::Full(Arc::new(error)),
            Some(_) => Self::Broken(Arc::new(error)),
            // Not SQLite's own: a column is missing, or holds something else than was written there.
            None => Self::damaged(DamagedPlace::File, error.to_string()),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(Arc::new(error)),
            _ => Self::Broken(Arc::new(error)),
        }
    }
}

impl From<Fault> for ReadError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Damaged(damage) => Self::Damaged(damage),
            Fault::Full(source) | Fault::Broken(source) => Self::Unavailable { source },
        }
    }
}

impl From<Fault> for AppendError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Damaged(damage) => Self::Damaged(damage),
            Fault::Full(source) => Self::Full { source },
            Fault::Broken(source) => Self::Unavailable { source },
        }
    }
}

impl From<Fault> for SaveError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Damaged(damage) => Self::Unavailable { source: Arc::new(damage) },
            Fault::Full(source) | Fault::Broken(source) => Self::Unavailable { source },
        }
    }
}

impl From<Fault> for CompactError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Damaged(damage) => Self::Damaged(damage),
            Fault::Full(source) | Fault::Broken(source) => Self::Unavailable { source },
        }
    }
}

impl From<Fault> for BeginError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Damaged(damage) => Self::Damaged(damage),
            Fault::Full(source) | Fault::Broken(source) => Self::Unavailable { source },
        }
    }
}
