//! What is decided for a supervisor and for each of its children before anything starts: plain values.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Backoff;

/// Which children are restarted when one of them is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The one that ended.
    OneForOne,
    /// All of them.
    OneForAll,
    /// The one that ended and those that were started after it.
    RestForOne,
}

/// Whether a child that ended is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// Always.
    Permanent,
    /// After an abnormal exit.
    Transient,
    /// Never; its specification is forgotten when it ends.
    Temporary,
}

/// How a child is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shutdown {
    /// Killed at once; none of its code runs any more.
    BrutalKill,
    /// Asked, waited for so long, then killed.
    After(Duration),
    /// Asked, and waited for without limit: for supervisors, whose children have limits of their own.
    Infinity,
}

/// What a child is; it decides the default of [`Shutdown`] and the column in a count, nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChildType {
    /// A process that works.
    Worker,
    /// A process that has children.
    Supervisor,
}

/// How many restarts are too many: more than `restarts` within `period`.
///
/// As in Erlang, time is counted in whole seconds with both ends included; see
/// [`Budget`](super::Budget).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Intensity {
    /// The most restarts that are allowed within the period; with 0 the first one is too many.
    pub restarts: u32,
    /// The period, in whole seconds.
    pub period_seconds: u32,
}

/// Whether a supervisor stops itself when its significant children have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoShutdown {
    /// Never.
    Never,
    /// When one significant child has ended for good.
    AnySignificant,
    /// When the last significant child has ended for good.
    AllSignificant,
}

/// The flags of a supervisor. There is no default: strategy and intensity are written where the supervisor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flags {
    /// Which children are restarted when one of them is.
    pub strategy: Strategy,
    /// How many restarts are too many.
    pub intensity: Intensity,
    /// Whether the end of significant children ends the supervisor.
    pub auto_shutdown: AutoShutdown,
    /// How long restarts wait; `None` for Erlang's way, which is not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff: Option<Backoff>,
}

impl Flags {
    /// Flags with `strategy`, at most `restarts` within `period_seconds`, and no automatic shutdown.
    #[must_use]
    pub const fn new(strategy: Strategy, restarts: u32, period_seconds: u32) -> Self {
        let intensity = Intensity { restarts, period_seconds };
        Self { strategy, intensity, auto_shutdown: AutoShutdown::Never, backoff: None }
    }

    /// The same, with this automatic shutdown.
    #[must_use]
    pub const fn auto_shutdown(mut self, auto_shutdown: AutoShutdown) -> Self {
        self.auto_shutdown = auto_shutdown;
        self
    }

    /// The same, with restarts that wait so long.
    #[must_use]
    pub const fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = Some(backoff);
        self
    }
}

impl Shutdown {
    /// Erlang's default for a child of this type: 5 s for a worker, no limit for a supervisor.
    #[must_use]
    pub const fn default_of(child_type: ChildType) -> Self {
        match child_type {
            ChildType::Worker => Self::After(Duration::from_secs(5)),
            ChildType::Supervisor => Self::Infinity,
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneForOne => "one_for_one",
            Self::OneForAll => "one_for_all",
            Self::RestForOne => "rest_for_one",
        })
    }
}

impl fmt::Display for Restart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Permanent => "permanent",
            Self::Transient => "transient",
            Self::Temporary => "temporary",
        })
    }
}

impl fmt::Display for AutoShutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Never => "never",
            Self::AnySignificant => "any_significant",
            Self::AllSignificant => "all_significant",
        })
    }
}

impl fmt::Display for Intensity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {} s", self.restarts, self.period_seconds)
    }
}

/// As Erlang writes it: `"brutal_kill"`, `"infinity"`, or a number of milliseconds.
impl Serialize for Shutdown {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::BrutalKill => serializer.serialize_str("brutal_kill"),
            Self::Infinity => serializer.serialize_str("infinity"),
            Self::After(limit) => {
                serializer.serialize_u64(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Shutdown {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Millis(u64),
            Word(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Millis(millis) => Ok(Self::After(Duration::from_millis(millis))),
            Written::Word(word) if word == "brutal_kill" => Ok(Self::BrutalKill),
            Written::Word(word) if word == "infinity" => Ok(Self::Infinity),
            Written::Word(word) => Err(serde::de::Error::custom(format!(
                "expected brutal_kill, infinity or milliseconds, got \"{word}\""
            ))),
        }
    }
}
