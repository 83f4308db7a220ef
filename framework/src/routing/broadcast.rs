//! What came of a broadcast: who got it, who did not, and why.

use std::fmt;

use serde::Serialize;

use crate::identity::AgentId;
use crate::message::Why;

/// Who got a request that was sent to all whose subject matches, each by id. Empty when nobody's does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Broadcast {
    /// Those into whose queue it went.
    pub reached: Vec<AgentId>,
    /// Those that were meant and did not get it.
    pub missed: Vec<Missed>,
}

/// An agent that was meant by a broadcast and did not get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// Who.
    pub agent: AgentId,
    /// Why not.
    pub why: NotReached,
}

/// Why an agent did not get a broadcast.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotReached {
    /// It answers another contract.
    OtherContract {
        /// The contract that it answers.
        contract: String,
    },
    /// Its queue did not take it.
    NotDelivered(Why),
}

impl fmt::Display for NotReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherContract { contract } => write!(f, "it answers contract {contract}"),
            Self::NotDelivered(why) => write!(f, "{why}"),
        }
    }
}

/// As data: the text a person reads.
impl Serialize for NotReached {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
