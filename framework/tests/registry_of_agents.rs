//! Agents in the registry: they come, they go, and their own progress says how they are.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

use std::sync::Arc;
use std::time::Duration;

use mistersmith::agent::{Agent, AgentSpec, Context, Handle, HandleInfo};
use mistersmith::clock::Clock;
use mistersmith::contract::{Answer, Ask};
use mistersmith::domain::DomainSpec;
use mistersmith::identity::Capability;
use mistersmith::registry::{Health, Heartbeat, Record};
use mistersmith::replies;
use mistersmith::supervisor::{Flags, Strategy};
use mistersmith::system::System;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

/// Waits until the test opens the gate.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Wait;
/// Ends with an error.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Crash;
/// Ticks once a second, for ever.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Tick;
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Request {
    Wait(Wait),
    Crash(Crash),
    Tick(Tick),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Response {
    Done,
}
/// Waiting, crashing, ticking.
struct Patience;
replies! { Patience: Wait => Done, Crash => Done, Tick => Done }

struct Patient(Arc<Semaphore>);

impl Agent for Patient {
    type Contract = Patience;
    type Args = Arc<Semaphore>;
    async fn init(gate: Arc<Semaphore>, _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self(gate))
    }
}

impl Handle<Wait> for Patient {
    async fn handle(&mut self, Wait: Wait, _: &mut Context<Self>) -> Answer<Wait> {
        self.0.acquire().await?.forget();
        Wait::respond(())
    }
}

impl Handle<Crash> for Patient {
    async fn handle(&mut self, Crash: Crash, _: &mut Context<Self>) -> Answer<Crash> {
        anyhow::bail!("told to crash")
    }
}

impl Handle<Tick> for Patient {
    async fn handle(&mut self, Tick: Tick, context: &mut Context<Self>) -> Answer<Tick> {
        context.send_self(());
        Tick::respond(())
    }
}

impl HandleInfo<()> for Patient {
    async fn handle_info(&mut self, (): (), context: &mut Context<Self>) -> anyhow::Result<()> {
        context.send_self(());
        context.clock().sleep(Duration::from_secs(1)).await;
        Ok(())
    }
}

const LOOK: Duration = Duration::from_secs(1);

async fn start() -> (System, Arc<Semaphore>, Capability) {
    let (gate, capability) = (Arc::new(Semaphore::new(0)), Capability::new("ward.wait").unwrap());
    let patient = AgentSpec::new::<Patient>("patient", Arc::clone(&gate)).unwrap();
    let ward = DomainSpec::new("ward", Flags::new(Strategy::OneForOne, 9, 5)).unwrap();
    let ward = System::builder("ward")
        .clock(Clock::seeded(1))
        .heartbeat(Heartbeat { interval: LOOK, missed: 3 })
        .domain(ward.agent(patient.capability(capability.clone())));
    (ward.start().await.unwrap(), gate, capability)
}

fn record(ward: &System) -> Arc<Record> {
    ward.registry().by_id(ward.agents()[0].id()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_agent_is_there_with_its_incarnation_while_it_lives_and_not_after() {
    let (ward, _, capability) = start().await;
    assert_eq!(record(&ward).incarnation.number(), 1);
    assert!(ward.registry().find_healthy(&capability).is_some());
    ward.find::<Patience>().unwrap().ask(Crash).await.unwrap_err();
    ward.clock().sleep(LOOK / 10).await;
    assert_eq!(record(&ward).incarnation.number(), 2);
    let id = ward.agents()[0].id().clone();
    ward.stop().await;
    assert!(ward.registry().by_id(&id).is_none() && ward.registry().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_is_stuck_in_a_handler_leaves_the_healthy_and_comes_back_with_its_progress() {
    let (ward, gate, capability) = start().await;
    ward.find::<Patience>().unwrap().tell(Wait).await.unwrap();
    ward.clock().sleep(2 * LOOK).await;
    assert!(ward.registry().find_healthy(&capability).is_some(), "late, not unhealthy yet");
    ward.clock().sleep(3 * LOOK).await;
    assert!(matches!(record(&ward).health(), Health::Unhealthy { .. }));
    assert!(ward.registry().find_healthy(&capability).is_none());
    gate.add_permits(1);
    ward.clock().sleep(2 * LOOK).await;
    assert_eq!(record(&ward).health(), Health::Healthy);
    assert!(ward.registry().find_healthy(&capability).is_some());
    ward.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_has_nothing_to_do_is_healthy() {
    let (ward, ..) = start().await;
    ward.clock().sleep(60 * LOOK).await;
    assert_eq!(record(&ward).health(), Health::Healthy);
    ward.stop().await;
}

#[tokio::test(start_paused = true)]
async fn private_messages_are_progress_too() {
    let (ward, ..) = start().await;
    ward.find::<Patience>().unwrap().ask(Tick).await.unwrap();
    ward.clock().sleep(60 * LOOK + LOOK / 2).await;
    assert!(record(&ward).is_fit(), "{}", record(&ward).health());
    ward.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_suspended_agent_is_not_among_the_healthy_until_it_is_resumed() {
    let (ward, _, capability) = start().await;
    ward.agents()[0].suspend("theatre").unwrap();
    assert_eq!(record(&ward).health(), Health::Suspended);
    assert!(ward.registry().find_healthy(&capability).is_none());
    ward.agents()[0].resume().unwrap();
    assert!(ward.registry().find_healthy(&capability).is_some());
    ward.stop().await;
}
