//! A log of events: the one truth about the state of agents, and what everyone who keeps one promises.
//!
//! Whatever is said here holds for every log and is tested on every log by one suite (`testing::event_log`). Where logs
//! differ is said by their [`Durability`].

mod append;
mod beginning;
mod compaction;
mod damage;
mod durability;
mod limits;
mod query;
mod snapshot;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use tokio::sync::watch;

use super::{Position, Repeated, RequestKey, Sequence};
use crate::identity::AgentKey;

pub use append::{Append, AppendError, Appended};
pub use beginning::{BeginError, Beginning, KeptAnswer};
pub use compaction::{CompactError, Compacted, Compaction};
pub use damage::{Damage, DamagedLog, DamagedPlace};
pub use durability::Durability;
pub use limits::{LogLimits, TooLarge};
pub use query::{Page, Query, ReadError, Scope};
pub use snapshot::{SaveError, Snapshot};

/// Work of a log that is under way.
pub type Underway<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps the events of agents.
///
/// The events of one agent have sequences from 1 without gaps, and those of all agents together have positions in the
/// order in which they became visible: whoever has read up to a position never finds an event before it later on.
pub trait EventLog: Send + Sync + fmt::Debug + 'static {
    /// What outlives what.
    fn durability(&self) -> Durability;

    /// How much it takes.
    fn limits(&self) -> LogLimits;

    /// Appends events of one agent: all of them or none, after exactly the event that is expected to be its last.
    /// When this returns, they are visible to every reader and as durable as [`durability`](Self::durability) says.
    ///
    /// # Errors
    /// Nothing was appended, except after [`AppendError::Unknown`], which says that it is not known.
    ///
    /// # Cancel safety
    /// Dropping the future gives up waiting: the events may be appended all the same, or not.
    fn append(&self, append: Append) -> Underway<'_, Result<Appended, AppendError>>;

    /// Reads events in order. A page may hold fewer events than are asked for; its `next` says how to
    /// go on.
    ///
    /// # Errors
    /// When the first event that would be on the page is damaged, or is no longer kept, or the log does not answer.
    /// Events before a damaged one are on a page of their own.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    fn read(&self, query: Query) -> Underway<'_, Result<Page, ReadError>>;

    /// The position of the last event of the log, now and whenever that changes. It changes after the event can be
    /// read.
    fn head(&self) -> watch::Receiver<Position>;

    /// The sequence of the last event of `agent`; [`Sequence::START`] of one that has none.
    ///
    /// # Errors
    /// When the log does not answer.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    fn last(&self, agent: &AgentKey) -> Underway<'_, Result<Sequence, ReadError>>;

    /// The answer that a request of this key got from `agent`, if it got one with events.
    ///
    /// # Errors
    /// When the answer is damaged, or the log does not answer.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    fn answered(
        &self,
        agent: &AgentKey,
        key: &RequestKey,
    ) -> Underway<'_, Result<Option<Repeated>, ReadError>>;

    /// Every agent that has events, in the order in which they got their first.
    ///
    /// # Errors
    /// When the log does not answer.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    fn agents(&self) -> Underway<'_, Result<Vec<AgentKey>, ReadError>>;

    /// Keeps a snapshot. One of the same agent and sequence is replaced.
    ///
    /// # Errors
    /// When it is larger than the log takes, is of events that the log does not have, or cannot be written.
    ///
    /// # Cancel safety
    /// Dropping the future gives up waiting: the snapshot may be kept all the same, or not.
    fn save(&self, snapshot: Snapshot) -> Underway<'_, Result<(), SaveError>>;

    /// The newest snapshot of `agent` that is of no later event than `at_most`.
    ///
    /// # Errors
    /// When that snapshot is damaged, or the log does not answer.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    fn snapshot(
        &self,
        agent: &AgentKey,
        at_most: Sequence,
    ) -> Underway<'_, Result<Option<Snapshot>, ReadError>>;

    /// Drops the oldest events of an agent, and the snapshots that nothing needs any more. What a restore needs stays:
    /// it is refused where there is no readable snapshot to begin from.
    ///
    /// Where that snapshot is [of a life](Snapshot::is_of_life), what is dropped is missed only by who asks for
    /// [events of lives](crate::events::EventName::is_of_life), of that agent or of all: lives are shortened again and
    /// again while a system runs, and whoever reads the states of all agents needs none of them.
    ///
    /// # Errors
    /// When there is no such snapshot, or it cannot be done; nothing was dropped then.
    ///
    /// # Cancel safety
    /// Dropping the future gives up waiting: the events may be dropped all the same, or not.
    fn compact(&self, compaction: Compaction) -> Underway<'_, Result<Compacted, CompactError>>;

    /// Where the events of `agent` begin, if a compaction has dropped its first ones: what stands for them, with answers
    /// that have outlived their events, those after the key `answers_after`. When no answers come, there are no more.
    ///
    /// # Errors
    /// When what stands for them is damaged, or the log does not answer.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    fn beginning(
        &self,
        agent: &AgentKey,
        answers_after: Option<&RequestKey>,
    ) -> Underway<'_, Result<Option<Beginning>, ReadError>>;

    /// Begins the events of an agent of which the log has none, as if those before had been appended and dropped. It
    /// takes up one position, so that who reads all events learns that some were dropped there (of a life, who reads those). A snapshot after a later
    /// event than the last is found once the events up to that are there.
    ///
    /// The same beginning again changes nothing, but for the answers in it that are not there yet: so more of them come
    /// than go into one.
    ///
    /// # Errors
    /// When the log has something else of the agent, or it cannot be done; nothing was begun then.
    ///
    /// # Cancel safety
    /// Dropping the future gives up waiting: the agent may be begun all the same, or not.
    fn begin(&self, beginning: Beginning) -> Underway<'_, Result<(), BeginError>>;

    /// What is damaged, if it was found to be when the log was opened: nothing is written to it then.
    fn damage(&self) -> Option<Damage> {
        None
    }

    /// Looks at every record, and says what is damaged.
    ///
    /// # Errors
    /// When the log does not answer.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    fn verify(&self) -> Underway<'_, Result<Vec<Damage>, ReadError>>;
}
