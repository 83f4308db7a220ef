//! The health monitor: how each agent is, by its heartbeat, its mailbox, its errors and its restarts; degraded ones
//! leave discovery until they are well again.
//!
//! A process of its own because a monitor that fails with what it watches sees nothing. The heartbeat itself is the
//! system's: an agent that makes no progress is unhealthy whether or not this agent runs.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mistersmith::agent::{Agent, Context, Handle, HandleInfo, HandleStream, Sink, TooManyTasks};
use mistersmith::contract::{Answer, Ask, Opening, Subscribe};
use mistersmith::identity::AgentId;
use mistersmith::registry::{self, Filter};
use mistersmith::system::System;

use super::contract::health_monitor::{
    Change, Health, HealthMonitor, Levels, Refusal, Report, SetThresholds, SystemHealth, Thresholds, Watch,
};
use super::vitals::Vitals;
use crate::settings::AgentReader;

/// What every incarnation is built from.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    interval: Duration,
    vitals: Arc<Mutex<Vitals>>,
}

impl Setup {
    pub(super) fn read(settings: &mut AgentReader<'_>) -> Self {
        Self { interval: settings.duration("interval", Duration::from_secs(5)), vitals: Arc::default() }
    }
}

/// The agent.
pub(super) struct HealthMonitorAgent {
    vitals: Arc<Mutex<Vitals>>,
}

/// Time to look at everybody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look;

impl Agent for HealthMonitorAgent {
    type Contract = HealthMonitor;
    type Args = Setup;

    async fn init(setup: Setup, context: &mut Context<Self>) -> anyhow::Result<Self> {
        context.send_interval(setup.interval, Look);
        let changes = context.surroundings().registry.watch(Filter::default());
        context.attach(changes)?;
        Ok(Self { vitals: setup.vitals })
    }
}

impl HandleInfo<Look> for HealthMonitorAgent {
    async fn handle_info(&mut self, _: Look, context: &mut Context<Self>) -> anyhow::Result<()> {
        if let Some(system) = System::around(context) {
            self.vitals().look(&system);
        }
        Ok(())
    }
}

impl HandleInfo<registry::Change> for HealthMonitorAgent {
    async fn handle_info(
        &mut self,
        change: registry::Change,
        context: &mut Context<Self>,
    ) -> anyhow::Result<()> {
        if let (registry::Change::Registered(record), Some(system)) = (change, System::around(context)) {
            self.vitals().remind(&system, record.id.instance);
        }
        Ok(())
    }
}

impl Handle<Health> for HealthMonitorAgent {
    async fn handle(&mut self, request: Health, context: &mut Context<Self>) -> Answer<Health> {
        let Some(system) = System::around(context) else { return Health::refuse(Refusal::NotReady) };
        let found = system.agent(&request.agent).map_err(|unknown| Refusal::NoSuchAgent(unknown.into()));
        Health::answer(found.map(|agent| self.vitals().health(&system, &agent)))
    }
}

impl Handle<Report> for HealthMonitorAgent {
    async fn handle(&mut self, _: Report, context: &mut Context<Self>) -> Answer<Report> {
        let Some(system) = System::around(context) else { return Report::refuse(Refusal::NotReady) };
        let readiness = system.readiness();
        let vitals = self.vitals();
        let agents = system.agents().iter().map(|agent| vitals.health(&system, agent)).collect();
        Report::respond(SystemHealth { ready: readiness.ready, reasons: readiness.reasons, agents })
    }
}

impl Handle<Thresholds> for HealthMonitorAgent {
    async fn handle(&mut self, _: Thresholds, _: &mut Context<Self>) -> Answer<Thresholds> {
        Thresholds::respond(self.vitals().levels.clone())
    }
}

impl Handle<SetThresholds> for HealthMonitorAgent {
    async fn handle(&mut self, request: SetThresholds, _: &mut Context<Self>) -> Answer<SetThresholds> {
        let mut vitals = self.vitals();
        SetThresholds::answer(
            changed(&vitals.levels, request).inspect(|levels| vitals.levels = levels.clone()),
        )
    }
}

impl HandleStream<Watch> for HealthMonitorAgent {
    async fn handle_stream(
        &mut self,
        _: Watch,
        items: Sink<Watch>,
        context: &mut Context<Self>,
    ) -> anyhow::Result<Opening<HealthMonitor>> {
        let mut changes = context.surroundings().registry.watch(Filter::default());
        let watched = context.spawn(async move {
            let mut known = BTreeMap::new();
            loop {
                let change = tokio::select! {
                    () = items.cancelled() => return,
                    change = changes.next() => change,
                };
                let Some(change) = change else { return items.finish() };
                if let Some(told) = told(change, &mut known)
                    && items.send(told).await.is_err()
                {
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

impl HealthMonitorAgent {
    fn vitals(&self) -> MutexGuard<'_, Vitals> {
        self.vitals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a change of the registry says about health. A restart replaces one incarnation by the next, in either order;
/// only when the last one has left is the agent gone.
fn told(
    change: registry::Change,
    known: &mut BTreeMap<AgentId, mistersmith::identity::Incarnation>,
) -> Option<Change> {
    match change {
        registry::Change::Registered(record) => {
            let id = AgentId::clone(&record.id);
            known.insert(id.clone(), record.incarnation);
            Some(Change::Is { id, condition: record.health() })
        }
        registry::Change::HealthChanged { id, to, .. } => Some(Change::Is { id, condition: to }),
        registry::Change::Deregistered { id, incarnation, .. } => (known.get(&id) == Some(&incarnation))
            .then(|| {
                known.remove(&id);
                Change::Gone { id }
            }),
        registry::Change::Lagged { missed } => Some(Change::Lagged { missed }),
        _ => None,
    }
}

/// The levels with what is to be different, if each of it can be.
fn changed(levels: &Levels, request: SetThresholds) -> Result<Levels, Refusal> {
    let at_least_1 = 1..=u64::MAX;
    let small = |threshold, value: Option<u32>, range: RangeInclusive<u64>, before: u32| {
        let Some(value) = value else { return Ok(before) };
        check(threshold, u64::from(value), &range).map(|()| value)
    };
    let long = |threshold, value: Option<u64>, before: u64| {
        let Some(value) = value else { return Ok(before) };
        check(threshold, value, &at_least_1).map(|()| value)
    };
    Ok(Levels {
        mailbox_percent: small("mailbox_percent", request.mailbox_percent, 1..=100, levels.mailbox_percent)?,
        oldest_millis: long("oldest_millis", request.oldest_millis, levels.oldest_millis)?,
        errors: small("errors", request.errors, at_least_1.clone(), levels.errors)?,
        restarts: small("restarts", request.restarts, at_least_1.clone(), levels.restarts)?,
        window_millis: long("window_millis", request.window_millis, levels.window_millis)?,
        calm_looks: small("calm_looks", request.calm_looks, at_least_1.clone(), levels.calm_looks)?,
    })
}

fn check(threshold: &str, got: u64, range: &RangeInclusive<u64>) -> Result<(), Refusal> {
    if range.contains(&got) {
        return Ok(());
    }
    let expected = match *range.end() {
        u64::MAX => format!("at least {}", range.start()),
        end => format!("from {} to {end}", range.start()),
    };
    Err(Refusal::Value { threshold: threshold.to_owned(), expected, got })
}
