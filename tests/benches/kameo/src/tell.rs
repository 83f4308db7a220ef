//! Messages per second from the first send to the reply of an ask sent after the last.

use crate::count;
use crate::worker::{Read, Worker};
use kameo::actor::ActorRef;
use std::time::Instant;

const MESSAGES: usize = 1_000_000;
const REPETITIONS: usize = 2;

pub async fn rate(producers: usize, share: f64) -> f64 {
    let each = count(MESSAGES / producers, share);
    let worker = Worker::start();
    flood(&worker, producers, count(each, 0.2)).await;
    let begin = Instant::now();
    for _ in 0..REPETITIONS {
        flood(&worker, producers, each).await;
    }
    (REPETITIONS * producers * each) as f64 / begin.elapsed().as_secs_f64()
}

/// Every producer sends its messages; then all of them have been handled.
async fn flood(worker: &ActorRef<Worker>, producers: usize, each: usize) {
    let before = worker.ask(Read).await.expect("the worker answers");
    let producing: Vec<_> = (0..producers).map(|_| tokio::spawn(produce(worker.clone(), each))).collect();
    for producer in producing {
        producer.await.expect("a producer does not panic");
    }
    let after = worker.ask(Read).await.expect("the worker answers");
    assert_eq!(after - before, (producers * each) as u64, "a message was lost");
}

async fn produce(worker: ActorRef<Worker>, messages: usize) {
    for _ in 0..messages {
        worker.tell(1_u64).send().await.expect("the worker is alive");
    }
}
