//! A ready-made agent that receives messages, counts them, and sends them on.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::spawn::name_of;
use super::{PATIENCE, Spawn, Spawned};
use crate::agent::{Agent, AgentSpec, Context, Handle};
use crate::clock::Clock;
use crate::contract::{Answer, Ask};
use crate::identity::{AgentId, Capability, NameError};
use crate::replies;
use crate::routing::AskError;

/// What test agents send each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestMessage {
    /// Nothing but a message.
    Ping,
    /// Some text.
    Text(String),
    /// Ends the receiver with an error, once it has counted it.
    Fail,
}

/// Receive a message.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Receive {
    /// The message.
    pub message: TestMessage,
}

/// Send a message to another test agent, and wait until it has been received.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SendTo {
    /// To whom.
    pub to: AgentId,
    /// The message.
    pub message: TestMessage,
}

/// What a test agent is asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    /// Receive a message.
    Receive(Receive),
    /// Send a message.
    SendTo(SendTo),
}

/// What a test agent answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    /// So many messages have been received.
    Received(usize),
    /// It was received.
    Sent,
}

/// Why a message was not sent on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotSent(pub String);

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The contract of test agents.
#[derive(Debug)]
pub struct TestContract;
replies! { TestContract refuses NotSent: Receive => Received(usize), SendTo => Sent }

/// A ready-made agent with the capability `test.capability`, to be spawned in a test.
#[derive(Clone, Debug)]
pub struct TestAgent {
    label: String,
    received: watch::Sender<Vec<TestMessage>>,
}

/// A [`TestAgent`] that was spawned.
#[derive(Clone, Debug)]
pub struct SpawnedTestAgent {
    agent: Spawned,
    received: watch::Sender<Vec<TestMessage>>,
}

impl TestAgent {
    /// What every test agent can do.
    pub const CAPABILITY: &str = "test.capability";

    /// A test agent of this name; what a name has no place for is written with `-`, and capitals as small letters.
    #[must_use]
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), received: watch::Sender::default() }
    }
}

impl Spawn for TestAgent {
    type Spawned = SpawnedTestAgent;

    fn spec(&self) -> Result<AgentSpec, NameError> {
        let spec = AgentSpec::new::<Receiver>(name_of(&self.label), self.received.clone())?;
        Ok(spec.capability(Capability::new(Self::CAPABILITY)?))
    }

    fn spawned(self, agent: Spawned) -> SpawnedTestAgent {
        SpawnedTestAgent { agent, received: self.received }
    }
}

impl SpawnedTestAgent {
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

    /// Lets it send a message to another test agent; returns when that one has received it.
    ///
    /// # Errors
    /// When it was not sent; a refusal says why it was not received.
    ///
    /// # Cancel safety
    /// As [`AgentRef::ask`](crate::routing::AgentRef::ask).
    pub async fn send_to(&self, to: &AgentId, message: TestMessage) -> Result<(), AskError<SendTo>> {
        let request = SendTo { to: to.clone(), message };
        match self.agent.agent::<TestContract>() {
            Ok(agent) => agent.ask(request).await,
            Err(missing) => Err(AskError::<SendTo>::NotFound { request, missing }),
        }
    }

    /// How many messages it has received, by all its incarnations.
    #[must_use]
    pub fn received_count(&self) -> usize {
        self.received.borrow().len()
    }

    /// What it has received, by all its incarnations.
    #[must_use]
    pub fn messages(&self) -> Vec<TestMessage> {
        self.received.borrow().clone()
    }

    /// Waits until it has received at least `count` messages.
    ///
    /// # Panics
    /// When it has not for [`PATIENCE`].
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub async fn received(&self, count: usize) {
        let mut received = self.received.subscribe();
        let waiting = received.wait_for(|received| received.len() >= count);
        let in_time = Clock::machine().timeout(PATIENCE, waiting).await.is_ok();
        assert!(in_time, "{} has received {} of {count} messages", self.id(), self.received_count());
    }
}

/// The agent itself.
struct Receiver(watch::Sender<Vec<TestMessage>>);

impl Agent for Receiver {
    type Contract = TestContract;
    type Args = watch::Sender<Vec<TestMessage>>;

    async fn init(received: Self::Args, _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self(received))
    }
}

impl Handle<Receive> for Receiver {
    async fn handle(&mut self, Receive { message }: Receive, _: &mut Context<Self>) -> Answer<Receive> {
        self.0.send_modify(|received| received.push(message.clone()));
        anyhow::ensure!(message != TestMessage::Fail, "told to fail");
        Receive::respond(self.0.borrow().len())
    }
}

impl Handle<SendTo> for Receiver {
    async fn handle(&mut self, send: SendTo, context: &mut Context<Self>) -> Answer<SendTo> {
        let SendTo { to, message } = send;
        let router = context.router();
        // From a task, so that an agent can send to itself.
        context.answer_later(async move {
            let receiver = router.direct::<TestContract>(&to).map_err(|error| NotSent(error.to_string()))?;
            receiver.ask(Receive { message }).await.map(drop).map_err(|error| NotSent(error.to_string()))
        })?
    }
}
