//! Our agents, the instances of one domain: with identity, registry, mailbox and the tree of a system above them.

use std::sync::Arc;

use mistersmith::agent::{Agent, AgentSpec, Context, Handle};
use mistersmith::contract::{Answer, Ask};
use mistersmith::domain::{DomainLimits, DomainSpec};
use mistersmith::routing::AgentRef;
use mistersmith::system::System;

use super::adopted::flags;
use super::life::{Alive, Life};
use super::workloads::{Family, Strategy};
use crate::smith_peer::{Add, Adding, Crash, Read};

pub(crate) struct Agents {
    system: System,
    agents: Vec<AgentRef<Adding>>,
}

impl Family for Agents {
    async fn start(strategy: Strategy, children: usize, life: Arc<Life>) -> Self {
        let instances = u32::try_from(children).expect("not so many");
        let agent = AgentSpec::new::<Sibling>("sibling", life).expect("a name").instances(instances);
        let limits = DomainLimits { agents: 0, ..DomainLimits::default() };
        let domain = DomainSpec::new("family", flags(strategy)).expect("a name").limits(limits).agent(agent);
        let system = System::builder("bench").domain(domain).start().await.expect("it starts");
        let find = |id| system.find_by_id::<Adding>(id).expect("it runs");
        let agents = system.agents().iter().map(|agent| find(agent.id())).collect();
        Self { system, agents }
    }

    fn crash(&self, child: usize, panics: bool) {
        self.agents[child].try_tell(Crash { panics }).expect("the agent is alive");
    }

    async fn answers(&self, child: usize) -> bool {
        self.agents[child].ask(Read).await.is_ok()
    }

    /// It is asked at once: what is asked waits in the mailbox, which outlives the incarnation.
    async fn next_answers(&self, child: usize, _: &Life) -> bool {
        self.answers(child).await
    }

    async fn stop(self) {
        self.system.stop().await;
    }
}

struct Sibling {
    _alive: Alive,
}

impl Agent for Sibling {
    type Contract = Adding;
    type Args = Arc<Life>;
    async fn init(life: Arc<Life>, _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self { _alive: Alive::start(&life) })
    }
}

impl Handle<Add> for Sibling {
    async fn handle(&mut self, _: Add, _: &mut Context<Self>) -> Answer<Add> {
        Add::respond(())
    }
}

impl Handle<Read> for Sibling {
    async fn handle(&mut self, _: Read, _: &mut Context<Self>) -> Answer<Read> {
        Read::respond(0)
    }
}

impl Handle<Crash> for Sibling {
    async fn handle(&mut self, crash: Crash, _: &mut Context<Self>) -> Answer<Crash> {
        assert!(!crash.panics, "as wanted");
        anyhow::bail!("as wanted")
    }
}
