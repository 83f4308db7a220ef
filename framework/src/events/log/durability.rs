//! What of an acknowledged event outlives what.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an acknowledged event outlives. Each promises what the one before it does, and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// Restarts of agents, not the end of the process.
    Process,
    /// The end of the process, however it comes: SIGKILL, too. When the power goes or the kernel dies, the last events
    /// may be lost (never some in the middle). The log says so when it is opened, if it knows: what it knows of them is
    /// not waited for on its way to the disk either, and may be lost with them.
    ProcessDeath,
    /// Power loss and the death of the kernel, too, as far as the disk keeps what it has confirmed to have kept.
    PowerLoss,
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Process => "outlives restarts of agents only",
            Self::ProcessDeath => "outlives the death of the process",
            Self::PowerLoss => "outlives the loss of power",
        })
    }
}
