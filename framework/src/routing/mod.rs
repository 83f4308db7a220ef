//! How a request gets to an agent: references, and the patterns by which one is chosen.

mod error;
mod incoming;
mod agent_ref;

pub use agent_ref::{AgentRef, Limited};
pub use error::{AskError, CallError, Retry, SubscribeError, TellError};
pub use incoming::{Incoming, Interrupted};
