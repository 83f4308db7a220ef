//! A message on its way: the envelope, the budget that travels in it, and whoever carries it to its agent.
//!
//! An [`Envelope`] is a request with what a hop has to know of it: until when an answer is worth something, who
//! asks, where the answer goes. Its fixed part takes 48 bytes. A [`Carrier`] takes it to wherever it is answered,
//! which may be a queue in this process, another node, or a NATS subject; nothing above knows which.

mod budget;
mod wait_path;
mod cause;
mod envelope;
mod reply;
mod carrier;
mod hand_over;
mod address;
pub(crate) mod scope;

pub use address::Address;
pub use budget::Budget;
pub use carrier::{Carrier, Room, Undelivered, Why};
pub use cause::Cause;
pub use envelope::{Envelope, Extra};
pub(crate) use hand_over::{hand_over, insist, offer};
pub use reply::{Failure, Items, ReplyTo};
pub use wait_path::WaitPath;
