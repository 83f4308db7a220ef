//! A small system to route in: clerks that say who they are, pass requests on, hold them, and fail as asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mistersmith::agent::{Agent, AgentSpec, Context, Control, Handle};
use mistersmith::clock::Clock;
use mistersmith::contract::{Answer, Ask};
use mistersmith::domain::{DomainLimits, DomainSpec};
use mistersmith::replies;
use mistersmith::routing::{AgentRef, Group};
use mistersmith::supervisor::{Flags, Strategy};
use mistersmith::system::System;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

/// Answers with the instance that was asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Who;
/// Answers when [`Desk::gate`] is opened.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Hold;
/// Passes the request along the names; the last one answers with its name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Pass {
    pub(crate) along: Vec<String>,
    /// From a task beside the agent, which answers later.
    pub(crate) from_a_task: bool,
}
/// Asks the group who is there, then ends with an error if told to.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct AskGroup {
    pub(crate) group: String,
    pub(crate) then_fail: bool,
}
/// Ends the clerk with an error.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Fail;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Request {
    Who(Who),
    Hold(Hold),
    Pass(Pass),
    AskGroup(AskGroup),
    Fail(Fail),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Response {
    Instance(String),
    Held,
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Sorry(pub(crate) String);

impl std::fmt::Display for Sorry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) struct Clerking;
replies! { Clerking refuses Sorry:
    Who => Instance(String), Hold => Held, Pass => Instance(String), AskGroup => Instance(String), Fail => Held
}

/// What the clerks of one name share with the test.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) gate: Arc<Semaphore>,
    /// One permit for each start that may get through.
    pub(crate) door: Arc<Semaphore>,
    pub(crate) failed: Arc<AtomicUsize>,
    pub(crate) heard: Arc<Mutex<Vec<String>>>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            gate: Arc::new(Semaphore::new(0)),
            door: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            failed: Arc::default(),
            heard: Arc::default(),
        }
    }
}

impl Desk {
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

pub(crate) struct Clerk(Desk);

impl Agent for Clerk {
    type Contract = Clerking;
    type Args = Desk;
    async fn init(desk: Desk, _: &mut Context<Self>) -> anyhow::Result<Self> {
        desk.door.acquire().await?.forget();
        Ok(Self(desk))
    }
}

impl Handle<Who> for Clerk {
    async fn handle(&mut self, Who: Who, context: &mut Context<Self>) -> Answer<Who> {
        self.0.heard.lock().unwrap().push("who".to_owned());
        Who::respond(context.id().instance.as_uuid().to_string())
    }
}

impl Handle<Hold> for Clerk {
    async fn handle(&mut self, Hold: Hold, _: &mut Context<Self>) -> Answer<Hold> {
        self.0.gate.acquire().await?.forget();
        Hold::respond(())
    }
}

impl Handle<Pass> for Clerk {
    async fn handle(&mut self, pass: Pass, context: &mut Context<Self>) -> Answer<Pass> {
        let budget = context.budget();
        let left = budget.deadline.left(context.clock().now());
        self.0.heard.lock().unwrap().push(format!("pass with {left:?} and {} retries", budget.retries));
        let mut along = pass.along.clone();
        if along.is_empty() {
            return Pass::respond(context.id().name.to_string());
        }
        let next: AgentRef<Clerking> = named(&System::around(context).unwrap(), &along.remove(0));
        let passed = Pass { along, from_a_task: false };
        let ask = async move { next.ask(passed).await.map_err(|error| Sorry(error.to_string())) };
        if pass.from_a_task { context.answer_later(ask)? } else { Pass::answer(ask.await) }
    }
}

impl Handle<AskGroup> for Clerk {
    async fn handle(&mut self, ask: AskGroup, context: &mut Context<Self>) -> Answer<AskGroup> {
        let pool = context.router().load_balanced::<Clerking>(ask.group.parse()?);
        let asked = pool.ask(Who).await;
        anyhow::ensure!(!ask.then_fail, "told to fail");
        AskGroup::answer(asked.map_err(|error| Sorry(error.to_string())))
    }
}

impl Handle<Fail> for Clerk {
    async fn handle(&mut self, Fail: Fail, _: &mut Context<Self>) -> Answer<Fail> {
        self.0.failed.fetch_add(1, Ordering::Relaxed);
        anyhow::bail!("told to fail")
    }
}

/// An agent of another contract.
pub(crate) mod other {
    use super::{Agent, Answer, Ask, Context, Deserialize, Handle, JsonSchema, Serialize, replies};

    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub(crate) struct Ring;
    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub(crate) enum Request {
        Ring(Ring),
    }
    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub(crate) enum Response {
        Rung,
    }
    pub(crate) struct Ringing;
    replies! { Ringing: Ring => Rung }

    pub(crate) struct Bell;
    impl Agent for Bell {
        type Contract = Ringing;
        type Args = ();
        async fn init((): (), _: &mut Context<Self>) -> anyhow::Result<Self> {
            Ok(Self)
        }
    }
    impl Handle<Ring> for Bell {
        async fn handle(&mut self, Ring: Ring, _: &mut Context<Self>) -> Answer<Ring> {
            Ring::respond(())
        }
    }
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn clerk(name: &str, desk: &Desk) -> AgentSpec {
    AgentSpec::new::<Clerk>(name, desk.clone()).unwrap()
}

/// A system of this name with one domain `floor`.
pub(crate) async fn open(name: &str, agents: impl IntoIterator<Item = AgentSpec>) -> System {
    let floor = DomainSpec::new("floor", Flags::new(Strategy::OneForOne, 100, 5)).unwrap();
    let floor = floor.limits(DomainLimits { agents: 0, ..DomainLimits::default() });
    let floor = agents.into_iter().fold(floor, DomainSpec::agent);
    System::builder(name).clock(Clock::seeded(1)).domain(floor).start().await.unwrap()
}

pub(crate) fn named(system: &System, name: &str) -> AgentRef<Clerking> {
    system.router().find(&format!("floor/{name}").parse::<Group>().unwrap()).unwrap()
}

/// The control of the agent of this name, or the one so many instances on.
pub(crate) fn control(system: &System, name: &str, number: usize) -> Arc<dyn Control> {
    system.agents().into_iter().filter(|agent| agent.id().name.as_str() == name).nth(number).unwrap()
}

/// Returns when everything that can happen without time passing has happened.
pub(crate) async fn settled(system: &System) {
    system.clock().sleep(Duration::from_millis(1)).await;
}
