//! Replicas of agents tell each other what happened, until all of them have all of it: anti-entropy.
//!
//! Each replica has a log of its own, and writes what happened elsewhere into it as it happened there: under its
//! [dot](super::Dot), causes before effects, once. So the histories only grow, two of them have one union, and in
//! whatever order, however often and over whatever detours events arrive, replicas that have the same ones have the
//! same state ([`Resolution`](super::Resolution)).
//!
//! What two logs differ in is found without looking at what they have in common: agents are hashed into a tree of
//! [cells](Cell), each with a [digest](Digest) of the versions in it, and only cells that differ are looked into. Equal
//! logs exchange one digest. [`Message`]s are data, and nothing is remembered between them: any may be lost, doubled or
//! late.
//!
//! | part | what it does |
//! |---|---|
//! | [`AntiEntropy`] | answers messages with messages, over a log; whatever carries them |
//! | [`Peer`] | another replica, for whoever can ask it something |
//! | [`Replicator`] | an agent that exchanges with its peers every so often, and answers theirs |

mod cell;
mod holdings;
mod message;
mod reconcile;
mod taking;
mod anti_entropy;
mod peer;
mod replicator;

pub use anti_entropy::{AntiEntropy, ExchangeError, Tally};
pub use cell::{Cell, CellError, Digest};
pub use message::{ExchangeLimits, Message, MessageError};
pub use peer::{Peer, PeerError, Round, RoundError};
pub use replicator::{
    Exchange, Replication, ReplicationRefusal, Replicator, ReplicatorSpec, Synchronize, Synchronized,
};
