//! A crowd of idle actors under one parent: what one costs to start, to stop and to keep.

use std::fs;
use std::time::Instant;

use mistersmith::system::System;
use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::smith_peer;

/// Many actors of one peer.
pub(crate) trait Crowd: Send + 'static {
    /// Starts so many; returns when every one has run its start hook.
    fn start(actors: usize) -> impl Future<Output = Self> + Send;

    /// Stops them all; returns when every one has ended.
    fn stop(self) -> impl Future<Output = ()> + Send;
}

/// Microseconds per actor.
pub(crate) async fn spawn<C: Crowd>(actors: usize) -> f64 {
    let begin = Instant::now();
    let crowd = C::start(actors).await;
    let each = begin.elapsed().as_secs_f64() * 1e6 / actors as f64;
    drop(crowd);
    each
}

/// Microseconds per actor.
pub(crate) async fn stop<C: Crowd>(actors: usize) -> f64 {
    let crowd = C::start(actors).await;
    let begin = Instant::now();
    crowd.stop().await;
    begin.elapsed().as_secs_f64() * 1e6 / actors as f64
}

/// Bytes by which the resident memory grows per actor, its handle included. Measured in a process that has done
/// nothing else: what was freed before would be used again.
pub(crate) async fn memory<C: Crowd>(actors: usize) -> f64 {
    let before = resident();
    let crowd = C::start(actors).await;
    let each = (resident() - before) / actors as f64;
    drop(crowd);
    each
}

/// Bare actors, linked to one parent as supervised ones are.
pub(crate) struct Ractors {
    crowd: Vec<(ActorRef<Nothing>, ractor::concurrency::JoinHandle<()>)>,
    _parent: ActorRef<Nothing>,
}

pub(crate) struct Nothing;
impl ractor::Message for Nothing {}

struct Idle;

impl Actor for Idle {
    type Msg = Nothing;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Nothing>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<Nothing>,
        _: ractor::SupervisionEvent,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        Ok(())
    }
}

impl Crowd for Ractors {
    async fn start(actors: usize) -> Self {
        let (parent, _) = Actor::spawn(None, Idle, ()).await.expect("it starts");
        let mut crowd = Vec::with_capacity(actors);
        for _ in 0..actors {
            crowd.push(Actor::spawn_linked(None, Idle, (), parent.get_cell()).await.expect("it starts"));
        }
        Self { crowd, _parent: parent }
    }

    /// One after the other, as a supervisor has to.
    async fn stop(self) {
        for (actor, ended) in self.crowd.into_iter().rev() {
            actor.stop(None);
            ended.await.expect("it does not panic");
        }
    }
}

/// Agents of one domain.
pub(crate) struct Agents(System);

impl Crowd for Agents {
    async fn start(actors: usize) -> Self {
        Self(smith_peer::system(u32::try_from(actors).expect("not so many")).await)
    }

    async fn stop(self) {
        self.0.stop().await;
    }
}

fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel counts pages");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number of kB") * 1024.0
}
