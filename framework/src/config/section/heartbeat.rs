//! `heartbeat`: how soon silence is noticed.

use std::time::Duration;

use super::Section;
use crate::config::outline::Outline;
use crate::config::reader::Reader;
use crate::config::reading;
use crate::config::value::Span;

/// How soon an agent that makes no progress is called unhealthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeartbeatSettings {
    /// The time between two looks, at least 1 ms; 5 s unless said otherwise.
    pub interval: Duration,
    /// How many intervals without progress make an agent unhealthy, at least 1; 3 unless said otherwise.
    pub missed: u32,
}

impl Default for HeartbeatSettings {
    fn default() -> Self {
        Self { interval: Duration::from_secs(5), missed: 3 }
    }
}

impl Section for HeartbeatSettings {
    fn read(&mut self, at: &mut Reader<'_>) {
        at.set("interval", &mut self.interval, reading::duration);
        at.set("missed", &mut self.missed, reading::whole(1..=u32::MAX));
    }

    fn outline(&self) -> Outline {
        Outline::map().put("interval", Span::new(self.interval)).put("missed", self.missed)
    }
}
