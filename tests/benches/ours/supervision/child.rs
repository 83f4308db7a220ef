//! The same cheap child for every supervisor on ractor: it says that it runs, answers, and crashes as it is told.
//!
//! `ractor::Message` is implemented for [`Order`] where it has to be, because feature `cluster` decides whether.

use std::sync::{Arc, Mutex, PoisonError};

use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort};

use super::life::{Alive, Life};

pub(crate) enum Order {
    Crash { panics: bool },
    Ping(RpcReplyPort<()>),
}

/// Where the present incarnation of each child is found.
pub(crate) struct Seats {
    actors: Box<[Mutex<Option<ActorRef<Order>>>]>,
    life: Arc<Life>,
}

/// One of the seats, and what a child is started from.
#[derive(Clone)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    index: usize,
}

impl Seats {
    pub(crate) fn new(children: usize, life: Arc<Life>) -> Arc<Self> {
        Arc::new(Self { actors: (0..children).map(|_| Mutex::default()).collect(), life })
    }

    /// The seats in the order of their numbers.
    pub(crate) fn all(self: &Arc<Self>) -> impl Iterator<Item = Seat> {
        let seats = Arc::clone(self);
        (0..self.actors.len()).map(move |index| Seat { seats: Arc::clone(&seats), index })
    }

    pub(crate) fn crash(&self, index: usize, panics: bool) {
        self.actor(index).cast(Order::Crash { panics }).expect("the child is alive");
    }

    /// Returns when the child has answered; `false` when it has not.
    pub(crate) async fn answers(&self, index: usize) -> bool {
        let actor = self.actor(index);
        matches!(ractor::call!(actor, Order::Ping), Ok(()))
    }

    fn actor(&self, index: usize) -> ActorRef<Order> {
        let seat = self.actors[index].lock().unwrap_or_else(PoisonError::into_inner);
        seat.clone().expect("every child has started")
    }
}

pub(crate) struct Child;

impl Actor for Child {
    type Msg = Order;
    type State = Alive;
    type Arguments = Seat;

    async fn pre_start(
        &self,
        myself: ActorRef<Order>,
        Seat { seats, index }: Seat,
    ) -> Result<Alive, ActorProcessingErr> {
        *seats.actors[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(myself);
        Ok(Alive::start(&seats.life))
    }

    async fn handle(
        &self,
        _: ActorRef<Order>,
        order: Order,
        _: &mut Alive,
    ) -> Result<(), ActorProcessingErr> {
        match order {
            Order::Crash { panics } => {
                assert!(!panics, "as wanted");
                Err("as wanted".into())
            }
            Order::Ping(reply) => {
                let _ = reply.send(());
                Ok(())
            }
        }
    }
}
