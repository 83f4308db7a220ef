//! How a request gets to an agent: references, and the four patterns by which one is chosen.
//!
//! An [`AgentRef`] leads to one agent, wherever it is. A [`Router`] leads to whoever is there at the moment:
//!
//! | pattern | who gets the request | what comes of it |
//! |---|---|---|
//! | [direct](Router::direct) | the agent of this id | a reference to it |
//! | [broadcast](Router::broadcast) | every agent whose subject matches | who got it, who did not, and why |
//! | [request and reply](Router::request_reply) | one healthy instance of a name | its reply, within a time |
//! | [load balanced](Router::load_balanced) | the less loaded of two healthy members of a group | its reply |
//!
//! The subject of an agent is `agents.{domain}.{name}`, as it is on NATS; [`SubjectPattern`] has NATS's wildcards.
//! A [`RoutingPattern`] is one of the four as data, for configuration and messages.
//!
//! A request that was *not delivered* is tried elsewhere, as long as its budget allows: that is known, because
//! errors say it ([`CallError::retry`]). One that may have run is not, unless it has an idempotency key.

mod error;
mod incoming;
mod call;
mod agent_ref;
mod subject;
mod group;
mod pattern;
mod broadcast;
mod balance;
mod balanced;
mod router;

pub use agent_ref::{AgentRef, Limited};
pub use balanced::LoadBalanced;
pub use broadcast::{Broadcast, Missed, NotReached};
pub(crate) use error::lost;
pub use error::{AskError, CallError, NotFound, Retry, SubscribeError, TellError};
pub use group::{Group, GroupError};
pub use incoming::{Incoming, Interrupted};
pub use pattern::{Routed, RoutingPattern};
pub use router::Router;
pub use subject::{Subject, SubjectError, SubjectPattern};
