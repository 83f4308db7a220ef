//! The agent registry: registration and discovery for every agent, here and outside.
//!
//! A process of its own because leases of outsiders expire by its clock, and because lookups must not wait for
//! starts, drains or samples. What runs in this node is in the system's registry anyway; this agent shows it to
//! those who can only send messages, and adds who is outside.

use std::sync::Arc;
use std::time::Duration;

use mistersmith::agent::{Agent, Context, Handle, HandleInfo, HandleStream, Sink, TooManyTasks};
use mistersmith::contract::{Answer, Ask, Opening, Subscribe};
use mistersmith::identity::{AgentId, AgentName, DomainName, InstanceId};
use mistersmith::message::Address;
use mistersmith::registry::{self, Departure, Filter, Fitness, Record, Registry};

use super::contract::NoSuchAgent;
use super::contract::agent_registry::{
    AgentRecord, AgentRegistry, Change, Deregister, Discover, FindHealthy, Lease, Refusal, Register, Resolve,
    Watch,
};
use super::externals::Externals;
use crate::settings::AgentReader;

/// What every incarnation is built from.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    forget_after: Duration,
    most: u32,
    externals: Externals,
}

impl Setup {
    pub(super) fn read(settings: &mut AgentReader<'_>) -> Self {
        Self {
            forget_after: settings.duration("forget_after", Duration::from_secs(300)),
            most: settings.whole("max_registrations", 1..=1_000_000, 10_000),
            externals: Externals::default(),
        }
    }
}

/// The agent.
pub(super) struct AgentRegistryAgent {
    setup: Setup,
    registry: Registry,
}

/// Time to look who has fallen silent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look;

impl Agent for AgentRegistryAgent {
    type Contract = AgentRegistry;
    type Args = Setup;

    async fn init(setup: Setup, context: &mut Context<Self>) -> anyhow::Result<Self> {
        let registry = context.surroundings().registry.clone();
        context.send_interval(registry.heartbeat().interval, Look);
        Ok(Self { setup, registry })
    }
}

impl HandleInfo<Look> for AgentRegistryAgent {
    async fn handle_info(&mut self, _: Look, context: &mut Context<Self>) -> anyhow::Result<()> {
        self.setup.externals.forget_silent(context.clock().now(), self.setup.forget_after);
        Ok(())
    }
}

impl Handle<Register> for AgentRegistryAgent {
    async fn handle(&mut self, request: Register, context: &mut Context<Self>) -> Answer<Register> {
        let heard = self.setup.externals.hear(request, self.setup.most, &self.registry, context.clock());
        Register::answer(heard.map(|(id, incarnation)| {
            let heartbeat = self.registry.heartbeat();
            Lease {
                id,
                incarnation,
                again_within_millis: millis(heartbeat.interval),
                unhealthy_after_millis: millis(heartbeat.interval * heartbeat.missed.max(1)),
                forgotten_after_millis: millis(self.setup.forget_after),
            }
        }))
    }
}

impl Handle<Deregister> for AgentRegistryAgent {
    async fn handle(&mut self, request: Deregister, _: &mut Context<Self>) -> Answer<Deregister> {
        Deregister::answer(self.setup.externals.forget(request.instance))
    }
}

impl Handle<Resolve> for AgentRegistryAgent {
    async fn handle(&mut self, Resolve { agent }: Resolve, _: &mut Context<Self>) -> Answer<Resolve> {
        match self.resolve(&agent) {
            Some(record) => Resolve::respond(told(&record)),
            None => {
                let names = self.registry.list();
                let mut known: Vec<_> =
                    names.iter().map(|record| format!("{}/{}", record.id.domain, record.id.name)).collect();
                known.dedup();
                known.truncate(NoSuchAgent::LISTED);
                Resolve::refuse(Refusal::NoSuchAgent(NoSuchAgent::None { wanted: agent, known }))
            }
        }
    }
}

impl Handle<Discover> for AgentRegistryAgent {
    async fn handle(&mut self, request: Discover, _: &mut Context<Self>) -> Answer<Discover> {
        let found = self.registry.discover(&request.filter(), request.health.unwrap_or_default());
        Discover::respond(found.iter().map(|record| told(record)).collect())
    }
}

impl Handle<FindHealthy> for AgentRegistryAgent {
    async fn handle(&mut self, request: FindHealthy, _: &mut Context<Self>) -> Answer<FindHealthy> {
        let found = self.registry.find_healthy(&request.capability);
        FindHealthy::respond(found.map(|record| told(&record)))
    }
}

impl HandleStream<Watch> for AgentRegistryAgent {
    async fn handle_stream(
        &mut self,
        request: Watch,
        items: Sink<Watch>,
        context: &mut Context<Self>,
    ) -> anyhow::Result<Opening<AgentRegistry>> {
        let mut changes = self.registry.watch(request.filter());
        let watched = context.spawn(async move {
            loop {
                let change = tokio::select! {
                    () = items.cancelled() => return,
                    change = changes.next() => change,
                };
                let Some(change) = change else { return items.finish() };
                if items.send(change_told(change)).await.is_err() {
                    return;
                }
            }
        });
        match watched {
            Ok(()) => Watch::accept(),
            Err(TooManyTasks { limit, .. }) => Watch::reject(Refusal::TooManyWatchers { limit }),
        }
    }
}

impl AgentRegistryAgent {
    /// By full id, by instance, or by `domain/name`: then a healthy one, or any if none is.
    fn resolve(&self, wanted: &str) -> Option<Arc<Record>> {
        if let Ok(id) = wanted.parse::<AgentId>() {
            return self.registry.by_id(&id);
        }
        if let Ok(instance) = wanted.parse::<InstanceId>() {
            return self.registry.by_instance(instance);
        }
        let (domain, name) = wanted.split_once('/')?;
        let (domain, name) = (DomainName::new(domain).ok()?, AgentName::new(name).ok()?);
        let healthy = self.registry.find_healthy_name(&domain, &name);
        let any = || self.registry.discover(&Filter::default().domain(domain).name(name), Fitness::Any);
        healthy.or_else(|| any().into_iter().next())
    }
}

fn told(record: &Record) -> AgentRecord {
    AgentRecord {
        id: AgentId::clone(&record.id),
        incarnation: record.incarnation,
        contract: record.contract.clone().into_owned(),
        capabilities: record.capabilities.clone(),
        address: record.address_as::<Address>().cloned().unwrap_or(Address::InProcess),
        stage: record.stage(),
        health: record.health(),
        registered_at_millis: millis(record.registered_at),
    }
}

fn change_told(change: registry::Change) -> Change {
    match change {
        registry::Change::Registered(record) => Change::Registered(told(&record)),
        registry::Change::Deregistered { id, incarnation, reason } => {
            let reason = match reason {
                Departure::Removed => "taken out".to_owned(),
                Departure::Replaced { by } => format!("replaced by incarnation {by}"),
                _ => "ended".to_owned(),
            };
            Change::Deregistered { id, incarnation, reason }
        }
        registry::Change::StageChanged { id, from, to, reason, .. } => {
            Change::StageChanged { id, from, to, reason }
        }
        registry::Change::HealthChanged { id, from, to, .. } => Change::HealthChanged { id, from, to },
        registry::Change::Lagged { missed } => Change::Lagged { missed },
        // A kind of change that this contract has no word for.
        _ => Change::Lagged { missed: 1 },
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
