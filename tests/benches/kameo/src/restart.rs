//! From the message that crashes a supervised child to the reply of its next incarnation.

use crate::{count, median_of};
use kameo::actor::{ActorRef, Spawn};
use kameo::error::Infallible;
use kameo::mailbox;
use kameo::message::{Context, Message};
use kameo::prelude::Actor;
use kameo::supervision::SupervisionStrategy;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const RESTARTS: usize = 4_000;
const WARM_UP: usize = 200;
/// For so long somebody is asked before the first restart: a processor that has idled is several times slower to wake.
const WARM_UP_ASKS: Duration = Duration::from_millis(200);
/// A fresh supervisor after so many: some peers look through the restarts of the period at each restart.
const PER_SUPERVISOR: usize = 200;

/// Microseconds, after a panic or after a returned error.
pub async fn median(panics: bool, share: f64) -> f64 {
    let wanted = count(RESTARTS, share) + WARM_UP;
    let mut samples = Vec::with_capacity(wanted);
    while samples.len() < wanted {
        let supervisor = Parent::spawn(());
        let (started, mut starts) = mpsc::unbounded_channel();
        let child = Child::supervise(&supervisor, started)
            .restart_limit(u32::MAX, Duration::from_secs(1))
            .spawn_with_mailbox(mailbox::unbounded())
            .await;
        starts.recv().await.expect("the child starts");
        let began = Instant::now();
        while samples.is_empty() && began.elapsed() < WARM_UP_ASKS {
            child.ask(Ping).await.expect("it answers");
        }
        for _ in 0..PER_SUPERVISOR.min(wanted - samples.len()) {
            let begin = Instant::now();
            child.tell(Crash { panics }).send().await.expect("the child is alive");
            starts.recv().await.expect("the child is started again");
            child.ask(Ping).await.expect("the new incarnation answers");
            samples.push(begin.elapsed().as_nanos() as u64);
        }
        supervisor.stop_gracefully().await.expect("the supervisor is alive");
        supervisor.wait_for_shutdown().await;
    }
    median_of(samples.split_off(WARM_UP)) / 1_000.0
}

struct Parent;

impl Actor for Parent {
    type Args = ();
    type Error = Infallible;

    fn supervision_strategy() -> SupervisionStrategy {
        SupervisionStrategy::OneForOne
    }

    async fn on_start((): (), _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

struct Child;

impl Actor for Child {
    type Args = mpsc::UnboundedSender<()>;
    type Error = Infallible;

    async fn on_start(started: Self::Args, _: ActorRef<Self>) -> Result<Self, Infallible> {
        started.send(()).expect("the driver waits for the start");
        Ok(Self)
    }
}

struct Crash {
    panics: bool,
}

impl Message<Crash> for Child {
    type Reply = Result<(), &'static str>;

    async fn handle(&mut self, crash: Crash, _: &mut Context<Self, Self::Reply>) -> Self::Reply {
        assert!(!crash.panics, "as wanted");
        Err("as wanted")
    }
}

struct Ping;

impl Message<Ping> for Child {
    type Reply = ();

    async fn handle(&mut self, _: Ping, _: &mut Context<Self, ()>) {}
}
