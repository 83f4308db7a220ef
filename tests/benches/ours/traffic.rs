//! Telling and asking one actor.

use std::time::Instant;

use crate::peer::Adder;
use crate::{count, median_of};

const MESSAGES: usize = 1_000_000;
const REPETITIONS: usize = 2;
const SEQUENTIAL: usize = 200_000;
const CONCURRENT: usize = 640_000;

/// Messages per second from the first send to the reply of an ask sent after the last.
pub(crate) async fn tells<A: Adder>(producers: usize, share: f64) -> f64 {
    let each = count(MESSAGES / producers, share);
    let worker = A::start().await;
    flood(&worker, producers, count(each, 0.2)).await;
    let begin = Instant::now();
    for _ in 0..REPETITIONS {
        flood(&worker, producers, each).await;
    }
    (REPETITIONS * producers * each) as f64 / begin.elapsed().as_secs_f64()
}

async fn flood<A: Adder>(worker: &A, producers: usize, each: usize) {
    let before = worker.ask().await;
    let produce = |worker: A| async move {
        for _ in 0..each {
            worker.tell().await;
        }
    };
    let producing: Vec<_> = (0..producers).map(|_| tokio::spawn(produce(worker.clone()))).collect();
    for producer in producing {
        producer.await.expect("a producer does not panic");
    }
    assert_eq!(worker.ask().await - before, (producers * each) as u64, "a message was lost");
}

/// Nanoseconds of one ask; one reading of the clock is included.
pub(crate) async fn ask_median<A: Adder>(share: f64) -> f64 {
    let worker = A::start().await;
    let asks = count(SEQUENTIAL, share);
    for _ in 0..count(asks, 0.1) {
        worker.ask().await;
    }
    let mut samples = Vec::with_capacity(asks);
    let mut before = Instant::now();
    for _ in 0..asks {
        worker.ask().await;
        let after = Instant::now();
        samples.push((after - before).as_nanos() as u64);
        before = after;
    }
    median_of(samples)
}

/// Asks per second of so many tasks, each of which asks one at a time.
pub(crate) async fn asks<A: Adder>(callers: usize, share: f64) -> f64 {
    let worker = A::start().await;
    let each = count(CONCURRENT / callers, share);
    all_ask(&worker, callers, count(each, 0.2)).await;
    let begin = Instant::now();
    all_ask(&worker, callers, each).await;
    (callers * each) as f64 / begin.elapsed().as_secs_f64()
}

async fn all_ask<A: Adder>(worker: &A, callers: usize, each: usize) {
    let ask = |worker: A| async move {
        for _ in 0..each {
            worker.ask().await;
        }
    };
    let asking: Vec<_> = (0..callers).map(|_| tokio::spawn(ask(worker.clone()))).collect();
    for caller in asking {
        caller.await.expect("a caller does not panic");
    }
}
