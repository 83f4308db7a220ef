//! A supervisor with scripted children, and short ways to say what happens to it.

use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, ChildState, Flags, History, Restart, Strategy, Supervisor, SupervisorSpec,
};
use mistersmith::testing::{PATIENCE, Scripted, Trace, settled};

pub(crate) use mistersmith::supervisor::AutoShutdown;
pub(crate) use mistersmith::supervisor::Strategy::{OneForAll, OneForOne, RestForOne};
pub(crate) use mistersmith::testing::{OnStart, OnStop};

pub(crate) struct Tree {
    pub(crate) trace: Trace,
    pub(crate) clock: Clock,
    pub(crate) history: History,
    pub(crate) root: Supervisor,
}

/// What a tree is made of: the trace that its children share.
pub(crate) fn children<const N: usize>(ids: [&str; N]) -> (Trace, [Scripted; N]) {
    let trace = Trace::new();
    let children = ids.map(|id| Scripted::worker(id, &trace));
    (trace, children)
}

pub(crate) fn temporary(child: &Scripted) -> ChildSpec {
    child.child().restart(Restart::Temporary)
}

pub(crate) fn transient(child: &Scripted) -> ChildSpec {
    child.child().restart(Restart::Transient)
}

pub(crate) fn flags(strategy: Strategy, restarts: u32) -> Flags {
    Flags::new(strategy, restarts, 5)
}

pub(crate) fn spec<'a>(
    name: &str,
    flags: Flags,
    children: impl IntoIterator<Item = &'a ChildSpec>,
) -> SupervisorSpec {
    children.into_iter().cloned().fold(SupervisorSpec::new(name, flags), SupervisorSpec::child)
}

pub(crate) fn always() -> impl Iterator<Item = OnStart> {
    std::iter::repeat_n(OnStart::Error("nope".to_owned()), 1_000)
}

pub(crate) fn once() -> [OnStart; 1] {
    [OnStart::Error("nope".to_owned())]
}

pub(crate) fn run() -> OnStart {
    OnStart::Run
}

impl Tree {
    /// Starts it, and forgets what that looked like.
    pub(crate) async fn start(trace: &Trace, flags: Flags, children: &[ChildSpec]) -> Self {
        let (clock, history) = (Clock::seeded(1), History::default());
        let root = Supervisor::start(spec("root", flags, children), &clock, &history).await.unwrap();
        let _ = trace.take();
        Self { trace: trace.clone(), clock, history, root }
    }

    /// What has happened since the last look, once everything has that can without time passing.
    pub(crate) async fn trace(&self) -> String {
        settled(&self.clock).await;
        self.trace.take()
    }

    /// As [`Tree::trace`], with the end of the root; a root that does not end fails the test.
    pub(crate) async fn trace_to_the_end(&self) -> String {
        let ended = self.clock.timeout(PATIENCE, self.root.ended()).await;
        let exit = ended.unwrap_or_else(|_| panic!("the root does not end: {}", self.trace.take()));
        format!("{} SUP({exit})", self.trace.take())
    }

    /// The children in start order, those that do not run with their state: `a b=down`.
    pub(crate) async fn list(&self) -> String {
        let mut children = self.root.which_children().await.unwrap();
        children.reverse(); // they come as Erlang's, the last one first
        let words = children.iter().map(|child| match child.state {
            ChildState::Running => child.id.to_string(),
            ChildState::Down => format!("{}=down", child.id),
            ChildState::Restarting => format!("{}=restarting", child.id),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    pub(crate) async fn budget_left(&self) -> u32 {
        self.root.tree().budget_left.unwrap()
    }

    pub(crate) async fn pass(&self, millis: u64) {
        self.clock.sleep(Duration::from_millis(millis)).await;
    }

    pub(crate) async fn stop(self) -> String {
        self.root.stop(Exit::Shutdown).await;
        self.trace.take()
    }
}
