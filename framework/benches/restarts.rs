//! From the message that crashes a supervised agent to the reply of its next incarnation, beside a hand-written
//! supervisor of bare ractor that starts its child anew at once.
//!
//! `cargo bench -p mistersmith --bench restarts`; ours awaits the end of the old subtree, registers the agent and
//! keeps the history, and the queue survives. Unset `RUST_BACKTRACE`, or panics are measured with a backtrace.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock itself")]
#![expect(dead_code, reason = "what is shared with the benches of peers is not all measured here")]

#[path = "../../tests/benches/ours/peer.rs"]
mod peer;
#[path = "../../tests/benches/ours/restart.rs"]
mod restart;
#[path = "../../tests/benches/ours/smith_peer.rs"]
mod smith_peer;

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("two threads can be started")
}

/// Measures restarts of which each took so many nanoseconds.
fn peer<S>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, restarts: impl Fn(usize) -> S)
where
    S: Future<Output = Vec<u64>> + Send + 'static,
{
    let runtime = runtime();
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|count| {
            let restarts = restarts(usize::try_from(count).expect("not so many"));
            let nanos = runtime.block_on(runtime.spawn(restarts)).expect("it does not panic");
            Duration::from_nanos(nanos.iter().sum())
        });
    });
}

fn restarts(criterion: &mut Criterion) {
    std::panic::set_hook(Box::new(|_| {})); // printing is not what is measured
    for (name, panics) in [("restart_error", false), ("restart_panic", true)] {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(20);
        peer(&mut group, "ractor", |count| restart::ractor(panics, count));
        peer(&mut group, "mistersmith", |count| restart::mistersmith(panics, count));
    }
}

criterion_group!(benches, restarts);
criterion_main!(benches);
