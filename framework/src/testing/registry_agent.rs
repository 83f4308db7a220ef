//! An agent that others ask who is there: the registry of the system, as a test asks for it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Spawn, Spawned};
use crate::agent::{Agent, AgentSpec, Context, Handle};
use crate::contract::{Answer, Ask};
use crate::identity::{AgentId, Capability, NameError};
use crate::registry::{Filter, Fitness};
use crate::replies;
use crate::routing::AskError;

/// Who is healthy and can do this?
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Discover {
    /// The capability, as text.
    pub capability: String,
}

/// What the registry agent is asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    /// Who can do this?
    Discover(Discover),
}

/// What the registry agent answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    /// These.
    Discovered(Vec<AgentId>),
}

/// What was asked for is no capability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoCapability(pub String);

impl fmt::Display for NoCapability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The contract of the registry agent.
#[derive(Debug)]
pub struct Discovery;
replies! { Discovery refuses NoCapability: Discover => Discovered(Vec<AgentId>) }

/// An agent that answers who is there, to be spawned in a test.
#[derive(Clone, Copy, Debug, Default)]
pub struct AgentRegistryAgent;

/// An [`AgentRegistryAgent`] that was spawned.
#[derive(Clone, Debug)]
pub struct SpawnedRegistry {
    agent: Spawned,
}

impl AgentRegistryAgent {
    /// The agent.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Spawn for AgentRegistryAgent {
    type Spawned = SpawnedRegistry;

    fn spec(&self) -> Result<AgentSpec, NameError> {
        AgentSpec::new::<Clerk>("agent_registry", ())
    }

    fn spawned(self, agent: Spawned) -> SpawnedRegistry {
        SpawnedRegistry { agent }
    }
}

impl SpawnedRegistry {
    /// Who it is.
    #[must_use]
    pub fn id(&self) -> &AgentId {
        self.agent.id()
    }

    /// Asks it who is healthy and can do this; by id.
    ///
    /// # Errors
    /// When it does not answer; a refusal when `capability` is none.
    ///
    /// # Cancel safety
    /// As [`AgentRef::ask`](crate::routing::AgentRef::ask).
    pub async fn discover(&self, capability: &str) -> Result<Vec<AgentId>, AskError<Discover>> {
        let request = Discover { capability: capability.to_owned() };
        match self.agent.agent::<Discovery>() {
            Ok(agent) => agent.ask(request).await,
            Err(missing) => Err(AskError::<Discover>::NotFound { request, missing }),
        }
    }
}

/// The agent itself.
struct Clerk;

impl Agent for Clerk {
    type Contract = Discovery;
    type Args = ();

    async fn init((): (), _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self)
    }
}

impl Handle<Discover> for Clerk {
    async fn handle(&mut self, discover: Discover, context: &mut Context<Self>) -> Answer<Discover> {
        let capability = match Capability::new(&discover.capability) {
            Ok(capability) => capability,
            Err(error) => return Discover::refuse(NoCapability(error.to_string())),
        };
        let filter = Filter::default().capability(capability);
        let found = context.surroundings().registry.discover(&filter, Fitness::Fit);
        Discover::respond(found.iter().map(|record| AgentId::clone(&record.id)).collect())
    }
}
