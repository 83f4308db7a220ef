//! A hundred thousand idle actors: what one costs to spawn, to stop and to keep.

use crate::count;
use kameo::actor::{ActorRef, Spawn};
use kameo::error::Infallible;
use kameo::mailbox;
use kameo::prelude::Actor;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::sync::Notify;

const ACTORS: usize = 100_000;

/// Microseconds per actor, until every one has run its start hook.
pub async fn spawn(share: f64) -> f64 {
    let actors = count(ACTORS, share);
    let begin = Instant::now();
    let crowd = start(actors).await;
    let each = begin.elapsed().as_secs_f64() * 1e6 / actors as f64;
    drop(crowd);
    each
}

/// Microseconds per actor, until every one has ended.
pub async fn stop(share: f64) -> f64 {
    let actors = count(ACTORS, share);
    let crowd = start(actors).await;
    let begin = Instant::now();
    for idle in &crowd {
        idle.stop_gracefully().await.expect("an idle actor is alive");
    }
    for idle in &crowd {
        idle.wait_for_shutdown().await;
    }
    begin.elapsed().as_secs_f64() * 1e6 / actors as f64
}

/// Bytes by which the resident memory grows per actor, its handle included.
pub async fn memory(share: f64) -> f64 {
    let actors = count(ACTORS, share);
    let before = resident();
    let crowd = start(actors).await;
    let each = (resident() - before) / actors as f64;
    drop(crowd);
    each
}

async fn start(actors: usize) -> Vec<ActorRef<Idle>> {
    let left = Arc::new(Left { count: AtomicUsize::new(actors), none: Notify::new() });
    let spawn = |_| Idle::spawn_with_mailbox(left.clone(), mailbox::unbounded());
    let crowd = (0..actors).map(spawn).collect();
    left.none.notified().await;
    crowd
}

/// How many actors have not started yet.
struct Left {
    count: AtomicUsize,
    none: Notify,
}

struct Idle;

impl Actor for Idle {
    type Args = Arc<Left>;
    type Error = Infallible;

    async fn on_start(left: Arc<Left>, _: ActorRef<Self>) -> Result<Self, Infallible> {
        if left.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            left.none.notify_one();
        }
        Ok(Self)
    }
}

fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel counts pages");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number of kB") * 1024.0
}
