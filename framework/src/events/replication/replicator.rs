//! The agent that keeps a log in step with those of other replicas: a process, so that it is paced and supervised.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::anti_entropy::AntiEntropy;
use super::message::Message;
use super::peer::Peer;
use crate::agent::{Agent, AgentSpec, Context, Handle, HandleInfo};
use crate::contract::{Answer, Ask};
use crate::events::{EventLog, Replica};
use crate::identity::NameError;
use crate::replies;

/// Another replica says this: what is answered?
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Exchange {
    /// What it says.
    pub message: Message,
}

/// Exchange with all peers now; answered when that is done.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Synchronize;

/// What a replicator is asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    /// By another replica.
    Exchange(Exchange),
    /// By whoever does not want to wait.
    Synchronize(Synchronize),
}

/// What a replicator answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    /// This is to be said to the other replica.
    Answers(Vec<Message>),
    /// So it went.
    Synchronized(Synchronized),
}

/// How an exchange with all peers went.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Synchronized {
    /// With so many of them everything was exchanged.
    pub complete: u32,
    /// With the others it was not, and why.
    pub problems: Vec<String>,
}

/// What another replica said could not be dealt with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplicationRefusal {
    /// Why.
    pub reason: String,
}

/// The contract of replicators.
#[derive(Debug)]
pub struct Replication;
replies! { Replication refuses ReplicationRefusal:
    Exchange => Answers(Vec<Message>), Synchronize => Synchronized(Synchronized)
}

/// A replicator that is to be.
#[derive(Clone)]
pub struct ReplicatorSpec {
    replica: Replica,
    log: Option<Arc<dyn EventLog>>,
    peers: Vec<Arc<dyn Peer>>,
    every: Duration,
}

/// Exchanges with its peers every so often, and answers theirs. Made by [`ReplicatorSpec::agent`].
#[derive(Debug)]
pub struct Replicator {
    spec: ReplicatorSpec,
    anti_entropy: Arc<AntiEntropy>,
}

/// Private: it is time for a round.
struct Begin;

/// Private: a round is over.
struct Over(Synchronized);

impl ReplicatorSpec {
    /// A replicator for the log of `replica`. The next round with its `peers` begins so long after one has ended.
    #[must_use]
    pub fn new(
        replica: Replica,
        log: Arc<dyn EventLog>,
        peers: impl IntoIterator<Item = Arc<dyn Peer>>,
        every: Duration,
    ) -> Self {
        Self { log: Some(log), ..Self::in_system_log(replica, peers, every) }
    }

    /// A replicator for `replica`, whose log is the event log of its system. Where the system has none, it does not
    /// start, and says so.
    #[must_use]
    pub fn in_system_log(
        replica: Replica,
        peers: impl IntoIterator<Item = Arc<dyn Peer>>,
        every: Duration,
    ) -> Self {
        Self { replica, log: None, peers: peers.into_iter().collect(), every }
    }

    /// The agent, to be given further properties and put into a domain.
    ///
    /// # Errors
    /// When `name` is not a name for an agent.
    pub fn agent(self, name: impl AsRef<str>) -> Result<AgentSpec, NameError> {
        AgentSpec::new::<Replicator>(name, self)
    }
}

impl Agent for Replicator {
    type Contract = Replication;
    type Args = ReplicatorSpec;

    async fn init(spec: ReplicatorSpec, context: &mut Context<Self>) -> anyhow::Result<Self> {
        let log = spec.log.clone().or_else(|| context.surroundings().left()).context(
            "expected an event log, got none; give the system one with `Builder::event_log`, or the replicator one of \
             its own with `ReplicatorSpec::new`",
        )?;
        let anti_entropy = Arc::new(AntiEntropy::new(spec.replica.clone(), log));
        context.send_after(spec.every, Begin);
        Ok(Self { spec, anti_entropy })
    }
}

impl Replicator {
    /// A round with each peer, one after the other. Not in a handler: two that wait for each other would wait for ever.
    fn rounds(&self) -> impl Future<Output = Synchronized> + Send + 'static {
        let (anti_entropy, peers) = (Arc::clone(&self.anti_entropy), self.spec.peers.clone());
        async move {
            let mut synchronized = Synchronized::default();
            for peer in peers {
                match anti_entropy.round(&*peer).await {
                    Ok(round) if round.is_complete => synchronized.complete += 1,
                    Ok(round) => {
                        let problem = format!("after {} messages there is still more to say", round.messages);
                        synchronized.problems.push(problem);
                    }
                    Err(error) => synchronized.problems.push(error.to_string()),
                }
            }
            synchronized
        }
    }
}

impl Handle<Exchange> for Replicator {
    async fn handle(&mut self, Exchange { message }: Exchange, _: &mut Context<Self>) -> Answer<Exchange> {
        match self.anti_entropy.receive(message).await {
            Ok(answers) => Exchange::respond(answers),
            Err(error) => Exchange::refuse(ReplicationRefusal { reason: error.to_string() }),
        }
    }
}

impl Handle<Synchronize> for Replicator {
    async fn handle(&mut self, _: Synchronize, context: &mut Context<Self>) -> Answer<Synchronize> {
        let rounds = self.rounds();
        context.answer_later::<Synchronize>(async move { Ok(rounds.await) })?
    }
}

impl HandleInfo<Begin> for Replicator {
    async fn handle_info(&mut self, _: Begin, context: &mut Context<Self>) -> anyhow::Result<()> {
        let rounds = self.rounds();
        context.spawn_info(async move { Over(rounds.await) })?;
        Ok(())
    }
}

impl HandleInfo<Over> for Replicator {
    async fn handle_info(&mut self, Over(round): Over, context: &mut Context<Self>) -> anyhow::Result<()> {
        for problem in round.problems {
            tracing::warn!(replica = %self.spec.replica, problem, "a round of anti-entropy is not complete");
        }
        context.send_after(self.spec.every, Begin);
        Ok(())
    }
}

impl fmt::Display for ReplicationRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl fmt::Debug for ReplicatorSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplicatorSpec")
            .field("replica", &self.replica)
            .field("log", &self.log)
            .field("peers", &self.peers.len())
            .field("every", &self.every)
            .finish()
    }
}
