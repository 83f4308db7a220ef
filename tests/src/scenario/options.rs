//! How a scenario is run.

use std::fmt;

use super::malformed::Wrong;
use super::script::read_millis;

/// Which clock a supervisor reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum ClockKind {
    /// The machine's.
    #[default]
    Real,
    /// A counter that only `wait` moves.
    Virtual,
}

/// How a scenario is run. Times are in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which clock the supervisors read.
    pub clock: ClockKind,
    /// Whether the supervisors' error reports are printed, too.
    pub reports: bool,
    /// The longest wait for quiescence.
    pub settle_timeout: u64,
    /// The longest wait for a call.
    pub call_timeout: u64,
    /// How long the whole scenario may take.
    pub watchdog: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: ClockKind::Real,
            reports: false,
            settle_timeout: 15_000,
            call_timeout: 10_000,
            watchdog: 120_000,
        }
    }
}

impl Options {
    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<(), Wrong> {
        match (key, value) {
            ("clock", "real") => self.clock = ClockKind::Real,
            ("clock", "virtual") => self.clock = ClockKind::Virtual,
            ("clock", _) => return Err(Wrong::new("real or virtual", value)),
            ("reports", "on") => self.reports = true,
            ("reports", "off") => self.reports = false,
            ("reports", _) => return Err(Wrong::new("on or off", value)),
            ("settle_timeout", _) => self.settle_timeout = read_millis(value)?,
            ("call_timeout", _) => self.call_timeout = read_millis(value)?,
            ("watchdog", _) => self.watchdog = read_millis(value)?,
            _ => {
                return Err(Wrong::new(
                    "an option (clock, reports, settle_timeout, call_timeout or watchdog)",
                    key,
                ));
            }
        }
        Ok(())
    }
}

/// Only what differs from the defaults.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usual = Self::default();
        if self.clock == ClockKind::Virtual {
            writeln!(f, "option clock virtual")?;
        }
        if self.reports {
            writeln!(f, "option reports on")?;
        }
        for (key, value, usual) in [
            ("settle_timeout", self.settle_timeout, usual.settle_timeout),
            ("call_timeout", self.call_timeout, usual.call_timeout),
            ("watchdog", self.watchdog, usual.watchdog),
        ] {
            if value != usual {
                writeln!(f, "option {key} {value}")?;
            }
        }
        Ok(())
    }
}
