//! The reader: takes lines from the input, has each one delivered, and acknowledges it when it is kept.
//!
//! A process because it paces the others and has a place in the file. The place is in the acknowledgements, which
//! it reads when it is started again; what was under way then is delivered once more, under the same key.

use std::collections::HashSet;
use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use mistersmith::agent::{Agent, Context, Handle, HandleInfo};
use mistersmith::contract::{Answer, Ask};
use mistersmith::identity::Incarnation;
use mistersmith::replies;
use mistersmith::routing::AgentRef;
use mistersmith::system::System;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conductor::{Acknowledged, Conducting};
use super::delivery::{Delivery, settle};
use super::folder::Folder;
use super::journal::Journal;
use super::lines::{Line, Lines};
use super::pace::Pace;
use super::rejection::Rejection;

/// How many lines are under way at a time.
const UNDER_WAY: usize = 64;

/// How often a paced reader looks whether a line is due.
const TICK: Duration = Duration::from_millis(10);

/// How many lines are under way?
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct UnderWay;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Request {
    UnderWay(UnderWay),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Response {
    Lines(u64),
}

pub(super) struct Reading;
replies! { Reading: UnderWay => Lines(u64) }

/// What every incarnation of the reader begins with.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    pub(super) folder: Arc<Folder>,
    /// 0 means as fast as they are done.
    pub(super) lines_per_second: u32,
}

pub(super) struct Reader {
    system: System,
    conductor: AgentRef<Conducting>,
    lines: Lines<BufReader<File>>,
    /// Read, and not yet due.
    held: Option<Line>,
    at_end: bool,
    acknowledgements: Journal,
    acknowledged: HashSet<u64>,
    under_way: usize,
    pace: Pace,
    resumed: bool,
    settled: bool,
}

/// The stations are done with whatever the incarnation before had asked of them.
struct Settled;

/// A line may be due.
#[derive(Clone)]
struct Tick;

/// A line is kept; or the writer does not want it, which is a fault of this program.
struct Delivered(Result<u64, Rejection>);

impl Agent for Reader {
    type Contract = Reading;
    type Args = Assignment;

    async fn init(assignment: Assignment, context: &mut Context<Self>) -> anyhow::Result<Self> {
        let Assignment { folder, lines_per_second } = assignment;
        let system = super::pipeline::around(context)?;
        let input = File::open(&folder.input).with_context(|| folder.input.display().to_string())?;
        let mut acknowledged = HashSet::new();
        let acknowledgements =
            Journal::open(&folder.acknowledgements(), |line| acknowledged.extend(line.parse::<u64>()))?;
        let pace = Pace::new(lines_per_second, context.clock().now());
        if pace.is_limited() {
            context.send_interval(TICK, Tick);
        }
        let resumed = context.incarnation() > Incarnation::FIRST;
        if resumed {
            // Not here in `init`: a station that is down comes up only when this start is over.
            let system = system.clone();
            context.spawn_info(async move {
                settle(&system).await;
                Settled
            })?;
        } else {
            context.send_self(Settled);
        }
        Ok(Self {
            conductor: system.find::<Conducting>()?,
            system,
            lines: Lines::new(BufReader::new(input)),
            held: None,
            at_end: false,
            acknowledgements,
            acknowledged,
            under_way: 0,
            pace,
            resumed,
            settled: false,
        })
    }
}

impl Handle<UnderWay> for Reader {
    async fn handle(&mut self, UnderWay: UnderWay, _: &mut Context<Self>) -> Answer<UnderWay> {
        UnderWay::respond(self.under_way as u64)
    }
}

impl HandleInfo<Settled> for Reader {
    async fn handle_info(&mut self, Settled: Settled, context: &mut Context<Self>) -> anyhow::Result<()> {
        self.settled = true;
        self.go_on(context).await
    }
}

impl HandleInfo<Tick> for Reader {
    async fn handle_info(&mut self, Tick: Tick, context: &mut Context<Self>) -> anyhow::Result<()> {
        self.go_on(context).await
    }
}

impl HandleInfo<Delivered> for Reader {
    async fn handle_info(
        &mut self,
        Delivered(delivered): Delivered,
        context: &mut Context<Self>,
    ) -> anyhow::Result<()> {
        let line =
            delivered.map_err(|rejection| anyhow::anyhow!("the writer refused a reject: {rejection}"))?;
        self.acknowledgements.append(&format!("{line}\n"))?;
        self.acknowledged.insert(line);
        self.under_way -= 1;
        self.go_on(context).await
    }
}

impl Reader {
    /// Sends lines on their way, as many as are due and have room; tells the conductor how far it is.
    async fn go_on(&mut self, context: &mut Context<Self>) -> anyhow::Result<()> {
        if !self.settled {
            return Ok(());
        }
        while self.under_way < UNDER_WAY {
            let Some(line) = self.next()? else { break };
            if !self.pace.take(context.clock().now()) {
                self.held = Some(line);
                break;
            }
            self.under_way += 1;
            let delivery =
                Delivery { system: self.system.clone(), number: line.number, resumed: self.resumed };
            context.spawn_info(async move { Delivered(delivery.deliver(line.bytes).await) })?;
        }
        let all = self.at_end && self.held.is_none() && self.under_way == 0;
        self.conductor.tell(Acknowledged { lines: self.acknowledged.len() as u64, all }).await?;
        Ok(())
    }

    /// The next line that is not acknowledged.
    fn next(&mut self) -> std::io::Result<Option<Line>> {
        if let Some(held) = self.held.take() {
            return Ok(Some(held));
        }
        while !self.at_end {
            match self.lines.next()? {
                Some(line) if self.acknowledged.contains(&line.number) => {}
                Some(line) => return Ok(Some(line)),
                None => self.at_end = true,
            }
        }
        Ok(None)
    }
}
