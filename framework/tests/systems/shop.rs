//! Systems of scripted agents, and short words for what is asked of them.

use mistersmith::clock::Clock;
use mistersmith::domain::DomainSpec;
use mistersmith::supervisor::{Flags, Strategy};
use mistersmith::system::{Builder, System};
use mistersmith::testing::{Act, Perform, ScriptedAgent, Scripting, Spawn};

/// A domain of one agent for each name, which may restart `restarts` times.
pub(crate) fn domain(name: &str, restarts: u32, agents: &[&str]) -> DomainSpec {
    let spec = DomainSpec::new(name, Flags::new(Strategy::OneForOne, restarts, 5)).expect("a name");
    agents.iter().fold(spec, |spec, agent| spec.agent(ScriptedAgent::new(*agent).spec().expect("a name")))
}

/// A system on a seeded clock.
pub(crate) fn system(domains: impl IntoIterator<Item = DomainSpec>) -> Builder {
    let builder = System::builder("shop").clock(Clock::seeded(1));
    domains.into_iter().fold(builder, Builder::domain)
}

/// Which incarnation of `domain/name` answers.
pub(crate) async fn incarnation(system: &System, agent: &str) -> u64 {
    let id = system.agent(agent).expect("there is one").id().clone();
    let agent = system.find_by_id::<Scripting>(&id).expect("it runs");
    agent.ask(Perform { act: Act::Reply }).await.expect("it answers").number()
}

/// Lets `domain/name` fail, and waits until every supervisor has decided about it.
pub(crate) async fn fail(system: &System, agent: &str) {
    let id = system.agent(agent).expect("there is one").id().clone();
    let before = system.history().newest();
    let agent = system.find_by_id::<Scripting>(&id).expect("it runs");
    agent.ask(Perform { act: Act::Error }).await.expect_err("it fails");
    system.history().after(before).await;
    mistersmith::testing::settled(system.clock()).await;
}
