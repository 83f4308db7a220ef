//! Anti-entropy over a log: answers what other replicas say, and writes down what happened there.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

use super::holdings::Holdings;
use super::message::{ExchangeLimits, Message, MessageError};
use super::reconcile::{Step, opening, steps};
use super::taking::{NameTaken, Sifted, sift};
use crate::events::{
    Append, AppendError, Dot, EventLog, Follow, NewEvent, Position, Query, ReadError, Replica, RequestKey,
    VectorClock,
};
use crate::identity::AgentKey;

/// How often an append is tried again because the agent itself was faster.
const ATTEMPTS: usize = 64;

/// One replica's side of the exchange, over its log. Whatever carries the messages: see [`Peer`](super::Peer).
///
/// It writes into the log beside the agents, which notice that at their next message. It reads the whole log once, and
/// keeps in memory what there is of each agent: its version, and where the events of each replica lie.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use mistersmith::events::replication::AntiEntropy;
/// use mistersmith::events::{MemoryLog, Replica};
///
/// let rome = AntiEntropy::new(Replica::new("rome"), Arc::new(MemoryLog::new()));
/// let oslo = AntiEntropy::new(Replica::new("oslo"), Arc::new(MemoryLog::new()));
/// // Two logs that have the same, such as nothing, exchange one message.
/// let question = rome.open().await?;
/// assert!(oslo.receive(question).await?.is_empty());
/// # Ok(())
/// # }
/// ```
pub struct AntiEntropy {
    replica: Replica,
    log: Arc<dyn EventLog>,
    limits: ExchangeLimits,
    known: Mutex<Known>,
}

/// What is known of the log.
struct Known {
    follow: Follow,
    holdings: Holdings,
    tally: Tally,
}

/// What has been exchanged so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Tally {
    /// Messages that were listened to.
    pub messages: u64,
    /// Events sent.
    pub sent: u64,
    /// Events that came and were new.
    pub taken: u64,
    /// Events that came and were there.
    pub known: u64,
    /// Events that came before something that they knew of.
    pub early: u64,
}

/// Why a message was not dealt with.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The message is not one to listen to.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Two replicas go by one name.
    #[error(
        "{dot} is said to have happened here, and is not in the log: another replica has the same name, or this log \
         has lost events; give this replica a name that none has had"
    )]
    NameTaken {
        /// What is said to have happened here.
        dot: Dot,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log takes nothing.
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl AntiEntropy {
    /// The side of `replica`, whose log this is, with the default limits.
    #[must_use]
    pub fn new(replica: Replica, log: Arc<dyn EventLog>) -> Self {
        Self::with_limits(replica, log, ExchangeLimits::default())
    }

    /// The side of `replica`, whose log this is, with these limits.
    #[must_use]
    pub fn with_limits(replica: Replica, log: Arc<dyn EventLog>, limits: ExchangeLimits) -> Self {
        let follow = Follow::new(Arc::clone(&log), Query::all(Position::START).with_gaps());
        let known = Known { follow, holdings: Holdings::default(), tally: Tally::default() };
        Self { replica, log, limits, known: Mutex::new(known) }
    }

    /// Which replica it is.
    #[must_use]
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    pub(super) fn limits(&self) -> ExchangeLimits {
        self.limits
    }

    /// What is said to another replica first.
    ///
    /// # Errors
    /// When the log cannot be read.
    ///
    /// # Cancel safety
    /// Nothing is lost; the log is read on from there.
    pub async fn open(&self) -> Result<Message, ReadError> {
        Ok(opening(&self.known().await?.holdings))
    }

    /// Deals with what another replica has said, and says what is to be said to it.
    ///
    /// # Errors
    /// When the message is not one to listen to, or the log does not work. Say it again later, or go on with another
    /// exchange: what was taken is taken.
    ///
    /// # Cancel safety
    /// What has come may be written down, or not; it will come again.
    pub async fn receive(&self, message: Message) -> Result<Vec<Message>, ExchangeError> {
        message.check(self.limits)?;
        let mut known = self.known().await?;
        known.tally.messages += 1;
        let (mut answers, mut room) = (Vec::new(), self.limits.bytes);
        for step in steps(&known.holdings, message, self.limits) {
            match step {
                Step::Send(message) => answers.push(message),
                Step::Tell { agent, version } => {
                    answers.extend(self.tell(&mut known, agent, &version, &mut room).await?);
                }
                Step::Take { agent, events, more } => {
                    let asked_for_one = events.is_empty();
                    let taken = self.take(&mut known, &agent, &events).await?;
                    // Where nothing was of use, the same would come again.
                    if more && (taken || asked_for_one) {
                        let version = known.holdings.version(&agent);
                        answers.push(Message::Want(vec![(agent, version)]));
                    }
                }
            }
        }
        Ok(answers)
    }

    /// What has been exchanged so far.
    ///
    /// # Cancel safety
    /// Nothing changes.
    pub async fn tally(&self) -> Tally {
        self.known.lock().await.tally
    }

    /// The version of an agent's state that this replica has.
    ///
    /// # Errors
    /// When the log cannot be read.
    ///
    /// # Cancel safety
    /// Nothing is lost; the log is read on from there.
    pub async fn version(&self, agent: &AgentKey) -> Result<VectorClock, ReadError> {
        Ok(self.known().await?.holdings.version(agent))
    }

    /// What is known of the log, up to its present end.
    async fn known(&self) -> Result<MutexGuard<'_, Known>, ReadError> {
        let mut known = self.known.lock().await;
        known.catch_up().await?;
        Ok(known)
    }

    /// What `version` has not seen of an agent, as far as there is room for it.
    async fn tell(
        &self,
        known: &mut Known,
        agent: AgentKey,
        version: &VectorClock,
        room: &mut usize,
    ) -> Result<Option<Message>, ReadError> {
        let Some(after) = known.holdings.unseen_after(&agent, version) else { return Ok(None) };
        let (mut events, mut more) = (Vec::new(), *room == 0);
        let mut query = Query::of(agent.clone(), after).limit(self.limits.events);
        'full: while !more {
            let page = self.log.read(query).await?;
            for event in page.events {
                if event.dot().is_none_or(|dot| version.knows(&dot)) {
                    continue;
                }
                let event = event.into_new();
                let size = event.size();
                if events.len() == self.limits.events || size > *room && !events.is_empty() {
                    more = true;
                    break 'full;
                }
                *room = room.saturating_sub(size.max(1));
                events.push(event);
            }
            if page.at_end {
                break;
            }
            query = page.next;
        }
        known.tally.sent += events.len() as u64;
        Ok(Some(Message::Events { agent, events, more }))
    }

    /// Writes down those of the events that are new; whether there were any.
    async fn take(
        &self,
        known: &mut Known,
        agent: &AgentKey,
        events: &[NewEvent],
    ) -> Result<bool, ExchangeError> {
        let (mut attempts, mut taken) = (ATTEMPTS, 0);
        loop {
            let version = known.holdings.version(agent);
            let Sifted { mut new, known: doubled, early } = sift(events, &version, &self.replica)
                .map_err(|NameTaken { dot }| ExchangeError::NameTaken { dot })?;
            if new.is_empty() {
                known.tally.taken += taken;
                // What was new when it came is there by now.
                known.tally.known += doubled as u64 - taken;
                known.tally.early += early as u64;
                return Ok(taken > 0);
            }
            new.truncate(self.log.limits().append_events);
            self.forget_known_answers(agent, &mut new).await?;
            let count = new.len() as u64;
            let appended = self.log.append(Append::new(agent.clone(), known.holdings.last(agent), new)).await;
            match appended {
                Ok(_) => taken += count,
                // The agent was faster, with this very request perhaps.
                Err(AppendError::Conflict { .. } | AppendError::Repeated { .. }) if attempts > 0 => {
                    attempts -= 1
                }
                Err(error) => return Err(error.into()),
            }
            known.catch_up().await?;
        }
    }

    /// A request that came to both sides of a split, and was done on both, has an answer here already. It happened
    /// twice all the same.
    async fn forget_known_answers(&self, agent: &AgentKey, events: &mut [NewEvent]) -> Result<(), ReadError> {
        let mut among_them: HashSet<RequestKey> = HashSet::new();
        for event in events {
            let Some(answered) = &event.metadata.answered else { continue };
            let is_first = among_them.insert(answered.key.clone());
            if !is_first || self.log.answered(agent, &answered.key).await?.is_some() {
                event.metadata.answered = None;
            }
        }
        Ok(())
    }
}

impl Known {
    async fn catch_up(&mut self) -> Result<(), ReadError> {
        while let Some(event) = self.follow.next_there_is().await? {
            self.holdings.note(&event);
        }
        self.holdings.settle();
        Ok(())
    }
}

impl fmt::Debug for AntiEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AntiEntropy")
            .field("replica", &self.replica)
            .field("log", &self.log)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
