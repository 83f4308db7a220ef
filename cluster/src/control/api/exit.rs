//! How a process ended, as it travels.

use mistersmith::exit::Exit;
use serde::{Deserialize, Serialize};

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitReport {
    /// `normal`, `shutdown`, `shutdown_with`, `not_started`, `killed`, `stopped`, `error` or `panic`.
    pub kind: String,
    /// Whether a transient child that ended so is started again.
    pub abnormal: bool,
    /// For people.
    pub text: String,
}

impl From<&Exit> for ExitReport {
    fn from(exit: &Exit) -> Self {
        Self { kind: exit.kind().to_owned(), abnormal: exit.is_abnormal(), text: exit.to_string() }
    }
}
