//! The `key=value` pairs of a line, in the order in which they were written.

use std::fmt;

use super::malformed::Wrong;
use super::{OnStop, StartTokens, Term};

/// A value: a script for `start` and `onstop`, a term for every other key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// Passed on as it is, right or wrong.
    Term(Term),
    /// What happens at the starts.
    Start(StartTokens),
    /// What happens at a stop.
    OnStop(OnStop),
}

/// The pairs of a line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Keys(pub Vec<(String, Value)>);

/// The keys of a child of a supervisor.
pub(super) const OF_WORKER: &[&str] = &["restart", "shutdown", "significant", "type", "start", "onstop"];
/// The flags of a supervisor, and its keys as a child of another.
pub(super) const OF_SUP: &[&str] = &[
    "strategy",
    "intensity",
    "period",
    "auto_shutdown",
    "restart",
    "shutdown",
    "significant",
    "type",
    "start",
];
/// The keys that are a script.
pub(super) const OF_SCRIPT: &[&str] = &["start", "onstop"];

impl Keys {
    pub(super) fn read(tokens: &[&str], known: &[&str]) -> Result<Self, Wrong> {
        tokens.iter().map(|token| pair(token, known)).collect::<Result<_, _>>().map(Self)
    }

    /// The term of this key; the last, if it was written twice.
    #[must_use]
    pub fn term(&self, key: &str) -> Option<&Term> {
        self.0.iter().rev().find_map(|(name, value)| match value {
            Value::Term(term) if name == key => Some(term),
            _ => None,
        })
    }

    /// What happens at the starts, if that is written.
    #[must_use]
    pub fn start(&self) -> Option<&StartTokens> {
        self.0.iter().rev().find_map(|(_, value)| match value {
            Value::Start(tokens) => Some(tokens),
            _ => None,
        })
    }

    /// What happens at a stop, if that is written.
    #[must_use]
    pub fn on_stop(&self) -> Option<&OnStop> {
        self.0.iter().rev().find_map(|(_, value)| match value {
            Value::OnStop(mode) => Some(mode),
            _ => None,
        })
    }

    /// With one more term.
    #[must_use]
    pub fn with(mut self, key: &str, term: Term) -> Self {
        self.0.push((key.to_owned(), Value::Term(term)));
        self
    }

    /// With what happens at the starts.
    #[must_use]
    pub fn with_start(mut self, tokens: StartTokens) -> Self {
        self.0.push(("start".to_owned(), Value::Start(tokens)));
        self
    }

    /// With what happens at a stop.
    #[must_use]
    pub fn with_on_stop(mut self, mode: OnStop) -> Self {
        self.0.push(("onstop".to_owned(), Value::OnStop(mode)));
        self
    }
}

fn pair(token: &str, known: &[&str]) -> Result<(String, Value), Wrong> {
    let Some((key, value)) = token.split_once('=') else {
        return Err(Wrong::new("key=value", token));
    };
    if !known.contains(&key) {
        return Err(Wrong::new(format!("one of the keys {}", known.join(", ")), key));
    }
    let value = match key {
        "start" => Value::Start(StartTokens::read(value)?),
        "onstop" => Value::OnStop(OnStop::read(value)?),
        _ => Value::Term(Term::read(value)?),
    };
    Ok((key.to_owned(), value))
}

/// Each pair with a blank before it.
impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, value) in &self.0 {
            match value {
                Value::Term(term) => write!(f, " {key}={}", term.source())?,
                Value::Start(tokens) => write!(f, " {key}={tokens}")?,
                Value::OnStop(mode) => write!(f, " {key}={mode}")?,
            }
        }
        Ok(())
    }
}
