//! Dynamic supervisors: instances come and go, nobody else is touched, and all are stopped at once.

mod instances;
mod restarts;
mod whole;

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, ChildType, Dynamic, DynamicSpec, History, Instance, Restart, SupervisorSpec,
};
use mistersmith::testing::{Scripted, Trace, settled};

use crate::tree::{OneForOne, flags};

pub(crate) struct Pool {
    pub(crate) trace: Trace,
    pub(crate) clock: Clock,
    pub(crate) history: History,
    pub(crate) pool: Dynamic<Scripted>,
}

/// Instances of a template are what the arguments are: a scripted child.
pub(crate) fn of(template: ChildSpec, restarts: u32) -> DynamicSpec<Scripted> {
    SupervisorSpec::dynamic("pool", flags(OneForOne, restarts)).template(template, Scripted::clone)
}

pub(crate) fn template(restart: Restart) -> ChildSpec {
    ChildSpec::template("worker", ChildType::Worker).restart(restart)
}

impl Pool {
    pub(crate) async fn start(trace: &Trace, spec: DynamicSpec<Scripted>) -> Self {
        let (clock, history) = (Clock::seeded(1), History::default());
        let pool = Dynamic::start(spec, &clock, &history).await.unwrap();
        Self { trace: trace.clone(), clock, history, pool }
    }

    /// Starts all of them, and forgets what that looked like.
    pub(crate) async fn add<const N: usize>(&self, children: [&Scripted; N]) -> [Instance; N] {
        let mut instances = Vec::new();
        for child in children {
            instances.push(self.pool.start_child(child.clone()).await.unwrap().unwrap());
        }
        let _ = self.trace.take();
        instances.try_into().unwrap()
    }

    pub(crate) async fn trace(&self) -> String {
        settled(&self.clock).await;
        self.trace.take()
    }

    pub(crate) async fn trace_to_the_end(&self) -> String {
        let exit = self.pool.supervisor().ended().await;
        format!("{} SUP({exit})", self.trace.take())
    }

    pub(crate) async fn counts(&self) -> (usize, usize) {
        let counts = self.pool.count_children().await.unwrap();
        (counts.specs, counts.active)
    }

    /// Stops it; the words in alphabetical order, because all are stopped at once.
    pub(crate) async fn stop(self) -> String {
        self.pool.stop(Exit::Shutdown).await;
        sorted(&self.trace.take())
    }
}

pub(crate) fn sorted(words: &str) -> String {
    let mut words: Vec<_> = words.split(' ').collect();
    words.sort_unstable();
    words.join(" ")
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
