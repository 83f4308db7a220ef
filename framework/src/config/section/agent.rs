//! `domains.NAME.agents.NAME`: what is different for one agent.

use std::collections::BTreeMap;
use std::fmt;

use super::{AgentLimits, Section};
use crate::config::outline::Outline;
use crate::config::reader::Reader;
use crate::config::reading::{boolean, choice, shutdown, whole};
use crate::config::value::{Scalar, Span};
use crate::supervisor::{Restart, Shutdown};

/// What is different for one agent from what its own code says.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct AgentSettings {
    /// Whether it runs at all.
    pub enabled: Option<bool>,
    /// Whether it is started again when it ends.
    pub restart: Option<Restart>,
    /// How it is stopped.
    pub shutdown: Option<Shutdown>,
    /// How many of it run; at least 1.
    pub instances: Option<u32>,
    /// Its mailbox.
    pub mailbox: MailboxSettings,
    /// How much it may use, where that differs from `agent_limits`.
    pub limits: AgentLimits,
    /// What only its own code understands.
    pub settings: BTreeMap<String, Scalar>,
}

/// What is different for one agent's mailbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailboxSettings {
    /// Messages that wait; at least 1. It goes before `limits.max_message_queue`.
    pub capacity: Option<u32>,
    /// What happens to one more.
    pub when_full: Option<WhenFull>,
}

/// What happens to a message for a mailbox that is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WhenFull {
    /// It comes back to its sender at once.
    Refuse,
    /// Its sender waits within the deadline.
    Wait,
    /// It is taken, and the oldest that waits is given up.
    ShedOldest,
}

const RESTARTS: [Restart; 3] = [Restart::Permanent, Restart::Transient, Restart::Temporary];
const WHEN_FULL: [WhenFull; 3] = [WhenFull::Refuse, WhenFull::Wait, WhenFull::ShedOldest];

impl fmt::Display for WhenFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refuse => "refuse",
            Self::Wait => "wait",
            Self::ShedOldest => "shed_oldest",
        })
    }
}

impl Section for AgentSettings {
    fn read(&mut self, at: &mut Reader<'_>) {
        at.some("enabled", &mut self.enabled, boolean);
        at.some("restart", &mut self.restart, choice(&RESTARTS));
        at.some("shutdown", &mut self.shutdown, shutdown);
        at.some("instances", &mut self.instances, whole(1..=u32::MAX));
        at.section("mailbox", |at| self.mailbox.read(at));
        at.section("limits", |at| self.limits.read(at));
        at.scalars("settings", &mut self.settings);
    }

    fn outline(&self) -> Outline {
        let settings = self
            .settings
            .iter()
            .fold(Outline::map(), |map, (key, value)| map.with(key, Outline::scalar(value)));
        Outline::map()
            .maybe("enabled", self.enabled)
            .maybe("restart", self.restart)
            .maybe("shutdown", self.shutdown.map(written))
            .maybe("instances", self.instances)
            .nest("mailbox", self.mailbox.outline())
            .nest("limits", self.limits.outline())
            .nest("settings", settings)
    }
}

impl Section for MailboxSettings {
    fn read(&mut self, at: &mut Reader<'_>) {
        at.some("capacity", &mut self.capacity, whole(1..=u32::MAX));
        at.some("when_full", &mut self.when_full, choice(&WHEN_FULL));
    }

    fn outline(&self) -> Outline {
        Outline::map().maybe("capacity", self.capacity).maybe("when_full", self.when_full)
    }
}

/// No time at all has no unit; any other does.
fn written(shutdown: Shutdown) -> String {
    match shutdown {
        Shutdown::BrutalKill => "brutal_kill".to_owned(),
        Shutdown::Infinity => "infinity".to_owned(),
        Shutdown::After(limit) if limit.is_zero() => "0".to_owned(),
        Shutdown::After(limit) => Span::new(limit).to_string(),
    }
}
