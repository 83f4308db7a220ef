//! How much of the lives of agents a system's event log keeps, and how they are shortened: a little at a time, so that
//! what happens meanwhile is not kept waiting.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::events::{
    CompactError, Compaction, EventLog, Query, ReadError, SaveError, Sequence, Timestamp, life_up_to,
};
use crate::identity::AgentKey;

/// At most so many events are dropped at a time.
const STEP: u64 = 1024;

/// Of how many lives the last event is remembered.
const REMEMBERED: usize = 65_536;

/// How much of what happens to agents the event log of a system keeps. The newest is kept; what is older is dropped in the
/// background.
///
/// A life is shortened when it has a quarter more than is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LifeRetention {
    /// Changes in the life of each agent: 1,000, which is 250 restarts. `None` keeps all.
    pub changes: Option<u32>,
    /// What supervisors did, of all of them together: 10,000. `None` keeps all.
    pub deeds: Option<u32>,
}

impl LifeRetention {
    /// Everything is kept.
    pub const ALL: Self = Self { changes: None, deeds: None };
}

impl Default for LifeRetention {
    fn default() -> Self {
        Self { changes: Some(1_000), deeds: Some(10_000) }
    }
}

/// A life in the log.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    last: Sequence,
    /// The last event that was dropped, if that is known.
    dropped: Option<Sequence>,
}

/// The lives in the log, as far as they are known, and which of them are to be shortened.
#[derive(Debug)]
pub(super) struct Lives {
    retention: LifeRetention,
    /// Under which key the deeds of supervisors are kept.
    supervision: AgentKey,
    known: HashMap<AgentKey, Kept>,
    due: VecDeque<AgentKey>,
    is_due: HashSet<AgentKey>,
}

/// Why a life was not shortened.
#[derive(Debug, thiserror::Error)]
pub(super) enum ShortenError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Compact(#[from] CompactError),
    #[error("the snapshot of a life has no form in JSON: {0}")]
    Form(#[from] serde_json::Error),
}

impl Lives {
    pub(super) fn new(retention: LifeRetention, supervision: AgentKey) -> Self {
        let (known, due, is_due) = (HashMap::new(), VecDeque::new(), HashSet::new());
        Self { retention, supervision, known, due, is_due }
    }

    /// The last event of a life, as far as it is known.
    pub(super) fn last(&self, life: &AgentKey) -> Sequence {
        self.known.get(life).map_or(Sequence::START, |kept| kept.last)
    }

    /// Something was written, or is known to have been.
    pub(super) fn at(&mut self, life: AgentKey, last: Sequence) {
        if self.known.len() >= REMEMBERED && !self.known.contains_key(&life) {
            self.known.clear();
        }
        let most = self.most(&life);
        let kept = self.known.entry(life.clone()).or_default();
        kept.last = last;
        let dropped = kept.dropped.unwrap_or_default().number();
        let is_long = most.is_some_and(|most| last.number().saturating_sub(dropped) > most + most / 4);
        if is_long && self.is_due.insert(life.clone()) {
            self.due.push_back(life);
        }
    }

    /// Whether a life is to be shortened.
    pub(super) fn is_due(&self) -> bool {
        !self.due.is_empty()
    }

    fn most(&self, life: &AgentKey) -> Option<u64> {
        let LifeRetention { changes, deeds } = self.retention;
        let most = if *life == self.supervision { deeds } else { changes };
        most.map(u64::from)
    }

    /// Shortens the life that has waited longest for it, by one step.
    pub(super) async fn shorten(&mut self, log: &dyn EventLog) -> Result<(), ShortenError> {
        let Some(life) = self.due.pop_front() else { return Ok(()) };
        self.is_due.remove(&life);
        let (Some(most), Some(kept)) = (self.most(&life), self.known.get(&life).copied()) else {
            return Ok(());
        };
        let dropped = match kept.dropped {
            Some(dropped) => dropped,
            None => log.beginning(&life, None).await?.map_or(Sequence::START, |beginning| beginning.after),
        };
        let enough = Sequence::new(kept.last.number().saturating_sub(most));
        let up_to = enough.min(dropped.plus(STEP));
        if up_to > dropped {
            drop_up_to(log, &life, up_to).await?;
        }
        let dropped = up_to.max(dropped);
        self.known.insert(life.clone(), Kept { dropped: Some(dropped), ..kept });
        if dropped < enough && self.is_due.insert(life.clone()) {
            self.due.push_back(life);
        }
        Ok(())
    }
}

/// Drops the events of a life up to this one, which stands for them.
async fn drop_up_to(log: &dyn EventLog, life: &AgentKey, up_to: Sequence) -> Result<(), ShortenError> {
    let before = Sequence::new(up_to.number().saturating_sub(1));
    let page = log.read(Query::of(life.clone(), before).up_to(up_to)).await?;
    let Some(last) = page.events.into_iter().next() else { return Ok(()) };
    log.save(life_up_to(last)?).await?;
    let keep_answers_since = Timestamp::default();
    log.compact(Compaction { agent: life.clone(), up_to, keep_answers_since }).await?;
    Ok(())
}
