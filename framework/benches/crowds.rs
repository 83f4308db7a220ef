//! Starting and stopping many agents under one supervisor, beside bare ractor's actors under one parent: linear means
//! that the throughput is the same for every size.
//!
//! `cargo bench -p mistersmith --bench crowds` measures 1,000 and 10,000 of them, and with `CROWD=100000` before it
//! that many, too.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock itself")]
#![expect(dead_code, reason = "what is shared with the benches of peers is not all measured here")]

#[path = "../../tests/benches/ours/crowd.rs"]
mod crowd;
#[path = "../../tests/benches/ours/peer.rs"]
mod peer;
#[path = "../../tests/benches/ours/smith_peer.rs"]
mod smith_peer;

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use crowd::{Agents, Ractors};
use tokio::runtime::Builder;

/// The sizes to measure.
fn sizes() -> Vec<usize> {
    let wished = std::env::var("CROWD").ok().and_then(|number| number.parse().ok());
    [1_000, 10_000].into_iter().chain(wished).collect()
}

/// Measures `part` of the life of a crowd, which says how many microseconds an actor takes.
fn peer<F>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, size: usize, part: fn(usize) -> F)
where
    F: Future<Output = f64> + Send + 'static,
{
    group.throughput(Throughput::Elements(size as u64));
    group.bench_function(BenchmarkId::new(name, size), |bencher| {
        bencher.iter_custom(|count| {
            let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.expect("two threads can be started");
            let one = || runtime.block_on(runtime.spawn(part(size))).expect("it does not panic");
            let micros: f64 = (0..count).map(|_| one()).sum();
            Duration::from_secs_f64(micros * size as f64 / 1e6)
        });
    });
}

fn crowds(criterion: &mut Criterion) {
    for size in sizes() {
        let mut group = criterion.benchmark_group("start");
        group.sample_size(10);
        peer(&mut group, "ractor", size, crowd::spawn::<Ractors>);
        peer(&mut group, "mistersmith", size, crowd::spawn::<Agents>);
        group.finish();
        let mut group = criterion.benchmark_group("stop");
        group.sample_size(10);
        peer(&mut group, "ractor", size, crowd::stop::<Ractors>);
        peer(&mut group, "mistersmith", size, crowd::stop::<Agents>);
        group.finish();
    }
}

criterion_group!(benches, crowds);
criterion_main!(benches);
