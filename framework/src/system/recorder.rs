//! The process that writes into the system's event log what happens to agents, behind their backs.
//!
//! It is a process of its own because it waits for the disk, which no agent does for the sake of its own life's record.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use serde_json::json;

use super::recording::{Recording, supervision};
use super::retention::{LifeRetention, Lives};
use crate::agent::Surroundings;
use crate::engine::{self, Behaviour, Myself, Task, Turn, Waker};
use crate::events::{
    Append, AppendError, Appended, EventType, Json, LOST_EVENT, LifeChange, NewEvent, SUPERVISION_EVENT,
    Timestamp, Underway,
};
use crate::exit::Exit;
use crate::identity::AgentKey;
use crate::supervisor::{Event, History, Start, Starting, Under};

/// How many changes are written at a time.
const BATCH: usize = 1024;

/// After which time a log that did not take events is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// What the recorder is made from.
#[derive(Clone)]
pub(super) struct Record {
    pub(super) recording: Arc<Recording>,
    pub(super) surroundings: Arc<Surroundings>,
    pub(super) history: History,
    pub(super) retention: LifeRetention,
}

/// Writes what happens to agents.
pub(super) struct Recorder {
    record: Record,
    /// Under which key the deeds of supervisors are kept.
    supervision: AgentKey,
    /// The number of the last event of the history that was taken up.
    told: u64,
    /// The losses that were told.
    told_lost: u64,
    /// What could not be written yet, by agent.
    pending: Vec<(AgentKey, Vec<NewEvent>)>,
    lives: Lives,
    waker: Waker,
    myself: Myself,
    again: Option<Task>,
    _news: Task,
}

impl Behaviour for Recorder {
    type Args = Record;

    async fn init(record: Record, myself: Myself) -> Result<Option<Self>, Exit> {
        let supervision = supervision(&record.surroundings.system).map_err(Exit::error)?;
        record.recording.wakes(myself.waker());
        let (waker, history) = (myself.waker(), record.history.clone());
        let news = engine::spawn(myself.alive(), async move {
            let mut seen = 0;
            loop {
                seen = history.after(seen).await.last().map_or(seen, |event| event.number);
                waker.wake();
            }
        });
        Ok(Some(Self {
            lives: Lives::new(record.retention, supervision.clone()),
            record,
            supervision,
            told: 0,
            told_lost: 0,
            pending: Vec::new(),
            waker: myself.waker(),
            myself,
            again: None,
            _news: news,
        }))
    }

    async fn turn(&mut self) -> Turn {
        if self.again.as_ref().is_some_and(|again| !again.is_finished()) {
            return Turn::Wait;
        }
        if !self.write().await {
            let (waker, clock) = (self.waker.clone(), self.record.surroundings.clock.clone());
            self.again = Some(engine::spawn(self.myself.alive(), async move {
                clock.sleep(TRY_AGAIN).await;
                waker.wake();
            }));
            return Turn::Wait;
        }
        self.shorten().await;
        if self.record.recording.is_empty() && !self.lives.is_due() { Turn::Wait } else { Turn::Again }
    }

    async fn terminate(&mut self, _: &Exit) -> anyhow::Result<()> {
        // What the end of the agents has left here is written before the system is gone.
        while self.write().await && !self.record.recording.is_empty() {}
        Ok(())
    }
}

impl Recorder {
    /// Writes what waits, some of it; false when the log does not take it at present.
    async fn write(&mut self) -> bool {
        if self.pending.is_empty() {
            self.gather();
        }
        let mut left = std::mem::take(&mut self.pending);
        while !left.is_empty() {
            let appends = left.iter().map(|(agent, events)| {
                let expected = self.lives.last(agent);
                self.record.recording.log.append(Append::new(agent.clone(), expected, events.clone()))
            });
            let outcomes = all(appends.collect()).await;
            for ((agent, events), outcome) in std::mem::take(&mut left).into_iter().zip(outcomes) {
                match outcome {
                    Ok(Appended { sequence, .. }) => {
                        self.lives.at(agent, sequence);
                        self.record.recording.recorded(events.len());
                    }
                    // It has a past from before this system, or somebody else writes there: go on after that.
                    Err(AppendError::Conflict { found, .. }) => {
                        self.lives.at(agent.clone(), found);
                        left.push((agent, events));
                    }
                    Err(error) => self.refused(agent, events, &error),
                }
            }
        }
        self.pending.is_empty()
    }

    /// Shortens a life, if one is longer than is to be kept. Where that does not work, the next change tries again.
    async fn shorten(&mut self) {
        if let Err(error) = self.lives.shorten(&*self.record.recording.log).await {
            tracing::warn!(%error, "a life in the event log could not be shortened");
        }
    }

    /// The log did not take these.
    fn refused(&mut self, agent: AgentKey, events: Vec<NewEvent>, error: &AppendError) {
        if self.record.recording.troubled(error.to_string()) {
            tracing::error!(%error, "the event log does not take what happens to agents");
        }
        if matches!(error, AppendError::Full { .. } | AppendError::Unavailable { .. }) {
            self.pending.push((agent, events));
        } else {
            self.record.recording.lost(events.len() as u64);
        }
    }

    /// What waits, by agent and in order.
    fn gather(&mut self) {
        let most = BATCH.min(self.record.recording.log.limits().append_events).max(1);
        let mut places: HashMap<AgentKey, usize> = HashMap::new();
        for waiting in self.record.recording.take(most) {
            let Ok(event) = waiting.change.write(waiting.at) else { continue };
            let agent = LifeChange::key(&waiting.agent.key());
            match places.get(&agent) {
                Some(place) => self.pending[*place].1.push(event),
                None => {
                    places.insert(agent.clone(), self.pending.len());
                    self.pending.push((agent, vec![event]));
                }
            }
        }
        let deeds = self.deeds(most);
        if !deeds.is_empty() {
            self.pending.push((self.supervision.clone(), deeds));
        }
    }

    /// What supervisors did since the last time, and how many changes were lost.
    fn deeds(&mut self, most: usize) -> Vec<NewEvent> {
        let mut deeds = Vec::new();
        let events = self.record.history.since(self.told);
        for event in events.iter().take(most - 1) {
            // The history is bounded: what it has forgotten is not in the log either.
            self.record.recording.lost(event.number.saturating_sub(self.told + 1));
            self.told = event.number;
            deeds.extend(deed(event));
        }
        if self.told < self.record.history.newest() {
            self.waker.wake();
        }
        let lost = self.record.recording.report().lost;
        if lost > self.told_lost {
            let more = lost - self.told_lost;
            tracing::warn!(more, lost, "changes in the lives of agents are not in the event log");
            let at = Timestamp::from(self.record.surroundings.clock.wall());
            deeds.extend(ours(LOST_EVENT, &json!({ "changes": more }), at));
            self.told_lost = lost;
        }
        deeds
    }
}

/// What a supervisor did, as an event.
fn deed(event: &Event) -> Option<NewEvent> {
    let at = Timestamp::from_micros(event.wall_millis.saturating_mul(1000));
    ours(SUPERVISION_EVENT, &serde_json::to_value(event).ok()?, at)
}

fn ours(name: &str, data: &serde_json::Value, at: Timestamp) -> Option<NewEvent> {
    Some(NewEvent::new(at, EventType::first(name).ok()?, Json::of(data).ok()?))
}

/// What comes of all of them, at the same time, so that they share a commit.
async fn all<T>(mut underway: Vec<Underway<'_, T>>) -> Vec<T> {
    let mut outcomes: Vec<Option<T>> = underway.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut waits = false;
        for (future, outcome) in underway.iter_mut().zip(&mut outcomes) {
            if outcome.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(done) => *outcome = Some(done),
                    Poll::Pending => waits = true,
                }
            }
        }
        if waits { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    outcomes.into_iter().flatten().collect()
}

/// The recorder as a child.
pub(super) struct Recorded(pub(super) Record);

impl Start for Recorded {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(async { Ok(engine::start::<Recorder>(&under.parent, self.0.clone(), None).await?.into()) })
    }
}
