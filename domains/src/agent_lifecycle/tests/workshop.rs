//! Agents that work, wait, fail and hoard on request.

use std::sync::Arc;
use std::time::Duration;

use mistersmith::agent::{Agent, AgentSpec, Context, Handle, HandleInfo};
use mistersmith::contract::{Answer, Ask};
use mistersmith::domain::DomainSpec;
use mistersmith::identity::{Capability, Version};
use mistersmith::replies;
use mistersmith::supervisor::{Flags, Strategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

#[derive(Debug)]
pub(crate) struct Workbench;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Work;
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Wait;
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Fail;
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Hoard {
    pub(crate) bytes: u64,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Request {
    Work(Work),
    Wait(Wait),
    Fail(Fail),
    Hoard(Hoard),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Response {
    Done,
}

replies! { Workbench: Work => Done, Wait => Done, Fail => Done, Hoard => Done }

pub(crate) struct Worker {
    gate: Arc<Semaphore>,
}

impl Agent for Worker {
    type Contract = Workbench;
    type Args = Arc<Semaphore>;

    /// Its timer is nothing that anybody has asked for: it must count neither as work nor as a message.
    async fn init(gate: Arc<Semaphore>, context: &mut Context<Self>) -> anyhow::Result<Self> {
        context.send_interval(Duration::from_millis(50), Tick);
        Ok(Self { gate })
    }
}

#[derive(Clone, Debug)]
struct Tick;

impl HandleInfo<Tick> for Worker {
    async fn handle_info(&mut self, _: Tick, _: &mut Context<Self>) -> anyhow::Result<()> {
        Ok(())
    }
}

impl Handle<Work> for Worker {
    async fn handle(&mut self, _: Work, _: &mut Context<Self>) -> Answer<Work> {
        Work::respond(())
    }
}

impl Handle<Wait> for Worker {
    async fn handle(&mut self, _: Wait, _: &mut Context<Self>) -> Answer<Wait> {
        self.gate.acquire().await?.forget();
        Wait::respond(())
    }
}

impl Handle<Fail> for Worker {
    async fn handle(&mut self, _: Fail, _: &mut Context<Self>) -> Answer<Fail> {
        anyhow::bail!("failed as asked")
    }
}

impl Handle<Hoard> for Worker {
    async fn handle(&mut self, Hoard { bytes }: Hoard, context: &mut Context<Self>) -> Answer<Hoard> {
        context.account_memory(bytes)?;
        Hoard::respond(())
    }
}

/// Two workers, and a third that is known in two versions and starts on demand.
pub(crate) fn domain(gate: &Arc<Semaphore>) -> DomainSpec {
    let worker = |name| {
        let capability = Capability::new("workshop.work").unwrap();
        AgentSpec::new::<Worker>(name, Arc::clone(gate)).unwrap().capability(capability)
    };
    DomainSpec::new("workshop", Flags::new(Strategy::OneForOne, 100, 5))
        .unwrap()
        .agent(worker("left"))
        .agent(worker("right"))
        .on_demand(worker("late"))
        .on_demand(worker("left").version(Version::new(2, 0, 0)))
}
