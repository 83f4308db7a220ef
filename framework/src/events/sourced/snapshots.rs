//! The snapshots of one agent, from the newest to the oldest, and why one is of no use.

use std::num::NonZeroU32;

use crate::events::{Damage, DamagedPlace, EventLog, ReadError, Sequence, Snapshot, Timestamp};
use crate::identity::AgentKey;

/// A snapshot that is of no use, and stands for events that are gone.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "the events of {agent} up to {compacted} were compacted, and the snapshot after event {sequence} that stands for \
     them cannot be used: {why}"
)]
#[non_exhaustive]
pub struct UselessSnapshot {
    /// Whose state it is.
    pub agent: AgentKey,
    /// The last event in it.
    pub sequence: Sequence,
    /// The last event that is gone.
    pub compacted: Sequence,
    /// Why it is of no use.
    pub why: SnapshotFault,
}

/// Why a snapshot is of no use.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotFault {
    /// Its form has another version.
    #[error(
        "expected version {expected} of its form, got {found}; run the version of the agent that wrote it, or let \
         `restore` read that form, too, and leave `SNAPSHOT_VERSION` at {found}"
    )]
    Version {
        /// The version that it has.
        found: NonZeroU32,
        /// The version that the agent reads.
        expected: NonZeroU32,
    },
    /// No state can be made of it.
    #[error("{reason}; run the version of the agent that wrote it, or let `restore` read its form, too")]
    Restore {
        /// What is wrong.
        reason: String,
    },
    /// It is of a state with replicas, and is read as one without.
    #[error("it is of a state with replicas; recover it with their resolution (`recover_replica`)")]
    HasReplicas,
    /// It was taken before the agent had replicas.
    #[error("it was taken before the agent had replicas; run a version of the agent without them")]
    NoReplicas,
    /// It is damaged.
    #[error(transparent)]
    Damaged(#[from] Damage),
}

/// Makes a state of a snapshot.
pub(super) trait Restore<T> {
    fn restore(&self, snapshot: &Snapshot) -> impl Future<Output = Result<T, SnapshotFault>> + Send;
}

/// A snapshot that was passed over.
pub(super) struct Passed {
    pub(super) sequence: Sequence,
    pub(super) why: SnapshotFault,
}

/// What was made of a snapshot.
pub(super) struct Restored<T> {
    pub(super) made: T,
    pub(super) sequence: Sequence,
    pub(super) taken: Timestamp,
}

/// What can be made of the newest snapshot up to `at_most` that can be used; and the first one that was passed over.
pub(super) async fn newest<T>(
    log: &dyn EventLog,
    agent: &AgentKey,
    at_most: Sequence,
    how: &impl Restore<T>,
) -> Result<(Option<T>, Option<Passed>), ReadError> {
    let mut snapshots = Snapshots { log, agent, at_most };
    let mut passed = None;
    while let Some((sequence, found)) = snapshots.next().await? {
        match made(found, how).await {
            Ok(Restored { made, .. }) => return Ok((Some(made), passed)),
            Err(why) => {
                told(agent, sequence, &why);
                passed.get_or_insert(Passed { sequence, why });
            }
        }
    }
    Ok((None, passed))
}

/// What can be made of the oldest snapshot from `at_least` on that can be used; and the last one that was passed over.
pub(super) async fn oldest<T>(
    log: &dyn EventLog,
    agent: &AgentKey,
    at_least: Sequence,
    how: &impl Restore<T>,
) -> Result<(Option<Restored<T>>, Option<Passed>), ReadError> {
    let mut snapshots = Snapshots { log, agent, at_most: Sequence::END };
    let (mut oldest, mut passed) = (None, None);
    while let Some((sequence, found)) = snapshots.next().await?
        && sequence >= at_least
    {
        match made(found, how).await {
            Ok(restored) => oldest = Some(restored),
            Err(why) => {
                told(agent, sequence, &why);
                passed = Some(Passed { sequence, why });
            }
        }
    }
    Ok((oldest, passed))
}

async fn made<T>(
    found: Result<Snapshot, SnapshotFault>,
    how: &impl Restore<T>,
) -> Result<Restored<T>, SnapshotFault> {
    let snapshot = found?;
    let made = how.restore(&snapshot).await?;
    Ok(Restored { made, sequence: snapshot.sequence, taken: snapshot.timestamp })
}

/// Another form is nothing to be told of: that is what its version is for.
fn told(agent: &AgentKey, sequence: Sequence, why: &SnapshotFault) {
    if matches!(why, SnapshotFault::Restore { .. } | SnapshotFault::Damaged(_)) {
        tracing::warn!(%agent, %sequence, %why, "a snapshot cannot be used; another one is tried, or the events");
    }
}

/// Goes from the newest one that is not too new to the oldest.
struct Snapshots<'a> {
    log: &'a dyn EventLog,
    agent: &'a AgentKey,
    at_most: Sequence,
}

impl Snapshots<'_> {
    async fn next(&mut self) -> Result<Option<(Sequence, Result<Snapshot, SnapshotFault>)>, ReadError> {
        if self.at_most == Sequence::START {
            return Ok(None);
        }
        let (sequence, found) = match self.log.snapshot(self.agent, self.at_most).await {
            Ok(Some(snapshot)) => (snapshot.sequence, Ok(snapshot)),
            Ok(None) => return Ok(None),
            Err(ReadError::Damaged(damage)) => {
                let DamagedPlace::Snapshot { sequence, .. } = damage.place else {
                    tracing::warn!(%damage, "no snapshot can be read; the events are");
                    return Ok(None);
                };
                (sequence, Err(SnapshotFault::Damaged(damage)))
            }
            Err(error) => return Err(error),
        };
        self.at_most = Sequence::new(sequence.number().saturating_sub(1));
        Ok(Some((sequence, found)))
    }
}
