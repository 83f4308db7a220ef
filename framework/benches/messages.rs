//! Telling and asking one agent, beside bare ractor of the same features and the bare trial of the mailbox.
//!
//! `cargo bench -p mistersmith --bench messages`; ratios and what they mean are in `docs/performance.md`. The
//! workloads are those that `tests/benches` runs with kameo and Erlang beside.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock and spawns its producers itself")]

#[path = "../../tests/benches/ours/floor.rs"]
mod floor;
#[path = "../../tests/benches/ours/peer.rs"]
mod peer;
#[path = "../../tests/benches/ours/ractor_peer.rs"]
mod ractor_peer;
#[path = "../../tests/benches/ours/smith_peer.rs"]
mod smith_peer;

use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use peer::Adder;
use tokio::runtime::Runtime;

/// Messages of one sample.
const MESSAGES: u64 = 20_000;

fn runtime() -> Runtime {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    built.expect("two threads can be started")
}

/// How long `rounds` take in which `tasks` tasks send or ask their share of the messages.
async fn rounds<A: Adder>(worker: A, rounds: u64, tasks: u64, asks: bool) -> Duration {
    let begin = Instant::now();
    for _ in 0..rounds {
        let work = |worker: A| async move {
            for _ in 0..MESSAGES / tasks {
                if asks {
                    worker.ask().await;
                } else {
                    worker.tell().await;
                }
            }
        };
        let tasks: Vec<_> = (0..tasks).map(|_| tokio::spawn(work(worker.clone()))).collect();
        for task in tasks {
            task.await.expect("it does not panic");
        }
        worker.ask().await;
    }
    begin.elapsed()
}

fn peer<A: Adder>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, tasks: u64, asks: bool) {
    let runtime = runtime();
    let worker = runtime.block_on(runtime.spawn(A::start())).expect("it starts");
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|count| {
            let measured = runtime.spawn(rounds(worker.clone(), count, tasks, asks));
            runtime.block_on(measured).expect("it does not panic")
        });
    });
}

fn messages(criterion: &mut Criterion) {
    for (name, tasks, asks) in
        [("tell_1", 1, false), ("tell_4", 4, false), ("ask_1", 1, true), ("ask_64", 64, true)]
    {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(MESSAGES)).sample_size(20);
        peer::<floor::Worker>(&mut group, "floor", tasks, asks);
        peer::<ractor_peer::Worker>(&mut group, "ractor", tasks, asks);
        peer::<smith_peer::Worker>(&mut group, "mistersmith", tasks, asks);
    }
}

criterion_group!(benches, messages);
criterion_main!(benches);
