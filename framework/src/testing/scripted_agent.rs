//! An agent that starts, answers and ends as it is told, and reports what it does.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spawn::name_of;
use super::{OnStart, OnStop, Probe, Spawn, Spawned};
use crate::agent::{Agent, AgentSpec, Context, Handle, NotNeeded};
use crate::contract::{Answer, Ask};
use crate::exit::Exit;
use crate::identity::{AgentId, Incarnation, NameError};
use crate::replies;
use crate::routing::AskError;

/// What a scripted agent is to do with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Reply.
    Reply,
    /// Refuse.
    Refuse,
    /// End with an error.
    Error,
    /// Panic.
    Panic,
    /// Never answer.
    Hang,
    /// Reply after so many milliseconds.
    Slow(u64),
    /// Reply, then end in good order.
    Stop,
}

/// Do this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Perform {
    /// What.
    pub act: Act,
}

/// What a scripted agent is asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    /// Do this.
    Perform(Perform),
}

/// What a scripted agent answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    /// Done, by this incarnation.
    Performed(Incarnation),
}

/// It was told to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unwilling;

impl fmt::Display for Unwilling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("told to refuse")
    }
}

/// The contract of scripted agents.
#[derive(Debug)]
pub struct Scripting;
replies! { Scripting refuses Unwilling: Perform => Performed(Incarnation) }

/// What a scripted agent reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// This incarnation is being started.
    Starting(Incarnation),
    /// It is up.
    Started(Incarnation),
    /// It has this in hand.
    Handling(Act),
    /// It is told that it ends, for this reason.
    Stopping(String),
}

/// An agent that does what it is told, to be spawned in a test.
#[derive(Clone, Debug)]
pub struct ScriptedAgent {
    label: String,
    script: Arc<Script>,
    on_stop: OnStop,
}

#[derive(Debug, Default)]
struct Script {
    starts: Mutex<VecDeque<OnStart>>,
    probe: Probe<Report>,
}

/// A [`ScriptedAgent`] that was spawned.
#[derive(Clone, Debug)]
pub struct SpawnedScript {
    agent: Spawned,
    script: Arc<Script>,
}

impl ScriptedAgent {
    /// An agent of this name that starts, answers and stops as it should.
    #[must_use]
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), script: Arc::default(), on_stop: OnStop::End }
    }

    /// Does this at its next starts, one each, and runs at those that follow.
    #[must_use]
    pub fn starts(self, starts: impl IntoIterator<Item = OnStart>) -> Self {
        self.script.next_starts(starts);
        self
    }

    /// Does this when it ends in any way that lets it clean up.
    #[must_use]
    pub fn stops(mut self, on_stop: OnStop) -> Self {
        self.on_stop = on_stop;
        self
    }

    /// What it reports to, before it is spawned and after.
    #[must_use]
    pub fn probe(&self) -> Probe<Report> {
        self.script.probe.clone()
    }
}

impl Script {
    fn next_starts(&self, starts: impl IntoIterator<Item = OnStart>) {
        self.starts.lock().unwrap_or_else(PoisonError::into_inner).extend(starts);
    }

    fn next_start(&self) -> OnStart {
        self.starts.lock().unwrap_or_else(PoisonError::into_inner).pop_front().unwrap_or_default()
    }
}

impl Spawn for ScriptedAgent {
    type Spawned = SpawnedScript;

    fn spec(&self) -> Result<AgentSpec, NameError> {
        AgentSpec::new::<Player>(name_of(&self.label), (Arc::clone(&self.script), self.on_stop.clone()))
    }

    fn spawned(self, agent: Spawned) -> SpawnedScript {
        SpawnedScript { agent, script: self.script }
    }
}

impl SpawnedScript {
    /// Who it is.
    #[must_use]
    pub fn id(&self) -> &AgentId {
        self.agent.id()
    }

    /// The agent as any other that was spawned.
    #[must_use]
    pub fn spawned(&self) -> &Spawned {
        &self.agent
    }

    /// What it reports to.
    #[must_use]
    pub fn probe(&self) -> &Probe<Report> {
        &self.script.probe
    }

    /// Does this at its next starts, after what it has been told for them before.
    pub fn next_starts(&self, starts: impl IntoIterator<Item = OnStart>) {
        self.script.next_starts(starts);
    }

    /// Asks it to do this; which incarnation did.
    ///
    /// # Errors
    /// As [`AgentRef::ask`](crate::routing::AgentRef::ask), and as it was told.
    ///
    /// # Cancel safety
    /// As [`AgentRef::ask`](crate::routing::AgentRef::ask).
    pub async fn perform(&self, act: Act) -> Result<Incarnation, AskError<Perform>> {
        match self.agent.agent::<Scripting>() {
            Ok(agent) => agent.ask(Perform { act }).await,
            Err(missing) => Err(AskError::<Perform>::NotFound { request: Perform { act }, missing }),
        }
    }
}

/// The agent itself.
struct Player {
    script: Arc<Script>,
    on_stop: OnStop,
}

impl Agent for Player {
    type Contract = Scripting;
    type Args = (Arc<Script>, OnStop);

    async fn init((script, on_stop): Self::Args, context: &mut Context<Self>) -> anyhow::Result<Self> {
        script.probe.report(Report::Starting(context.incarnation()));
        anyhow::ensure!(script.next_start().play(context.clock()).await?, NotNeeded);
        script.probe.report(Report::Started(context.incarnation()));
        Ok(Self { script, on_stop })
    }

    async fn terminate(&mut self, exit: &Exit, context: &mut Context<Self>) -> anyhow::Result<()> {
        self.script.probe.report(Report::Stopping(exit.to_string()));
        self.on_stop.clone().play(context.clock()).await
    }
}

impl Handle<Perform> for Player {
    async fn handle(&mut self, Perform { act }: Perform, context: &mut Context<Self>) -> Answer<Perform> {
        self.script.probe.report(Report::Handling(act.clone()));
        match act {
            Act::Reply => {}
            Act::Refuse => return Perform::refuse(Unwilling),
            Act::Error => anyhow::bail!("told to fail"),
            Act::Panic => panic!("told to panic"),
            Act::Hang => std::future::pending().await,
            Act::Slow(millis) => context.clock().sleep(Duration::from_millis(millis)).await,
            Act::Stop => context.stop(Exit::Normal),
        }
        Perform::respond(context.incarnation())
    }
}
