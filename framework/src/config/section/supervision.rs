//! `supervision`: the flags of the two upper levels, and the keys by which any level is overridden.

use super::{Section, backoff};
use crate::config::outline::Outline;
use crate::config::reader::Reader;
use crate::config::reading::{choice, period, whole};
use crate::supervisor::{Backoff, Flags, Intensity, Strategy};

/// The upper levels of the tree; the level below, of one domain, is in [`DomainSettings`](super::DomainSettings).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SupervisionSettings {
    /// Over the registry and the domains' supervisor; one_for_all, 3 restarts in 5 s, unless said otherwise.
    pub root: Flags,
    /// Over the domains; rest_for_one, 3 restarts in 5 s, unless said otherwise.
    pub domains: Flags,
}

/// What is said about a supervisor whose flags stand elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlagOverrides {
    /// Which children are restarted when one of them is.
    pub strategy: Option<Strategy>,
    /// The most restarts within the period.
    pub restarts: Option<u32>,
    /// The period, in whole seconds; at least 1.
    pub period_seconds: Option<u32>,
    /// How long restarts wait.
    pub backoff: Option<Backoff>,
}

const STRATEGIES: [Strategy; 3] = [Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne];

impl FlagOverrides {
    /// `flags` with what is said here.
    #[must_use]
    pub fn apply(self, flags: Flags) -> Flags {
        let Intensity { restarts, period_seconds } = flags.intensity;
        Flags {
            strategy: self.strategy.unwrap_or(flags.strategy),
            intensity: Intensity {
                restarts: self.restarts.unwrap_or(restarts),
                period_seconds: self.period_seconds.unwrap_or(period_seconds),
            },
            backoff: self.backoff.or(flags.backoff),
            ..flags
        }
    }
}

impl Default for SupervisionSettings {
    fn default() -> Self {
        Self { root: Flags::new(Strategy::OneForAll, 3, 5), domains: Flags::new(Strategy::RestForOne, 3, 5) }
    }
}

impl Section for FlagOverrides {
    fn read(&mut self, at: &mut Reader<'_>) {
        at.some("strategy", &mut self.strategy, choice(&STRATEGIES));
        at.some("restarts", &mut self.restarts, whole(0..=u32::MAX));
        at.some("period", &mut self.period_seconds, period);
        backoff::read(&mut self.backoff, at);
    }

    fn outline(&self) -> Outline {
        Outline::map()
            .maybe("strategy", self.strategy)
            .maybe("restarts", self.restarts)
            .maybe("period", self.period_seconds)
            .nest("backoff", backoff::outline(self.backoff))
    }
}

impl Section for SupervisionSettings {
    fn read(&mut self, at: &mut Reader<'_>) {
        at.section("root", |at| self.root = read_flags(self.root, at));
        at.section("domains", |at| self.domains = read_flags(self.domains, at));
    }

    fn outline(&self) -> Outline {
        Outline::map().with("root", outline_flags(self.root)).with("domains", outline_flags(self.domains))
    }
}

fn read_flags(flags: Flags, at: &mut Reader<'_>) -> Flags {
    let mut overrides = FlagOverrides::default();
    overrides.read(at);
    overrides.apply(flags)
}

fn outline_flags(flags: Flags) -> Outline {
    let Intensity { restarts, period_seconds } = flags.intensity;
    let strategy = Some(flags.strategy);
    let (restarts, period_seconds) = (Some(restarts), Some(period_seconds));
    FlagOverrides { strategy, restarts, period_seconds, backoff: flags.backoff }.outline()
}
