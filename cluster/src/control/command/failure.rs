//! How a command ends, and what is said when it does not end well.

use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use serde_json::Value;

use super::{NodeSelector, Output};
use crate::control::api::Problem;
use crate::control::client::ClientError;

/// How a command ended; as an exit code, the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Outcome {
    /// 0: it was done.
    Done = 0,
    /// 1: the node said no, or is not ready.
    Refused = 1,
    /// 2: what was given makes no sense.
    Usage = 2,
    /// 3: there is no node to talk to.
    NoNode = 3,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

/// Why a command did not end well.
#[derive(Debug)]
pub(super) enum Failure {
    /// The node did not answer, or said no.
    Client(ClientError),
    /// What was given makes no sense, with the schema of what would, if it is known.
    Usage(String, Option<Value>),
    /// The output cannot be written.
    Output(io::Error),
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// Says what went wrong, what would have been right, and what to do.
    pub(super) fn explain(self, node: &NodeSelector, output: &mut Output) -> io::Result<Outcome> {
        let (text, outcome) = match self {
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Outcome::Done),
            Self::Output(error) => return Err(error),
            Self::Usage(text, expected) => (text + &expectation(expected.as_ref()), Outcome::Usage),
            Self::Client(ClientError::Problem(problem)) => (in_full(&problem), Outcome::Refused),
            Self::Client(error) if error.is_no_node() => {
                let hint = node.hint().map(|hint| format!("\nto start one: {hint}")).unwrap_or_default();
                (format!("{error}{hint}"), Outcome::NoNode)
            }
            Self::Client(error) => (error.to_string(), Outcome::Usage),
        };
        output.complain(&text)?;
        Ok(outcome)
    }
}

pub(super) fn in_full(problem: &Problem) -> String {
    let mut text = problem.message.clone();
    let known = problem.known.as_deref().unwrap_or_default();
    if known.iter().any(|known| !problem.message.contains(known.as_str())) {
        let _ = write!(text, "\nthere is: {}", known.join(", "));
    }
    if let Some(refusal) = &problem.refusal {
        let _ = write!(text, "\nas data: {refusal}");
    }
    text + &expectation(problem.expected.as_ref())
}

fn expectation(expected: Option<&Value>) -> String {
    match expected {
        None => String::new(),
        Some(Value::String(words)) => format!("\nexpected: {words}"),
        Some(schema) => format!("\nexpected a payload of this schema:\n{schema:#}"),
    }
}
