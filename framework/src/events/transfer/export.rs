//! Writing a log as lines.

use std::collections::{HashMap, HashSet, VecDeque};

use super::line::{self, End};
use super::{event_line, snapshot_line};
use crate::events::{Beginning, EventLog, Page, Position, Query, ReadError, RequestKey, Sequence};
use crate::identity::AgentKey;

/// Writes a log as lines: what stands for events that were dropped, its events, then the newest snapshot of each agent,
/// then how many that were.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use mistersmith::events::{Append, EventLog, EventType, Export, Import, Json, MemoryLog, NewEvent, Sequence, Timestamp};
/// # use mistersmith::identity::AgentId;
/// # let account = "bank/account@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44".parse::<AgentId>()?.key();
///
/// let (here, there) = (MemoryLog::new(), MemoryLog::new());
/// # let paid_in = NewEvent::new(Timestamp::from_micros(1), EventType::first("PaidIn")?, Json::of(&500)?);
/// here.append(Append::new(account.clone(), Sequence::START, [paid_in])).await?;
///
/// let (mut export, mut import) = (Export::new(&here), Import::new(&there));
/// while let Some(line) = export.next_line().await? {
///     import.line(&line).await?;
/// }
/// assert_eq!(import.finish().await?.events, 1);
/// assert_eq!(there.last(&account).await?, Sequence::new(1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Export<'a> {
    log: &'a dyn EventLog,
    until_damage: bool,
    lines: VecDeque<String>,
    step: Step,
    /// The events that the snapshots are after with which agents begin.
    begun: HashMap<AgentKey, Sequence>,
    /// Agents whose beginning is damaged.
    left_out: HashSet<AgentKey>,
    exported: Exported,
}

#[derive(Debug)]
enum Step {
    Head,
    /// Of these agents, of the first after this answer.
    Beginnings(std::vec::IntoIter<AgentKey>, Option<RequestKey>),
    Events(Query),
    Snapshots(std::vec::IntoIter<AgentKey>),
    End,
    Done,
}

/// What was exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// The beginnings of so many agents whose first events were dropped.
    pub beginnings: u64,
    /// So many answers that have outlived their events.
    pub answers: u64,
    /// So many events.
    pub events: u64,
    /// So many snapshots, beside those of the beginnings.
    pub snapshots: u64,
    /// Why there are no more, where that is because of damage.
    pub damaged: Option<String>,
}

/// Why there is no next line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An event cannot be written, because what is said to be JSON in it is none.
    #[error("the event after position {after} cannot be written: {source}")]
    Unwritable {
        /// The position before it.
        after: Position,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl<'a> Export<'a> {
    /// Of this log.
    #[must_use]
    pub fn new(log: &'a dyn EventLog) -> Self {
        Self {
            log,
            until_damage: false,
            lines: VecDeque::new(),
            step: Step::Head,
            begun: HashMap::new(),
            left_out: HashSet::new(),
            exported: Exported::default(),
        }
    }

    /// Where something is damaged, ends the export there instead of failing, and says so in the last line. Snapshots are
    /// left out then. An agent whose first events were dropped and whose beginning is damaged is left out.
    #[must_use]
    pub fn until_damage(self) -> Self {
        Self { until_damage: true, ..self }
    }

    /// What was exported up to now.
    #[must_use]
    pub fn exported(&self) -> &Exported {
        &self.exported
    }

    /// The next line, without the line feed; `None` after the last one.
    ///
    /// # Errors
    /// When the log cannot be read.
    ///
    /// # Cancel safety
    /// No line is lost.
    pub async fn next_line(&mut self) -> Result<Option<String>, ExportError> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Ok(Some(line));
            }
            match &mut self.step {
                Step::Head => {
                    self.lines.push_back(line::head());
                    self.step = Step::Beginnings(self.log.agents().await?.into_iter(), None);
                }
                Step::Beginnings(agents, answers_after) => match agents.as_slice().first().cloned() {
                    None => self.step = Step::Events(Query::all(Position::START).with_gaps()),
                    Some(agent) => {
                        let answers_after = answers_after.clone();
                        let more = self.beginning(&agent, answers_after).await?;
                        if let Step::Beginnings(agents, answers_after) = &mut self.step {
                            if more.is_none() {
                                agents.next();
                            }
                            *answers_after = more;
                        }
                    }
                },
                Step::Events(query) => {
                    let query = query.clone();
                    self.events(query).await?;
                }
                Step::Snapshots(agents) => match agents.as_slice().first().cloned() {
                    None => self.step = Step::End,
                    Some(agent) => {
                        self.snapshot(&agent).await?;
                        if let Step::Snapshots(agents) = &mut self.step {
                            agents.next();
                        }
                    }
                },
                Step::End => {
                    let Exported { beginnings, answers, events, snapshots, damaged } = self.exported.clone();
                    let end = line::of_end(End { beginnings, answers, events, snapshots, damaged });
                    self.lines.push_back(end.map_err(|source| self.unwritable(Position::END, source))?);
                    self.step = Step::Done;
                }
                Step::Done => return Ok(None),
            }
        }
    }

    /// Where the events of an agent begin; the answer after which more answers may come.
    async fn beginning(
        &mut self,
        agent: &AgentKey,
        answers_after: Option<RequestKey>,
    ) -> Result<Option<RequestKey>, ExportError> {
        let beginning = match self.log.beginning(agent, answers_after.as_ref()).await {
            Err(ReadError::Damaged(damage)) if self.until_damage => {
                self.exported.damaged.get_or_insert_with(|| damage.to_string());
                self.left_out.insert(agent.clone());
                return Ok(None);
            }
            beginning => beginning?,
        };
        let Some(beginning) = beginning else { return Ok(None) };
        let unwritable = |source| self.unwritable(Position::END, source);
        let mut lines = Vec::new();
        if answers_after.is_none() {
            lines.push(snapshot_line::of_beginning(&beginning).map_err(unwritable)?);
        }
        for answer in &beginning.answers {
            lines.push(event_line::of_answer(agent, answer).map_err(unwritable)?);
        }
        let Beginning { snapshot, answers, .. } = beginning;
        self.lines.extend(lines);
        self.exported.answers += answers.len() as u64;
        if answers_after.is_none() {
            self.exported.beginnings += 1;
            self.begun.insert(agent.clone(), snapshot.sequence);
        }
        Ok(answers.into_iter().next_back().map(|answer| answer.key))
    }

    async fn events(&mut self, query: Query) -> Result<(), ExportError> {
        let Page { events, next, at_end } = match self.log.read(query).await {
            Err(ReadError::Damaged(damage)) if self.until_damage => {
                self.exported.damaged = Some(damage.to_string());
                self.step = Step::End;
                return Ok(());
            }
            page => page?,
        };
        for event in events.iter().filter(|event| !self.left_out.contains(&event.agent)) {
            let line = event_line::of_event(event);
            self.lines.push_back(line.map_err(|source| self.unwritable(event.position, source))?);
            self.exported.events += 1;
        }
        self.step =
            if at_end { Step::Snapshots(self.log.agents().await?.into_iter()) } else { Step::Events(next) };
        Ok(())
    }

    async fn snapshot(&mut self, agent: &AgentKey) -> Result<(), ExportError> {
        let snapshot = match self.log.snapshot(agent, Sequence::END).await {
            // What it was made from is all there, or its loss has been told.
            Err(ReadError::Damaged(_)) if self.until_damage => return Ok(()),
            snapshot => snapshot?,
        };
        let begun = self.begun.get(agent).copied();
        if let Some(snapshot) = snapshot.filter(|snapshot| Some(snapshot.sequence) != begun) {
            let line = snapshot_line::of_snapshot(&snapshot);
            self.lines.push_back(line.map_err(|source| self.unwritable(Position::END, source))?);
            self.exported.snapshots += 1;
        }
        Ok(())
    }

    fn unwritable(&self, position: Position, source: serde_json::Error) -> ExportError {
        ExportError::Unwritable { after: Position::new(position.number().saturating_sub(1)), source }
    }
}
