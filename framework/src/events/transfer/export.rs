//! Writing a log as lines.

use std::collections::VecDeque;

use super::line::{self, End};
use crate::events::{EventLog, Page, Position, Query, ReadError, Sequence};
use crate::identity::AgentKey;

/// Writes a log as lines: its events, then the newest snapshot of each agent, then how many that were.
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
    exported: Exported,
}

#[derive(Debug)]
enum Step {
    Head,
    Events(Query),
    Snapshots(std::vec::IntoIter<AgentKey>),
    End,
    Done,
}

/// What was exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// So many events.
    pub events: u64,
    /// So many snapshots.
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
            exported: Exported::default(),
        }
    }

    /// Where something is damaged, ends the export there instead of failing, and says so in the last line. Snapshots are
    /// left out then.
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
                    self.step = Step::Events(Query::all(Position::START).with_gaps());
                }
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
                    let Exported { events, snapshots, damaged } = self.exported.clone();
                    let end = line::of_end(End { events, snapshots, damaged });
                    self.lines.push_back(end.map_err(|source| self.unwritable(Position::END, source))?);
                    self.step = Step::Done;
                }
                Step::Done => return Ok(None),
            }
        }
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
        for event in &events {
            let line = line::of_event(event);
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
        if let Some(snapshot) = snapshot {
            let line = line::of_snapshot(&snapshot);
            self.lines.push_back(line.map_err(|source| self.unwritable(Position::END, source))?);
            self.exported.snapshots += 1;
        }
        Ok(())
    }

    fn unwritable(&self, position: Position, source: serde_json::Error) -> ExportError {
        ExportError::Unwritable { after: Position::new(position.number().saturating_sub(1)), source }
    }
}
