//! The four patterns as data: what a configuration or a message says about where a request goes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Broadcast, Group, Subject, SubjectPattern};
use crate::contract::Ask;
use crate::identity::AgentId;

/// Where a request goes. Carried out by [`Router::route`](super::Router::route).
///
/// Subjects, patterns and groups are written as text; what means nothing is refused when it is read.
///
/// ```
/// use mistersmith::routing::RoutingPattern;
///
/// let everybody: RoutingPattern = serde_json::from_str(r#"{"broadcast": "agents.security.*"}"#)?;
/// assert_eq!(everybody, RoutingPattern::Broadcast("agents.security.*".parse()?));
/// assert!(serde_json::from_str::<RoutingPattern>(r#"{"request_reply": "agents.security.*"}"#).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoutingPattern {
    /// To this agent.
    Direct(AgentId),
    /// To every agent whose subject matches.
    Broadcast(SubjectPattern),
    /// To one instance of this name, which replies within a time.
    RequestReply(Subject),
    /// To one member of this group, which shares the load.
    LoadBalanced(Group),
}

/// What came of a request that was sent by a pattern.
pub enum Routed<R: Ask> {
    /// One agent replied.
    Reply(R::Reply),
    /// It was sent to all that were meant; nobody replies.
    Sent(Broadcast),
}

impl<R: Ask> fmt::Debug for Routed<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(reply) => f.debug_tuple("Reply").field(reply).finish(),
            Self::Sent(broadcast) => f.debug_tuple("Sent").field(broadcast).finish(),
        }
    }
}
