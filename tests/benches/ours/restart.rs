//! From the message that crashes a supervised child to the reply of its next incarnation.

use std::time::{Duration, Instant};

use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};
use tokio::sync::mpsc;

use crate::smith_peer::{Adding, Crash, Read, system};

/// A fresh supervisor after so many: some peers look through the restarts of the period at each restart.
const PER_SUPERVISOR: usize = 200;

/// For so long somebody is asked before the first restart: a processor that has idled is several times slower to wake.
const WARM_UP_ASKS: Duration = Duration::from_millis(200);

/// Nanoseconds of each of so many, after a panic or after a returned error: the agent is asked while it is down, and
/// the ask waits in its mailbox for the next incarnation.
pub(crate) async fn mistersmith(panics: bool, wanted: usize) -> Vec<u64> {
    let mut samples = Vec::with_capacity(wanted);
    while samples.len() < wanted {
        let system = system(1).await;
        let agent = system.find::<Adding>().expect("it runs");
        let began = Instant::now();
        while samples.is_empty() && began.elapsed() < WARM_UP_ASKS {
            agent.ask(Read).await.expect("it answers");
        }
        for _ in 0..PER_SUPERVISOR.min(wanted - samples.len()) {
            let begin = Instant::now();
            agent.tell(Crash { panics }).await.expect("the agent is alive");
            agent.ask(Read).await.expect("the next incarnation answers");
            samples.push(begin.elapsed().as_nanos() as u64);
        }
        system.stop().await;
    }
    samples
}

/// Nanoseconds of each of so many, by a hand-written supervisor that starts a child anew at once.
pub(crate) async fn ractor(panics: bool, wanted: usize) -> Vec<u64> {
    let mut samples = Vec::with_capacity(wanted);
    while samples.len() < wanted {
        let (started, mut starts) = mpsc::channel(4);
        let (parent, ended) = Actor::spawn(None, Parent, started).await.expect("it starts");
        let mut child = starts.recv().await.expect("the child starts");
        let began = Instant::now();
        while samples.is_empty() && began.elapsed() < WARM_UP_ASKS {
            ractor::call!(child, Order::Ping).expect("it answers");
        }
        for _ in 0..PER_SUPERVISOR.min(wanted - samples.len()) {
            let begin = Instant::now();
            child.cast(Order::Crash { panics }).expect("the child is alive");
            child = starts.recv().await.expect("the child is started again");
            ractor::call!(child, Order::Ping).expect("the new incarnation answers");
            samples.push(begin.elapsed().as_nanos() as u64);
        }
        parent.stop(None);
        ended.await.expect("it does not panic");
    }
    samples
}

enum Order {
    Crash { panics: bool },
    Ping(RpcReplyPort<()>),
}
impl ractor::Message for Order {}

struct Parent;

impl Actor for Parent {
    type Msg = Order;
    type State = mpsc::Sender<ActorRef<Order>>;
    type Arguments = mpsc::Sender<ActorRef<Order>>;

    async fn pre_start(
        &self,
        myself: ActorRef<Order>,
        started: Self::Arguments,
    ) -> Result<Self::State, ActorProcessingErr> {
        start_child(&myself, &started).await?;
        Ok(started)
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<Order>,
        event: SupervisionEvent,
        started: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(..) => start_child(&myself, started).await,
            _ => Ok(()),
        }
    }
}

async fn start_child(
    parent: &ActorRef<Order>,
    started: &mpsc::Sender<ActorRef<Order>>,
) -> Result<(), ActorProcessingErr> {
    let (child, _) = Actor::spawn_linked(None, Child, (), parent.get_cell()).await?;
    started.send(child).await?;
    Ok(())
}

struct Child;

impl Actor for Child {
    type Msg = Order;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Order>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(&self, _: ActorRef<Order>, order: Order, (): &mut ()) -> Result<(), ActorProcessingErr> {
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
