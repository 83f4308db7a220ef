//! Asking one actor: how long one ask takes, and how many a second when many ask at once.

use crate::worker::{Read, Worker};
use crate::{count, median_of};
use kameo::actor::ActorRef;
use std::time::Instant;

const SEQUENTIAL: usize = 200_000;
const CONCURRENT: usize = 640_000;

/// Nanoseconds; one reading of the clock per ask is included.
pub async fn median(share: f64) -> f64 {
    let worker = Worker::start();
    let asks = count(SEQUENTIAL, share);
    ask(worker.clone(), count(asks, 0.1)).await;
    let mut samples = Vec::with_capacity(asks);
    let mut before = Instant::now();
    for _ in 0..asks {
        worker.ask(Read).await.expect("the worker answers");
        let after = Instant::now();
        samples.push((after - before).as_nanos() as u64);
        before = after;
    }
    median_of(samples)
}

/// Asks per second of so many tasks, each of which asks one at a time.
pub async fn rate(callers: usize, share: f64) -> f64 {
    let worker = Worker::start();
    let each = count(CONCURRENT / callers, share);
    all_ask(&worker, callers, count(each, 0.2)).await;
    let begin = Instant::now();
    all_ask(&worker, callers, each).await;
    (callers * each) as f64 / begin.elapsed().as_secs_f64()
}

async fn all_ask(worker: &ActorRef<Worker>, callers: usize, each: usize) {
    let asking: Vec<_> = (0..callers).map(|_| tokio::spawn(ask(worker.clone(), each))).collect();
    for caller in asking {
        caller.await.expect("a caller does not panic");
    }
}

async fn ask(worker: ActorRef<Worker>, asks: usize) {
    for _ in 0..asks {
        worker.ask(Read).await.expect("the worker answers");
    }
}
