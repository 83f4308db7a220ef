//! Taking up lines into a log: every sequence and every checksum is looked at, and what is there already is not written
//! twice, so that an import that was broken off goes on when it is done again.

use std::collections::HashMap;
use std::future::poll_fn;
use std::task::Poll;

use super::import_error::ImportError;
use super::line::{self, End, Line};
use crate::events::{
    Append, Beginning, EventLog, KeptAnswer, NewEvent, Query, ReadError, Sequence, Snapshot, Underway,
};
use crate::identity::AgentKey;

/// How many events are appended at a time.
const BATCH: usize = 512;

/// Takes up lines into a log. The lines of an [`Export`](super::Export) in their order, then [`Import::finish`].
#[derive(Debug)]
pub struct Import<'a> {
    log: &'a dyn EventLog,
    /// The number of the line that came last.
    number: u64,
    seen: End,
    ended: Option<End>,
    /// For each agent, its last event in the lines, and its last event in the log before them.
    agents: HashMap<AgentKey, Standing>,
    /// The beginning of an agent that is to be begun, with answers that are not in the log, and the number of its line.
    beginning: Option<(u64, Beginning)>,
    /// Events to be appended: runs of one agent, each with the event before it, in the order of the lines.
    runs: Vec<Append>,
    waiting: usize,
    imported: Imported,
}

#[derive(Clone, Copy, Debug)]
struct Standing {
    line: Sequence,
    log: Sequence,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// So many events were appended.
    pub events: u64,
    /// So many were there already, the same ones.
    pub known: u64,
    /// So many agents begin after events that were dropped, and so they do in the log.
    pub beginnings: u64,
    /// So many snapshots were kept.
    pub snapshots: u64,
    /// Where the export ended because its log was damaged: what was said of that.
    pub damaged: Option<String>,
}

impl<'a> Import<'a> {
    /// Into this log.
    #[must_use]
    pub fn new(log: &'a dyn EventLog) -> Self {
        Self {
            log,
            number: 0,
            seen: End::default(),
            ended: None,
            agents: HashMap::new(),
            beginning: None,
            runs: Vec::new(),
            waiting: 0,
            imported: Imported::default(),
        }
    }

    /// What was done up to now.
    #[must_use]
    pub fn imported(&self) -> &Imported {
        &self.imported
    }

    /// Takes up the next line; empty ones are passed over.
    ///
    /// # Errors
    /// When it is not what was written, does not follow what came before it, contradicts the log, or cannot be appended.
    /// The import is over then.
    ///
    /// # Cancel safety
    /// Dropping the future may leave events appended that are not counted; the import is over then, and goes on when it
    /// is done again from the first line.
    pub async fn line(&mut self, text: &str) -> Result<(), ImportError> {
        self.number += 1;
        let number = self.number;
        if text.trim().is_empty() {
            return Ok(());
        }
        let wrong = |source| ImportError::Line { number, source };
        if number == 1 {
            return line::read_head(text).map_err(wrong);
        }
        let line = line::read(text).map_err(wrong)?;
        if !matches!(line, Line::Answer(_)) {
            self.begin().await?;
            self.beginning = None;
        }
        match line {
            Line::Beginning(beginning) => self.beginning(*beginning),
            Line::Answer(answer) => self.answer(answer.0, answer.1).await,
            Line::Event(event) => {
                let (agent, sequence, event) = *event;
                self.event(agent, sequence, event).await
            }
            Line::Snapshot(snapshot) => self.snapshot(*snapshot).await,
            Line::End(end) => self.end(end).await,
        }
    }

    /// Ends the import; what it did.
    ///
    /// # Errors
    /// When the lines ended before the last one.
    ///
    /// # Cancel safety
    /// As [`Import::line`].
    pub async fn finish(mut self) -> Result<Imported, ImportError> {
        self.append_all().await?;
        match self.ended {
            Some(_) => Ok(self.imported),
            None => Err(ImportError::NoEnd { number: self.number }),
        }
    }

    /// The beginning of an agent: it is begun with the answers that follow.
    fn beginning(&mut self, beginning: Beginning) -> Result<(), ImportError> {
        let (number, agent, after) = (self.number, beginning.agent().clone(), beginning.after);
        let standing = Standing { line: after, log: after };
        if let Some(before) = self.agents.insert(agent.clone(), standing) {
            let (expected, found) = (before.line.next(), after);
            return Err(ImportError::Sequence { number, agent, expected, found });
        }
        self.seen.beginnings += 1;
        self.imported.beginnings += 1;
        self.beginning = Some((number, beginning));
        Ok(())
    }

    async fn answer(&mut self, agent: AgentKey, answer: KeptAnswer) -> Result<(), ImportError> {
        let most = self.log.limits().append_events;
        let open = self.beginning.as_mut().filter(|(_, beginning)| *beginning.agent() == agent);
        let Some((_, beginning)) = open else {
            return Err(ImportError::Stray { number: self.number, agent });
        };
        beginning.answers.push(answer);
        self.seen.answers += 1;
        if beginning.answers.len() >= most { self.begin().await } else { Ok(()) }
    }

    /// Begins the agent that is to be begun, or adds answers to its beginning.
    async fn begin(&mut self) -> Result<(), ImportError> {
        let Some((number, beginning)) = &mut self.beginning else { return Ok(()) };
        let number = *number;
        let begun = self.log.begin(beginning.clone()).await;
        begun.map_err(|source| ImportError::Begin { number, source })?;
        beginning.answers.clear();
        let (agent, line) = (beginning.agent().clone(), beginning.after);
        let log = self.log.last(&agent).await?;
        self.agents.insert(agent, Standing { line, log });
        Ok(())
    }

    async fn end(&mut self, end: End) -> Result<(), ImportError> {
        self.append_all().await?;
        let (number, seen) = (self.number, &self.seen);
        let counts = [
            ("beginnings", end.beginnings, seen.beginnings),
            ("answers", end.answers, seen.answers),
            ("events", end.events, seen.events),
            ("snapshots", end.snapshots, seen.snapshots),
        ];
        if let Some((what, expected, found)) =
            counts.into_iter().find(|(_, expected, found)| expected != found)
        {
            return Err(ImportError::Count { number, what, expected, found });
        }
        self.imported.damaged.clone_from(&end.damaged);
        self.ended = Some(end);
        Ok(())
    }

    async fn event(
        &mut self,
        agent: AgentKey,
        sequence: Sequence,
        event: NewEvent,
    ) -> Result<(), ImportError> {
        let number = self.number;
        let standing = match self.agents.get(&agent) {
            Some(standing) => *standing,
            None => Standing { line: Sequence::START, log: self.log.last(&agent).await? },
        };
        let expected = standing.line.next();
        if sequence != expected {
            return Err(ImportError::Sequence { number, agent, expected, found: sequence });
        }
        if sequence <= standing.log {
            let before = Sequence::new(sequence.number() - 1);
            let there = match self.log.read(Query::of(agent.clone(), before).up_to(sequence)).await {
                Err(ReadError::CompactedOf { up_to, .. }) => {
                    return Err(ImportError::Dropped { number, agent, sequence, up_to });
                }
                there => there?.events.into_iter().next(),
            };
            let same =
                there.is_some_and(|there| event.clone().at(agent.clone(), sequence, there.position) == there);
            if !same {
                return Err(ImportError::Another { number, agent, sequence });
            }
            self.imported.known += 1;
        } else {
            match self.runs.last_mut().filter(|run| run.agent == agent) {
                Some(run) => run.events.push(event),
                None => self.runs.push(Append::new(agent.clone(), standing.line, [event])),
            }
            self.waiting += 1;
        }
        self.agents.insert(agent, Standing { line: sequence, ..standing });
        self.seen.events += 1;
        if self.waiting >= BATCH.min(self.log.limits().append_events) {
            self.append_all().await
        } else {
            Ok(())
        }
    }

    async fn snapshot(&mut self, snapshot: Snapshot) -> Result<(), ImportError> {
        self.append_all().await?;
        let number = self.number;
        self.log.save(snapshot).await.map_err(|source| ImportError::Save { number, source })?;
        self.seen.snapshots += 1;
        self.imported.snapshots += 1;
        Ok(())
    }

    /// Appends what waits, in its order and as one commit, where the log can do that.
    async fn append_all(&mut self) -> Result<(), ImportError> {
        let (log, number) = (self.log, self.number);
        self.waiting = 0;
        let counts: Vec<_> = self.runs.iter().map(|run| run.events.len() as u64).collect();
        let mut appends: Vec<_> = self.runs.drain(..).map(|run| (log.append(run), None)).collect();
        in_order(&mut appends).await;
        for ((_, outcome), count) in appends.into_iter().zip(counts) {
            match outcome {
                Some(Err(source)) => return Err(ImportError::Append { number, source }),
                _ => self.imported.events += count,
            }
        }
        Ok(())
    }
}

/// Waits for all of them; each is begun before the next one.
async fn in_order<T>(underway: &mut [(Underway<'_, T>, Option<T>)]) {
    poll_fn(|context| {
        let mut waits = false;
        for (future, outcome) in underway.iter_mut().filter(|(_, outcome)| outcome.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(done) => *outcome = Some(done),
                Poll::Pending => waits = true,
            }
        }
        if waits { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}
