//! The workloads of supervision: what one supervisor with many children does when children crash, and what it costs
//! to start and stop them all.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::life::Life;

/// One supervisor and its children, of one peer.
pub(crate) trait Family: Sized + Send + Sync + 'static {
    /// Starts so many permanent children, none of which is ever restarted too often. May return before they run.
    fn start(strategy: Strategy, children: usize, life: Arc<Life>) -> impl Future<Output = Self> + Send;

    /// Tells a child to crash, and waits for nothing.
    fn crash(&self, child: usize, panics: bool);

    /// Whether the child, or its next incarnation, answers.
    fn answers(&self, child: usize) -> impl Future<Output = bool> + Send;

    /// Whether the next incarnation of a child that was told to crash answers. Who asks has to know it first, so it waits
    /// until that has started.
    fn next_answers(&self, child: usize, life: &Life) -> impl Future<Output = bool> + Send {
        async move {
            life.starts.done().await;
            self.answers(child).await
        }
    }

    /// Stops all of them. May return before they are gone.
    fn stop(self) -> impl Future<Output = ()> + Send;
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    OneForOne,
    OneForAll,
}

#[derive(Clone, Copy)]
pub(crate) enum Workload {
    /// Microseconds from the message that crashes one of so many to the reply of its next incarnation, the median.
    Restart { panics: bool, among: usize },
    /// Milliseconds from the message that crashes one of so many until all of them have started again, the median.
    OneForAll(usize),
    /// Microseconds for each of so many, until the last one has started.
    Start(usize),
    /// Microseconds for each of so many, until the last one is gone.
    Stop(usize),
    /// Microseconds for each of so many that are all told to crash, until the last one has started again.
    Deaths(usize),
}

/// Each with its name and its unit.
pub(crate) const WORKLOADS: [(&str, &str, Workload); 13] = [
    ("error_among_1", "us", Workload::Restart { panics: false, among: 1 }),
    ("error_among_1k", "us", Workload::Restart { panics: false, among: 1_000 }),
    ("error_among_100k", "us", Workload::Restart { panics: false, among: 100_000 }),
    ("panic_among_1", "us", Workload::Restart { panics: true, among: 1 }),
    ("panic_among_1k", "us", Workload::Restart { panics: true, among: 1_000 }),
    ("panic_among_100k", "us", Workload::Restart { panics: true, among: 100_000 }),
    ("one_for_all_1k", "ms", Workload::OneForAll(1_000)),
    ("start_children_10k", "us", Workload::Start(10_000)),
    ("start_children_100k", "us", Workload::Start(100_000)),
    ("stop_children_10k", "us", Workload::Stop(10_000)),
    ("stop_children_100k", "us", Workload::Stop(100_000)),
    ("deaths_1k", "us", Workload::Deaths(1_000)),
    ("deaths_10k", "us", Workload::Deaths(10_000)),
];

/// How long a workload may take.
const LIMIT: Duration = Duration::from_secs(60);
/// Not more, because Erlang looks through the restarts of the last second at each one; a share above 1, for a profile of
/// one peer alone, makes more.
const RESTARTS: usize = 150;
const WARM_UP: usize = 50;
/// For so long a child is asked before the first restart: a processor that has idled is several times slower to wake.
const WARM_UP_ASKS: Duration = Duration::from_millis(200);
const RESTARTS_OF_ALL: usize = 10;
/// Families of fewer children are not made smaller by a share.
const SMALL: usize = 1_000;

/// What was measured, or why there is no figure.
pub(crate) async fn measure<F: Family>(workload: Workload, share: f64) -> Result<f64, String> {
    let measured = async {
        match workload {
            Workload::Restart { panics, among } => restart::<F>(panics, size(among, share), share).await,
            Workload::OneForAll(children) => Ok(one_for_all::<F>(size(children, share), share).await),
            Workload::Start(children) => Ok(start::<F>(size(children, share)).await),
            Workload::Stop(children) => Ok(stop::<F>(size(children, share)).await),
            Workload::Deaths(children) => Ok(deaths::<F>(size(children, share)).await),
        }
    };
    let in_time = tokio::time::timeout(LIMIT, measured).await;
    in_time.unwrap_or_else(|_| Err(format!("not done after {} s", LIMIT.as_secs())))
}

async fn restart<F: Family>(panics: bool, among: usize, share: f64) -> Result<f64, String> {
    let (family, life) = running::<F>(Strategy::OneForOne, among).await;
    let child = among / 2;
    let began = Instant::now();
    while began.elapsed() < WARM_UP_ASKS {
        family.answers(child).await;
    }
    let mut samples = Vec::new();
    for _ in 0..WARM_UP + count(RESTARTS, share.max(1.0)) {
        life.starts.expect(1);
        let begin = Instant::now();
        family.crash(child, panics);
        if !family.next_answers(child, &life).await {
            return Err("started again, and did not answer".to_owned());
        }
        samples.push(begin.elapsed());
    }
    Ok(micros(median_of(samples.split_off(WARM_UP))))
}

async fn one_for_all<F: Family>(children: usize, share: f64) -> f64 {
    let (family, life) = running::<F>(Strategy::OneForAll, children).await;
    let mut samples = Vec::new();
    for _ in 0..1 + count(RESTARTS_OF_ALL, share) {
        life.starts.expect(children);
        let begin = Instant::now();
        family.crash(children / 2, false);
        life.starts.done().await;
        let mut took = begin.elapsed();
        // One that has started may have been stopped again, because another could not be started.
        while !all_answer(&family, children).await {
            took = begin.elapsed();
        }
        samples.push(took);
    }
    micros(median_of(samples.split_off(1))) / 1_000.0
}

async fn all_answer<F: Family>(family: &F, children: usize) -> bool {
    for child in 0..children {
        if !family.answers(child).await {
            tokio::task::yield_now().await;
            return false;
        }
    }
    true
}

async fn start<F: Family>(children: usize) -> f64 {
    let begin = Instant::now();
    let family = running::<F>(Strategy::OneForOne, children).await;
    let each = micros(begin.elapsed()) / children as f64;
    drop(family);
    each
}

async fn stop<F: Family>(children: usize) -> f64 {
    let (family, life) = running::<F>(Strategy::OneForOne, children).await;
    life.ends.expect(children);
    let begin = Instant::now();
    family.stop().await;
    life.ends.done().await;
    micros(begin.elapsed()) / children as f64
}

async fn deaths<F: Family>(children: usize) -> f64 {
    let (family, life) = running::<F>(Strategy::OneForOne, children).await;
    life.starts.expect(children);
    let begin = Instant::now();
    for child in 0..children {
        family.crash(child, false);
    }
    life.starts.done().await;
    micros(begin.elapsed()) / children as f64
}

/// A family of which every child has started.
async fn running<F: Family>(strategy: Strategy, children: usize) -> (F, Arc<Life>) {
    let life = Arc::new(Life::default());
    life.starts.expect(children);
    let family = F::start(strategy, children, Arc::clone(&life)).await;
    life.starts.done().await;
    (family, life)
}

fn size(full: usize, share: f64) -> usize {
    count(full, share).max(full.min(SMALL))
}

fn count(full: usize, share: f64) -> usize {
    ((full as f64 * share) as usize).max(1)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn median_of(mut samples: Vec<Duration>) -> Duration {
    samples.sort_unstable();
    samples[samples.len() / 2]
}
