//! Says of whatever went wrong in which file it did, and of damage up to where the file can be read.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use rusqlite::Connection;

use super::fault::Fault;
use super::{Shared, reading};
use crate::events::{Damage, DamagedLog, LogLimits, Position, Query, ReadError};

/// What the store said of this file.
#[derive(Debug)]
struct InFile {
    path: PathBuf,
    source: Arc<dyn Error + Send + Sync>,
}

impl fmt::Display for InFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.source)
    }
}

impl Error for InFile {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

impl Shared {
    fn in_file(&self, source: Arc<dyn Error + Send + Sync>) -> Arc<dyn Error + Send + Sync> {
        Arc::new(InFile { path: self.path.clone(), source })
    }

    /// The damage with its log. The first time, the log is read from its beginning to see how far that is possible.
    pub(super) fn located(&self, damage: Damage, connection: &Connection) -> Damage {
        if damage.log.is_some() {
            return damage;
        }
        let mut known = self.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        let log = known.get_or_insert_with(|| {
            let readable = readable(connection, self);
            Arc::new(DamagedLog { name: self.path.display().to_string(), readable })
        });
        damage.in_log(Arc::clone(log))
    }

    /// The fault with its file.
    pub(super) fn told(&self, fault: Fault, connection: &Connection) -> Fault {
        match fault {
            Fault::Damaged(damage) => Fault::Damaged(self.located(damage, connection)),
            Fault::Full(source) => Fault::Full(self.in_file(source)),
            Fault::Broken(source) => Fault::Broken(self.in_file(source)),
        }
    }

    /// The error with its file.
    pub(super) fn told_of_reading(&self, error: ReadError, connection: &Connection) -> ReadError {
        match error {
            ReadError::Damaged(damage) => ReadError::Damaged(self.located(damage, connection)),
            ReadError::Unavailable { source } => ReadError::Unavailable { source: self.in_file(source) },
            error => error,
        }
    }
}

/// The last event before which every event can be read.
fn readable(connection: &Connection, shared: &Shared) -> Position {
    let mut last = Position::START;
    let mut query = Query::all(Position::START).with_gaps();
    while let Ok(page) = reading::read(connection, shared, &query, LogLimits::default()) {
        last = page.events.last().map_or(last, |event| event.position);
        if page.at_end {
            break;
        }
        query = page.next;
    }
    last
}
