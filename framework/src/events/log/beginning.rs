//! Where the events of an agent begin whose first ones are not kept any more: at a snapshot that stands for them.

use std::error::Error;
use std::sync::Arc;

use super::{LogLimits, Snapshot, TooLarge};
use crate::events::{Damage, Repeated, RequestKey, Sequence, Timestamp};
use crate::identity::AgentKey;

/// What stands for the events of an agent that were dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use mistersmith::events::{Compaction, EventLog, MemoryLog, Sequence, Timestamp};
/// use mistersmith::testing::event_log::{Ledger, account};
/// # use std::sync::Arc;
///
/// let here = Ledger(Arc::new(MemoryLog::new()));
/// here.write(1, 1..=10).await;
/// here.save(1, 8).await;
/// let keep_answers_since = Timestamp::default();
/// here.0.compact(Compaction { agent: account(1), up_to: Sequence::new(8), keep_answers_since }).await?;
///
/// let there = MemoryLog::new();
/// let beginning = here.0.beginning(&account(1), None).await?.expect("events were dropped");
/// there.begin(beginning).await?;
/// assert_eq!(there.last(&account(1)).await?, Sequence::new(8));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// The last event that was dropped: the first that is kept, or comes, is the one after it.
    pub after: Sequence,
    /// The oldest snapshot from which the agent can be restored: after that event, or after a later one.
    pub snapshot: Snapshot,
    /// Requests that were answered with events that were dropped, some of them, in the order of their keys.
    pub answers: Vec<KeptAnswer>,
}

/// An answer that has outlived its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The request.
    pub key: RequestKey,
    /// The answer, and the event that it stood beside.
    pub repeated: Repeated,
    /// When it was given.
    pub given: Timestamp,
}

/// Why an agent's events do not begin there.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BeginError {
    /// The log has other events of the agent, or other answers, than those that a snapshot is to stand for.
    #[error(
        "expected to begin {agent} after event {after} with a snapshot after event {snapshot}, got {found}; begin it in a log \
         that has nothing of it"
    )]
    Another {
        /// Whose events they are.
        agent: AgentKey,
        /// After which event they were to begin.
        after: Sequence,
        /// The last event in the snapshot.
        snapshot: Sequence,
        /// What the log has.
        found: String,
    },
    /// The snapshot cannot stand for the events before the beginning.
    #[error(
        "expected a snapshot of {agent} after event {after} or a later one, and a beginning after event 1 or a later one, got a \
         snapshot after event {snapshot}"
    )]
    TooEarly {
        /// Whose events they are.
        agent: AgentKey,
        /// After which event they were to begin.
        after: Sequence,
        /// The last event in the snapshot.
        snapshot: Sequence,
    },
    /// It is larger than the log takes.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// What it would have to stand on is damaged.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The log does not work at present, or has no room.
    #[error("the log does not work: {source}")]
    Unavailable {
        /// What the store said.
        source: Arc<dyn Error + Send + Sync>,
    },
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
}

impl Beginning {
    /// Whose events begin there.
    #[must_use]
    pub fn agent(&self) -> &AgentKey {
        &self.snapshot.agent
    }

    /// Whether a log with such limits may take it.
    ///
    /// # Errors
    /// When its snapshot is of an earlier event, when no event was dropped, or when there is too much in it.
    pub fn check(&self, limits: LogLimits) -> Result<(), BeginError> {
        let (agent, after, snapshot) = (self.agent(), self.after, self.snapshot.sequence);
        if after == Sequence::START || snapshot < after {
            return Err(BeginError::TooEarly { agent: agent.clone(), after, snapshot });
        }
        TooLarge::check("bytes in one snapshot", self.snapshot.state.as_str().len(), limits.snapshot_bytes)?;
        TooLarge::check("answers in one beginning", self.answers.len(), limits.append_events)?;
        Ok(())
    }

    pub(in crate::events) fn another(&self, found: impl Into<String>) -> BeginError {
        let (agent, after, snapshot) = (self.agent().clone(), self.after, self.snapshot.sequence);
        BeginError::Another { agent, after, snapshot, found: found.into() }
    }

    /// What contradicts it in what a log has of its agent: up to where events were dropped there, its last event, and
    /// the snapshot after the event that this one's is after.
    pub(in crate::events) fn contradiction(
        &self,
        dropped: Sequence,
        last: Sequence,
        snapshot: Option<&Snapshot>,
    ) -> Option<BeginError> {
        let sequence = self.snapshot.sequence;
        if dropped != self.after {
            return Some(self.another(format!("its events {} to {last}", dropped.next())));
        }
        match snapshot {
            Some(snapshot) if *snapshot == self.snapshot => None,
            Some(_) => Some(self.another(format!("another snapshot after event {sequence}"))),
            None => Some(self.another(format!("no snapshot after event {sequence}"))),
        }
    }

    /// What contradicts one of its answers in what a log has for the same request.
    pub(in crate::events) fn answered_otherwise(
        &self,
        answer: &KeptAnswer,
        there: &Repeated,
    ) -> Option<BeginError> {
        let is_same = *there == answer.repeated;
        (!is_same).then(|| self.another(format!("another answer to {}", answer.key)))
    }
}
