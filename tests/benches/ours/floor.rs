//! The bare trial of the mailbox: tokio's bounded channel beside a ractor port, one wake-up per batch.
//!
//! It has no identity, deadline, refusal or restart: what ours costs above this is what those cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};

use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::{mpsc, oneshot};

use crate::peer::Adder;

enum Message {
    Add(u64),
    Read(oneshot::Sender<u64>),
}

struct Wake;
impl ractor::Message for Wake {}

#[derive(Clone)]
pub(crate) struct Worker {
    queue: mpsc::Sender<Message>,
    awake: Arc<AtomicBool>,
    actor: ActorRef<Wake>,
}

impl Worker {
    async fn send(&self, message: Message) {
        self.queue.send(message).await.expect("the worker is alive");
        fence(Ordering::SeqCst);
        if !self.awake.load(Ordering::Relaxed) && !self.awake.swap(true, Ordering::SeqCst) {
            self.actor.cast(Wake).expect("the worker is alive");
        }
    }
}

impl Adder for Worker {
    async fn start() -> Self {
        let (queue, messages) = mpsc::channel(10_000);
        let awake = Arc::new(AtomicBool::new(false));
        let state = Sum { sum: 0, messages, awake: Arc::clone(&awake) };
        let (actor, _) = Actor::spawn(None, Batches, state).await.expect("it starts");
        Self { queue, awake, actor }
    }

    async fn tell(&self) {
        self.send(Message::Add(1)).await;
    }

    async fn ask(&self) -> u64 {
        let (reply, sum) = oneshot::channel();
        self.send(Message::Read(reply)).await;
        sum.await.expect("the worker answers")
    }
}

struct Batches;

struct Sum {
    sum: u64,
    messages: mpsc::Receiver<Message>,
    awake: Arc<AtomicBool>,
}

impl Actor for Batches {
    type Msg = Wake;
    type State = Sum;
    type Arguments = Sum;

    async fn pre_start(&self, _: ActorRef<Wake>, state: Sum) -> Result<Sum, ActorProcessingErr> {
        Ok(state)
    }

    async fn handle(
        &self,
        actor: ActorRef<Wake>,
        _: Wake,
        state: &mut Sum,
    ) -> Result<(), ActorProcessingErr> {
        for _ in 0..64 {
            let message = match state.messages.try_recv() {
                Ok(message) => message,
                Err(_) => {
                    state.awake.store(false, Ordering::SeqCst);
                    fence(Ordering::SeqCst);
                    match state.messages.try_recv() {
                        Ok(message) => {
                            state.awake.store(true, Ordering::SeqCst);
                            message
                        }
                        Err(_) => return Ok(()),
                    }
                }
            };
            match message {
                Message::Add(amount) => state.sum += amount,
                Message::Read(reply) => drop(reply.send(state.sum)),
            }
        }
        actor.cast(Wake)?;
        Ok(())
    }
}
