//! The actor of the message workloads: it adds up what it is told and says the sum when asked.

use kameo::actor::{ActorRef, Spawn};
use kameo::error::Infallible;
use kameo::mailbox;
use kameo::message::{Context, Message};
use kameo::prelude::Actor;

pub struct Worker {
    sum: u64,
}

/// Asks for the sum.
pub struct Read;

impl Worker {
    /// With the unbounded mailbox that every peer has here.
    pub fn start() -> ActorRef<Self> {
        Self::spawn_with_mailbox((), mailbox::unbounded())
    }
}

impl Actor for Worker {
    type Args = ();
    type Error = Infallible;

    async fn on_start((): (), _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Self { sum: 0 })
    }
}

impl Message<u64> for Worker {
    type Reply = ();

    async fn handle(&mut self, amount: u64, _: &mut Context<Self, ()>) {
        self.sum += amount;
    }
}

impl Message<Read> for Worker {
    type Reply = u64;

    async fn handle(&mut self, _: Read, _: &mut Context<Self, u64>) -> u64 {
        self.sum
    }
}
