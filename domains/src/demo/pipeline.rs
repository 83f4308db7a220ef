//! The pipeline as a domain: who works in it, how many, and how much dying is in order.

use std::sync::Arc;

use anyhow::Context as _;
use mistersmith::agent::{Agent, AgentSpec, Context};
use mistersmith::domain::DomainSpec;
use mistersmith::identity::NameError;
use mistersmith::supervisor::{Flags, Strategy};
use mistersmith::system::System;

use super::conductor::Conductor;
use super::parser::Parser;
use super::pricer::Pricer;
use super::quarantine::{MOST_TRIES, Quarantine};
use super::reader::{Assignment, Reader};
use super::script::{Kill, Victim};
use super::writer::Writer;

pub(super) const DOMAIN: &str = "orders";
pub(super) const READER: &str = "reader";
pub(super) const PARSER: &str = "parser";
pub(super) const PRICER: &str = "pricer";
pub(super) const WRITER: &str = "writer";

/// How many parsers there are, and how many pricers.
const POOL: usize = 3;

/// Whom the script kills: each instance of a pool, and those who work alone as often as a whole pool.
pub(super) fn victims() -> Vec<Victim> {
    let pool = |station| (1..=POOL).map(move |instance| Victim { station, instance });
    let single = |station| std::iter::repeat_n(Victim { station, instance: 1 }, POOL);
    single(READER).chain(single(WRITER)).chain(pool(PARSER)).chain(pool(PRICER)).collect()
}

/// The most deaths that a run over so many lines can have when nothing is wrong with the pipeline itself: the
/// script's, and for each line as many as it may be tried.
pub(super) fn most_deaths(lines: u64, script: &[Kill]) -> usize {
    usize::try_from(lines).unwrap_or(usize::MAX).saturating_mul(MOST_TRIES).saturating_add(script.len())
}

/// The domain. Agents are started in this order, each after those it asks, and stopped in the reverse.
pub(super) fn domain(
    assignment: &Assignment,
    script: Vec<Kill>,
    deaths: usize,
) -> Result<DomainSpec, NameError> {
    let restarts = u32::try_from(deaths).unwrap_or(u32::MAX);
    let script: Arc<[Kill]> = script.into();
    let pool = |spec: AgentSpec| spec.instances(POOL as u32);
    let domain = DomainSpec::new(DOMAIN, Flags::new(Strategy::OneForOne, restarts, 3_600))?
        .agent(AgentSpec::new::<Quarantine>("quarantine", ())?)
        .agent(AgentSpec::new::<Conductor>("conductor", script)?)
        .agent(AgentSpec::new::<Writer>(WRITER, Arc::clone(&assignment.folder))?)
        .agent(pool(AgentSpec::new::<Pricer>(PRICER, ())?))
        .agent(pool(AgentSpec::new::<Parser>(PARSER, ())?))
        .agent(AgentSpec::new::<Reader>(READER, assignment.clone())?);
    Ok(domain)
}

/// The system around an agent.
pub(super) fn around<A: Agent>(context: &Context<A>) -> anyhow::Result<System> {
    System::around(context).context("the system is gone")
}
