//! Bare ractor, with the features that we use.

use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort};

use crate::peer::Adder;

pub(crate) enum Message {
    Add(u64),
    Read(RpcReplyPort<u64>),
}
impl ractor::Message for Message {}

#[derive(Clone)]
pub(crate) struct Worker(ActorRef<Message>);

impl Adder for Worker {
    async fn start() -> Self {
        Self(Actor::spawn(None, Summing, ()).await.expect("it starts").0)
    }

    async fn tell(&self) {
        self.0.cast(Message::Add(1)).expect("the worker is alive");
    }

    async fn ask(&self) -> u64 {
        ractor::call!(self.0, Message::Read).expect("the worker answers")
    }
}

struct Summing;

impl Actor for Summing {
    type Msg = Message;
    type State = u64;
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Message>, (): ()) -> Result<u64, ActorProcessingErr> {
        Ok(0)
    }

    async fn handle(
        &self,
        _: ActorRef<Message>,
        message: Message,
        sum: &mut u64,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Add(amount) => *sum += amount,
            Message::Read(reply) => drop(reply.send(*sum)),
        }
        Ok(())
    }
}
