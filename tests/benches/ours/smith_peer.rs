//! Ours: a supervised agent of a domain, found by its contract.

use mistersmith::agent::{Agent, AgentSpec, Context, Handle, MailboxLimits, WhenFull};
use mistersmith::contract::{Answer, Ask};
use mistersmith::domain::{DomainLimits, DomainSpec};
use mistersmith::replies;
use mistersmith::routing::AgentRef;
use mistersmith::supervisor::{Flags, Strategy};
use mistersmith::system::System;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::peer::Adder;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Add {
    pub(crate) amount: u64,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Read;
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Crash {
    pub(crate) panics: bool,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Request {
    Add(Add),
    Read(Read),
    Crash(Crash),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Response {
    Done,
    Sum(u64),
}

pub(crate) struct Adding;
replies! { Adding: Add => Done, Read => Sum(u64), Crash => Done }

pub(crate) struct Summing(u64);

impl Agent for Summing {
    type Contract = Adding;
    type Args = ();
    async fn init((): (), _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self(0))
    }
}

impl Handle<Add> for Summing {
    async fn handle(&mut self, Add { amount }: Add, _: &mut Context<Self>) -> Answer<Add> {
        self.0 += amount;
        Add::respond(())
    }
}

impl Handle<Read> for Summing {
    async fn handle(&mut self, _: Read, _: &mut Context<Self>) -> Answer<Read> {
        Read::respond(self.0)
    }
}

impl Handle<Crash> for Summing {
    async fn handle(&mut self, crash: Crash, _: &mut Context<Self>) -> Answer<Crash> {
        assert!(!crash.panics, "as wanted");
        anyhow::bail!("as wanted")
    }
}

/// A system of one domain with one agent, or many.
pub(crate) async fn system(agents: u32) -> System {
    let limits = DomainLimits { agents: 0, ..DomainLimits::default() };
    let mailbox = MailboxLimits { when_full: WhenFull::Wait, ..MailboxLimits::default() };
    let agent = AgentSpec::new::<Summing>("summing", ()).expect("a name").mailbox(mailbox).instances(agents);
    let flags = Flags::new(Strategy::OneForOne, u32::MAX, 1);
    let domain = DomainSpec::new("adding", flags).expect("a name").limits(limits).agent(agent);
    System::builder("bench").domain(domain).start().await.expect("it starts")
}

#[derive(Clone)]
pub(crate) struct Worker(AgentRef<Adding>);

impl Adder for Worker {
    async fn start() -> Self {
        Self(system(1).await.find::<Adding>().expect("it runs"))
    }

    async fn tell(&self) {
        self.0.tell(Add { amount: 1 }).await.expect("the agent is alive");
    }

    async fn ask(&self) -> u64 {
        self.0.ask(Read).await.expect("the agent answers")
    }
}
