//! A dynamic supervisor whose instances are scripted children: the script is what an instance is started from.

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, ChildState, ChildType, Dynamic, DynamicSpec, Flags, History, Instance, Restart,
    StartInstanceError, SupervisorSpec,
};
use mistersmith::testing::{PATIENCE, Play, Playing, Puppet, Scripted, Trace, settled};

use crate::sight::counts;

pub(crate) struct Pool {
    pub(crate) trace: Trace,
    pub(crate) clock: Clock,
    pub(crate) root: Dynamic<Scripted>,
}

/// A template of workers of this restart type.
pub(crate) fn template(restart: Restart) -> ChildSpec {
    ChildSpec::template("child", ChildType::Worker).restart(restart)
}

pub(crate) fn pool(flags: Flags, template: ChildSpec) -> DynamicSpec<Scripted> {
    SupervisorSpec::dynamic("root", flags).template(template, |child: &Scripted| child.clone())
}

impl Pool {
    pub(crate) async fn start(trace: &Trace, spec: DynamicSpec<Scripted>) -> Self {
        let clock = Clock::seeded(1);
        let root = Dynamic::start(spec, &clock, &History::default()).await.unwrap();
        Self { trace: trace.clone(), clock, root }
    }

    /// Starts an instance that is needed.
    pub(crate) async fn add(&self, child: &Scripted) -> Instance {
        self.try_add(child).await.unwrap().expect("it is needed")
    }

    pub(crate) async fn try_add(&self, child: &Scripted) -> Result<Option<Instance>, StartInstanceError> {
        self.root.start_child(child.clone()).await
    }

    /// What has happened since the last look, once everything has that can without time passing.
    pub(crate) async fn trace(&self) -> String {
        settled(&self.clock).await;
        self.trace.take()
    }

    /// As [`Pool::trace`], with the end of the supervisor.
    pub(crate) async fn trace_to_the_end(&self) -> String {
        let ended = self.clock.timeout(PATIENCE, self.root.supervisor().ended()).await;
        format!("{} SUP({})", self.trace.take(), ended.expect("the supervisor ends"))
    }

    pub(crate) async fn counts(&self) -> [usize; 4] {
        counts(self.root.supervisor()).await
    }

    /// The states of the instances in start order.
    pub(crate) async fn states(&self) -> Vec<ChildState> {
        let mut rows = self.root.which_children().await.unwrap();
        rows.reverse();
        rows.into_iter().map(|row| row.state).collect()
    }

    pub(crate) async fn stop(self) -> String {
        self.root.stop(Exit::Shutdown).await;
        self.trace.take()
    }
}

/// Runs, and answers a stop with this exit.
struct Answers(Exit);

impl Play for Answers {
    fn start<'a>(&'a self, _: &'a Clock) -> Playing<'a, Result<bool, Exit>> {
        Box::pin(async { Ok(true) })
    }

    fn stop<'a>(&'a self, _: Exit, _: &'a Clock) -> Playing<'a, Option<Exit>> {
        Box::pin(async { Some(self.0.clone()) })
    }

    fn ended(&self, _: Exit) {}
}

/// A child of this id that answers a stop with this exit.
pub(crate) fn answering(id: &str, exit: Exit) -> ChildSpec {
    Puppet::new(id, Answers(exit)).child()
}
