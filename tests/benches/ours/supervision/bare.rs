//! Bare ractor: a hand-written parent that starts a child anew at once when it has failed.

use std::collections::HashMap;
use std::sync::Arc;

use ractor::concurrency::JoinHandle;
use ractor::{Actor, ActorCell, ActorId, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};

use super::child::{Child, Order, Seat, Seats};
use super::life::Life;
use super::workloads::{Family, Strategy};

pub(crate) struct Bare {
    parent: ActorRef<Release>,
    seats: Arc<Seats>,
}

impl Family for Bare {
    async fn start(_: Strategy, children: usize, life: Arc<Life>) -> Self {
        let seats = Seats::new(children, life);
        let (parent, _) = Actor::spawn(None, Parent, Arc::clone(&seats)).await.expect("it starts");
        Self { parent, seats }
    }

    fn crash(&self, child: usize, panics: bool) {
        self.seats.crash(child, panics);
    }

    async fn answers(&self, child: usize) -> bool {
        self.seats.answers(child).await
    }

    /// One after the other, newest first, as a supervisor has to.
    async fn stop(self) {
        let mut children = ractor::call!(self.parent, Release).expect("the parent is alive");
        children.sort_by_key(|child| std::cmp::Reverse(child.number));
        for child in children {
            child.cell.stop(None);
            child.ended.await.expect("it does not panic");
        }
    }
}

struct Parent;

/// Gives the children away.
struct Release(RpcReplyPort<Vec<Running>>);
impl ractor::Message for Release {}
impl ractor::Message for Order {}

struct Running {
    number: usize,
    seat: Seat,
    cell: ActorCell,
    ended: JoinHandle<()>,
}

impl Actor for Parent {
    type Msg = Release;
    type State = HashMap<ActorId, Running>;
    type Arguments = Arc<Seats>;

    async fn pre_start(
        &self,
        myself: ActorRef<Release>,
        seats: Arc<Seats>,
    ) -> Result<Self::State, ActorProcessingErr> {
        let mut children = HashMap::new();
        for (number, seat) in seats.all().enumerate() {
            start_child(&myself, number, seat, &mut children).await?;
        }
        Ok(children)
    }

    async fn handle(
        &self,
        _: ActorRef<Release>,
        Release(reply): Release,
        children: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        let _ = reply.send(children.drain().map(|(_, child)| child).collect());
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<Release>,
        event: SupervisionEvent,
        children: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ActorFailed(cell, _) = event
            && let Some(Running { number, seat, .. }) = children.remove(&cell.get_id())
        {
            start_child(&myself, number, seat, children).await?;
        }
        Ok(())
    }
}

async fn start_child(
    parent: &ActorRef<Release>,
    number: usize,
    seat: Seat,
    children: &mut HashMap<ActorId, Running>,
) -> Result<(), ActorProcessingErr> {
    let (child, ended) = Actor::spawn_linked(None, Child, seat.clone(), parent.get_cell()).await?;
    children.insert(child.get_id(), Running { number, seat, cell: child.get_cell(), ended });
    Ok(())
}
