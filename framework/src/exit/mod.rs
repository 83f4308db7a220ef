//! How a process ends: one closed enum, and what counts as abnormal.
//!
//! A process is anything that is supervised. What its supervisor does about an end depends on two things only:
//! the child's [restart type](crate::supervisor::Restart) and whether the exit is [abnormal](Exit::is_abnormal).
//! The rule is Erlang's: `normal`, `shutdown` and `{shutdown, T}` are polite, everything else is abnormal.

mod caught;
mod fault;
mod word;

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

pub(crate) use caught::catch;
pub use caught::{Location, Panic};
pub use fault::Fault;
pub use word::UnknownExit;

/// How a process ended.
#[derive(Clone, Debug)]
pub enum Exit {
    /// It was done.
    Normal,
    /// It was asked to stop, and did.
    Shutdown,
    /// It stopped in good order and says something about it (Erlang's `{shutdown, T}`).
    ShutdownWith {
        /// What it says.
        value: String,
    },
    /// A supervisor could not start, because this child of it could not (Erlang's
    /// `{shutdown, {failed_to_start_child, Id, Reason}}`, and as polite as that is).
    NotStarted {
        /// The child that did not start.
        child: String,
        /// Why it did not.
        cause: Arc<Exit>,
    },
    /// It was killed, or its task was aborted: none of its code ran any more.
    Killed,
    /// Somebody outside the tree stopped its ractor actor, giving this reason.
    Stopped {
        /// The reason as ractor carried it.
        reason: String,
    },
    /// It returned an error.
    Error(Fault),
    /// It panicked.
    Panic(Panic),
}

impl Exit {
    /// An exit by `error`, whose sources are kept.
    #[must_use]
    pub fn error(error: impl Into<anyhow::Error>) -> Self {
        Self::Error(Fault::new(error))
    }

    /// Whether a transient child that ended so is started again.
    #[must_use]
    pub fn is_abnormal(&self) -> bool {
        match self {
            Self::Normal | Self::Shutdown | Self::ShutdownWith { .. } | Self::NotStarted { .. } => false,
            Self::Killed | Self::Stopped { .. } | Self::Error(_) | Self::Panic(_) => true,
        }
    }

    /// The variant's name in snake case, stable, for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Shutdown => "shutdown",
            Self::ShutdownWith { .. } => "shutdown_with",
            Self::NotStarted { .. } => "not_started",
            Self::Killed => "killed",
            Self::Stopped { .. } => "stopped",
            Self::Error(_) => "error",
            Self::Panic(_) => "panic",
        }
    }
}

/// Equal when they are of one kind and read the same.
impl PartialEq for Exit {
    fn eq(&self, other: &Self) -> bool {
        self.kind() == other.kind() && self.to_string() == other.to_string()
    }
}

impl Eq for Exit {}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normal => f.write_str("normal"),
            Self::Shutdown => f.write_str("shutdown"),
            Self::ShutdownWith { value } => write!(f, "shutdown: {value}"),
            Self::NotStarted { child, cause } => write!(f, "child {child} did not start: {cause}"),
            Self::Killed => f.write_str("killed"),
            Self::Stopped { reason } => write!(f, "stopped from outside: {reason}"),
            Self::Error(fault) => write!(f, "error: {fault}"),
            Self::Panic(panic) => write!(f, "{panic}"),
        }
    }
}

/// As data: the kind, and the text a person reads.
impl Serialize for Exit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Data<'a> {
            kind: &'a str,
            abnormal: bool,
            text: String,
        }
        Data { kind: self.kind(), abnormal: self.is_abnormal(), text: self.to_string() }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_exit() -> Vec<(Exit, bool)> {
        vec![
            (Exit::Normal, false),
            (Exit::Shutdown, false),
            (Exit::ShutdownWith { value: "moved".into() }, false),
            (Exit::NotStarted { child: "db".into(), cause: Arc::new(Exit::Killed) }, false),
            (Exit::Killed, true),
            (Exit::Stopped { reason: "bye".into() }, true),
            (Exit::error(anyhow::anyhow!("disk is full")), true),
            (Exit::Panic(Panic::new("index 3")), true),
        ]
    }

    #[test]
    fn polite_exits_are_those_of_erlang() {
        for (exit, abnormal) in every_exit() {
            assert_eq!(exit.is_abnormal(), abnormal, "{exit}");
        }
    }

    #[test]
    fn an_error_shows_its_sources_and_a_failed_start_the_child() {
        let error = anyhow::anyhow!("no space left").context("cannot write the journal");
        assert_eq!(Exit::error(error).to_string(), "error: cannot write the journal: no space left");
        let nested = Exit::NotStarted { child: "db".into(), cause: Arc::new(Exit::Killed) };
        assert_eq!(nested.to_string(), "child db did not start: killed");
    }

    #[test]
    fn as_data_it_has_a_stable_kind_and_a_text() {
        let json = serde_json::to_value(Exit::ShutdownWith { value: "moved".into() }).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"kind": "shutdown_with", "abnormal": false, "text": "shutdown: moved"})
        );
    }
}
