//! What a scenario is about.

use std::ops::RangeInclusive;

/// What a scenario is about: what its tree is likely to have, and what is likely to be done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Theme {
    /// Workers end in every way under every strategy, and supervisors give up.
    Restarts,
    /// Starts fail, and are tried again.
    FailingStarts,
    /// Significant children and supervisors that shut themselves down.
    Significant,
    /// Calls of every kind, right and wrong.
    Management,
    /// Several children end before their supervisor looks.
    Bursts,
    /// Time passes between restarts.
    Windows,
    /// Instances of one template.
    Dynamic,
    /// A supervisor is held in a start while others ask it.
    Gates,
    /// Supervisors are given another specification while they run.
    Upgrades,
    /// Supervisors are killed.
    Kills,
    /// Workers that are to stop wait until they are released, while others ask.
    Stops,
    /// Starts and stops take their time, and calls are timed.
    Times,
    /// Workers drop the links to their supervisors.
    Links,
    /// Specifications have something wrong.
    Wrong,
    /// A little of everything.
    Everything,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Self; 15] = [
        Self::Restarts,
        Self::FailingStarts,
        Self::Significant,
        Self::Management,
        Self::Bursts,
        Self::Windows,
        Self::Dynamic,
        Self::Gates,
        Self::Upgrades,
        Self::Kills,
        Self::Stops,
        Self::Times,
        Self::Links,
        Self::Wrong,
        Self::Everything,
    ];

    /// The theme of this word.
    ///
    /// # Errors
    /// With all words there are, when none is this one.
    pub fn of(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|theme| theme.word() == word).ok_or_else(|| {
            let words = Self::ALL.map(Self::word).join(", ");
            format!("expected one of the themes {words}, got {word:?}")
        })
    }

    /// The theme's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Restarts => "restarts",
            Self::FailingStarts => "failing_starts",
            Self::Significant => "significant",
            Self::Management => "management",
            Self::Bursts => "bursts",
            Self::Windows => "windows",
            Self::Dynamic => "dynamic",
            Self::Gates => "gates",
            Self::Upgrades => "upgrades",
            Self::Kills => "kills",
            Self::Stops => "stops",
            Self::Times => "times",
            Self::Links => "links",
            Self::Wrong => "wrong",
            Self::Everything => "everything",
        }
    }

    pub(super) fn weight(self) -> u32 {
        match self {
            Self::Restarts | Self::FailingStarts | Self::Significant | Self::Management => 3,
            Self::Bursts | Self::Windows | Self::Dynamic | Self::Gates | Self::Stops => 2,
            Self::Upgrades | Self::Everything => 2,
            Self::Kills | Self::Times | Self::Links | Self::Wrong => 1,
        }
    }

    /// The most steps of a script.
    pub(super) fn longest(self) -> usize {
        match self {
            Self::Management | Self::Everything => 16,
            Self::Gates | Self::Stops => 7,
            _ => 12,
        }
    }

    /// The intensities of supervisors. Small where giving up is of interest.
    pub(super) fn intensities(self) -> RangeInclusive<u32> {
        match self {
            Self::Restarts | Self::FailingStarts => 0..=3,
            Self::Bursts | Self::Windows => 0..=2,
            Self::Everything => 0..=6,
            _ => 2..=9,
        }
    }

    /// Those of supervisors of instances: small where their giving up is of interest.
    pub(super) fn dynamic_intensities(self) -> RangeInclusive<u32> {
        match self {
            Self::Dynamic | Self::Bursts | Self::Restarts | Self::Everything => 0..=4,
            _ => 5..=20,
        }
    }

    /// Whether starts fail, and how often.
    pub(super) fn failing(self) -> f64 {
        match self {
            Self::FailingStarts => 0.4,
            Self::Gates | Self::Management | Self::Everything => 0.1,
            Self::Times => 0.3,
            _ => 0.04,
        }
    }

    /// How often a supervisor has an `auto_shutdown`.
    pub(super) fn shutting_down(self) -> f64 {
        match self {
            Self::Significant => 0.8,
            Self::Upgrades | Self::Everything => 0.4,
            _ => 0.05,
        }
    }

    /// How many of a hundred supervisors without supervisors below them have instances.
    pub(super) fn dynamic(self) -> u32 {
        match self {
            Self::Dynamic => 70,
            Self::Times | Self::Stops => 50,
            Self::Upgrades | Self::Gates => 30,
            Self::Management | Self::Kills | Self::Wrong | Self::Everything => 20,
            Self::Restarts | Self::Bursts => 10,
            _ => 0,
        }
    }

    /// How often the first start of a child blocks.
    pub(super) fn gated(self) -> f64 {
        match self {
            Self::Gates => 0.06,
            Self::Everything => 0.01,
            _ => 0.0,
        }
    }

    /// How often a worker is waited for when it is to stop.
    pub(super) fn held_stops(self) -> u32 {
        match self {
            Self::Stops => 20,
            Self::Everything => 2,
            _ => 0,
        }
    }

    /// Whether starts and stops may take their time.
    pub(super) fn is_slow(self) -> bool {
        matches!(self, Self::Times | Self::Everything)
    }

    /// How often something is wrong in a line of a tree.
    pub(super) fn wrong(self) -> f64 {
        match self {
            Self::Wrong => 0.05,
            Self::Everything => 0.002,
            _ => 0.0,
        }
    }

    /// How often something is wrong in a line that comes later.
    pub(super) fn wrong_later(self) -> f64 {
        match self {
            Self::Wrong => 0.4,
            Self::Everything => 0.05,
            _ => 0.0,
        }
    }

    /// Whether workers may answer a stop after their time, or never. Not where supervisors are killed: what such a
    /// worker does after that has no order.
    pub(super) fn is_patient(self) -> bool {
        !matches!(self, Self::Kills | Self::Gates)
    }
}
