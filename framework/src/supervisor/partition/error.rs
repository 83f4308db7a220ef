//! Why a partition was not found, or the number of partitions not changed.

use super::super::{RestartChildError, TerminateChildError};

/// Why there is no partition for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoPartitionError {
    /// There are no partitions at all at present.
    #[error("there are 0 partitions; resize them to at least 1")]
    NoPartitions,
    /// The supervisor, or the partition of this key, does not run, or is no supervisor.
    #[error("partition {partition} is no supervisor that runs")]
    NotRunning {
        /// The partition.
        partition: usize,
    },
}

/// Why the number of partitions is not what it was to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResizeError {
    /// There cannot be more than there were at the start. Nothing has changed.
    #[error(
        "{wanted} partitions are wanted, and there are specifications for {most}; expected at most that many"
    )]
    TooMany {
        /// How many there were to be.
        wanted: usize,
        /// How many there can be.
        most: usize,
    },
    /// The supervisor does not run. Nothing has changed.
    #[error("the supervisor of the partitions does not run; start it first")]
    NotRunning,
    /// A partition did not start; those before it have.
    #[error("partition {partition} did not start: {error}")]
    NotStarted {
        /// The partition.
        partition: usize,
        /// Why not.
        #[source]
        error: RestartChildError,
    },
    /// A partition could not be stopped; look-ups do not find it any more.
    #[error("partition {partition} was not stopped: {error}")]
    NotStopped {
        /// The partition.
        partition: usize,
        /// Why not.
        #[source]
        error: TerminateChildError,
    },
}
