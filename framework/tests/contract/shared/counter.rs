//! A contract with a request of each kind, for these tests.

use mistersmith::replies;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub struct Counter;

/// Adds to the total.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Add {
    pub amount: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Read;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Describe;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ResetTo {
    pub totals: Vec<Total>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Total {
    pub name: Option<String>,
    pub value: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Watch {
    pub above: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Change {
    Up(u32),
    Down { by: u32 },
    Reset,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TooMuch {
    pub limit: i64,
}

impl std::fmt::Display for TooMuch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at most {} at a time", self.limit)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    Add(Add),
    Read(Read),
    Describe(Describe),
    ResetTo(ResetTo),
    Watch(Watch),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Sum(i64),
    Text(String),
    Done,
    Changed(Change),
}

replies! { Counter refuses TooMuch:
    Add => Sum(i64),
    Read => Sum(i64),
    Describe => Text(String),
    ResetTo => Done,
    Watch => stream Changed(Change),
}
