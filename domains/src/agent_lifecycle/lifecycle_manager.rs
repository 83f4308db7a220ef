//! The lifecycle manager: moves agents through their lives, and starts them on demand.
//!
//! A process of its own because what it does waits for others: a drain takes as long as the agent's queue. Drains
//! and upgrades therefore run beside it, and it goes on answering.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mistersmith::agent::{Agent, Context, Control, ControlError, Handle, HandleInfo, TooManyTasks};
use mistersmith::contract::{Answer, Ask};
use mistersmith::identity::lifecycle::Stage;
use mistersmith::identity::{AgentId, InstanceId};
use mistersmith::system::{AddDomainError, System};

use super::contract::lifecycle_manager::{
    AgentStatus, Drain, Drained, LifecycleManager, Refusal, Resume, Spawn, State, Suspend, Terminate,
    Upgrade, Upgraded,
};
use super::rules::catalogue::{self, Wanted};
use super::rules::idle::Idle;
use crate::settings::AgentReader;

/// What every incarnation is built from.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    idle_timeout: Duration,
    /// The agents that were spawned here; they outlive the manager's incarnations.
    spawned: Arc<Mutex<BTreeMap<InstanceId, Idle>>>,
}

impl Setup {
    pub(super) fn read(settings: &mut AgentReader<'_>) -> Self {
        let idle_timeout = settings.duration("idle_timeout", Duration::from_secs(600));
        Self { idle_timeout, spawned: Arc::default() }
    }

    fn spawned(&self) -> MutexGuard<'_, BTreeMap<InstanceId, Idle>> {
        self.spawned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The agent.
pub(super) struct LifecycleManagerAgent {
    setup: Setup,
}

/// Time to look who is idle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look;

/// How long a drain may take when nothing is said.
const DRAIN_WITHIN: Duration = Duration::from_secs(30);

impl Agent for LifecycleManagerAgent {
    type Contract = LifecycleManager;
    type Args = Setup;

    async fn init(setup: Setup, context: &mut Context<Self>) -> anyhow::Result<Self> {
        context.send_interval(setup.idle_timeout / 20, Look);
        Ok(Self { setup })
    }
}

impl HandleInfo<Look> for LifecycleManagerAgent {
    async fn handle_info(&mut self, _: Look, context: &mut Context<Self>) -> anyhow::Result<()> {
        let Some(system) = System::around(context) else { return Ok(()) };
        for agent in self.idle_too_long(&system) {
            let (system, setup) = (system.clone(), self.setup.clone());
            let reason = format!("idle for {} s", self.setup.idle_timeout.as_secs());
            tracing::info!(agent = %agent.id(), %reason, "draining a spawned agent");
            // When too many tasks run already, the next look finds it again.
            let _ = context.spawn(async move {
                setup.end(&system, &agent, &reason, DRAIN_WITHIN).await.ok();
            });
        }
        Ok(())
    }
}

impl Handle<Spawn> for LifecycleManagerAgent {
    async fn handle(&mut self, request: Spawn, context: &mut Context<Self>) -> Answer<Spawn> {
        Spawn::answer(self.spawn(request, context).await)
    }
}

impl Handle<Drain> for LifecycleManagerAgent {
    async fn handle(&mut self, request: Drain, context: &mut Context<Self>) -> Answer<Drain> {
        let (system, agent) = match other(&request.agent, context) {
            Ok(found) => found,
            Err(refusal) => return Drain::refuse(refusal),
        };
        let reason = request.reason.unwrap_or_else(|| "drained by request".to_owned());
        let (setup, within) = (self.setup.clone(), within(request.within_millis));
        let work = async move { setup.end(&system, &agent, &reason, within).await };
        context.answer_later::<Drain>(work).unwrap_or_else(|busy| Drain::refuse(busy_refusal(busy)))
    }
}

impl Handle<Suspend> for LifecycleManagerAgent {
    async fn handle(&mut self, request: Suspend, context: &mut Context<Self>) -> Answer<Suspend> {
        Suspend::answer(other(&request.agent, context).and_then(|(_, agent)| {
            let suspended = agent.suspend(&request.reason);
            suspended.map(|()| agent.id().clone()).map_err(|error| wrong_stage(&agent, error))
        }))
    }
}

impl Handle<Resume> for LifecycleManagerAgent {
    async fn handle(&mut self, request: Resume, context: &mut Context<Self>) -> Answer<Resume> {
        Resume::answer(other(&request.agent, context).and_then(|(_, agent)| {
            agent.resume().map(|()| agent.id().clone()).map_err(|error| wrong_stage(&agent, error))
        }))
    }
}

impl Handle<Terminate> for LifecycleManagerAgent {
    async fn handle(&mut self, request: Terminate, context: &mut Context<Self>) -> Answer<Terminate> {
        let (system, agent) = match other(&request.agent, context) {
            Ok(found) => found,
            Err(refusal) => return Terminate::refuse(refusal),
        };
        let setup = self.setup.clone();
        let work = async move {
            setup.take_out(&system, &agent).await;
            Ok(agent.id().clone())
        };
        context.answer_later::<Terminate>(work).unwrap_or_else(|busy| Terminate::refuse(busy_refusal(busy)))
    }
}

impl Handle<State> for LifecycleManagerAgent {
    async fn handle(&mut self, request: State, context: &mut Context<Self>) -> Answer<State> {
        State::answer(named(&request.agent, context).map(|(_, agent)| {
            let (facts, now) = (agent.facts(), context.clock().now());
            let idle = self.setup.spawned().get(&agent.id().instance).map(|idle| idle.duration(now));
            AgentStatus {
                id: agent.id().clone(),
                incarnation: facts.incarnation,
                state: facts.state,
                queued: facts.queued as u64,
                handled: facts.handled,
                idle_millis: idle.map(|idle| u64::try_from(idle.as_millis()).unwrap_or(u64::MAX)),
            }
        }))
    }
}

impl Handle<Upgrade> for LifecycleManagerAgent {
    async fn handle(&mut self, request: Upgrade, context: &mut Context<Self>) -> Answer<Upgrade> {
        let (system, old) = match other(&request.agent, context) {
            Ok(found) => found,
            Err(refusal) => return Upgrade::refuse(refusal),
        };
        let (setup, within) = (self.setup.clone(), within(request.within_millis));
        let work = async move {
            let id = old.id().clone();
            let wanted = Wanted { domain: &id.domain, agent: &id.name, version: request.version.as_ref() };
            let spec = catalogue::choose(&system.domain_specs(), wanted)?;
            let upgraded = system.upgrade_agent(&old, &spec, within).await;
            let upgraded = upgraded.map_err(|error| Refusal::NotStarted { reason: error.to_string() })?;
            setup.spawned().remove(&id.instance);
            Ok(Upgraded { started: upgraded.id, drained: Drained { id, finished: upgraded.finished } })
        };
        context.answer_later::<Upgrade>(work).unwrap_or_else(|busy| Upgrade::refuse(busy_refusal(busy)))
    }
}

impl LifecycleManagerAgent {
    async fn spawn(&self, request: Spawn, context: &Context<Self>) -> Result<AgentId, Refusal> {
        let system = System::around(context).ok_or(Refusal::NotReady)?;
        let Spawn { domain, agent, version } = request;
        let wanted = Wanted { domain: &domain, agent: &agent, version: version.as_ref() };
        let id = start(&system, wanted).await?;
        self.setup.spawned().insert(id.instance, Idle::since(context.clock().now()));
        Ok(id)
    }

    /// The spawned agents that are there and have been idle for too long; those that are gone are forgotten.
    fn idle_too_long(&self, system: &System) -> Vec<Arc<dyn Control>> {
        let (agents, now) = (system.agents(), system.clock().now());
        let mut spawned = self.setup.spawned();
        spawned.retain(|instance, _| agents.iter().any(|agent| agent.id().instance == *instance));
        let idle = |agent: &&Arc<dyn Control>| {
            let facts = agent.facts();
            let active = facts.state.stage() == Stage::Active;
            spawned.get_mut(&agent.id().instance).is_some_and(|idle| {
                let duration = idle.look(now, facts.handled, facts.queued as u64);
                active && duration >= self.setup.idle_timeout
            })
        };
        agents.iter().filter(idle).cloned().collect()
    }
}

impl Setup {
    /// Drains an agent and takes it out.
    async fn end(
        &self,
        system: &System,
        agent: &Arc<dyn Control>,
        reason: &str,
        within: Duration,
    ) -> Result<Drained, Refusal> {
        let drained = agent.drain(reason, within).await;
        let finished = drained.map_err(|error| wrong_stage(agent, error))?;
        self.take_out(system, agent).await;
        Ok(Drained { id: agent.id().clone(), finished })
    }

    /// Ends an agent for good. One that was spawned is forgotten; one that belongs to its domain stays known, down.
    async fn take_out(&self, system: &System, agent: &Arc<dyn Control>) {
        let spawned = self.spawned().remove(&agent.id().instance).is_some();
        if spawned {
            system.remove_agent(agent).await;
        } else {
            system.terminate(agent).await;
        }
    }
}

async fn start(system: &System, wanted: Wanted<'_>) -> Result<AgentId, Refusal> {
    let spec = catalogue::choose(&system.domain_specs(), wanted)?;
    system.add_agent(wanted.domain, &spec).await.map_err(|error| match error {
        AddDomainError::UnknownDomain(domain) => {
            let known = system.domains().iter().map(ToString::to_string).collect();
            Refusal::NoSuchDomain { domain, known }
        }
        error => Refusal::NotStarted { reason: error.to_string() },
    })
}

type Found = (System, Arc<dyn Control>);

fn named(wanted: &str, context: &Context<LifecycleManagerAgent>) -> Result<Found, Refusal> {
    let system = System::around(context).ok_or(Refusal::NotReady)?;
    let agent = system.agent(wanted).map_err(|unknown| Refusal::NoSuchAgent(unknown.into()))?;
    Ok((system, agent))
}

/// The agent that is named, if it is not the one that is asked.
fn other(wanted: &str, context: &Context<LifecycleManagerAgent>) -> Result<Found, Refusal> {
    let (system, agent) = named(wanted, context)?;
    if agent.id() == context.id() { Err(Refusal::Itself) } else { Ok((system, agent)) }
}

fn within(millis: Option<u64>) -> Duration {
    millis.map_or(DRAIN_WITHIN, Duration::from_millis)
}

fn wrong_stage(agent: &Arc<dyn Control>, error: ControlError) -> Refusal {
    let agent = agent.id().to_string();
    match error {
        ControlError::WrongStage { stage, expected } => {
            Refusal::WrongStage { agent, stage: stage.to_owned(), expected: expected.to_owned() }
        }
        other => Refusal::WrongStage { agent, stage: other.to_string(), expected: "another".to_owned() },
    }
}

fn busy_refusal(TooManyTasks { limit, .. }: TooManyTasks) -> Refusal {
    Refusal::Busy { limit }
}
