//! A running supervisor, as others hold it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::board::Board;
use super::call::{ChildStatus, Counts, Started};
use super::call_error::{
    ChildSpecError, ChildrenError, DeleteChildError, RestartChildError, StartChildError, TerminateChildError,
    Unanswered, UpgradeError,
};
use super::children::{Child, Key, State};
use super::front::{Front, Seed};
use super::left::Below;
use super::past::Recorder;
use super::queue::{Call, Item, Queue, Reply};
use super::start::{Launched, Under};
use super::stopping::KILL_WAIT;
use super::supervisor_spec::Current;
use super::{Budget, ChildId, ChildSpec, Flags, History, SupervisorSpec};
use crate::clock::Clock;
use crate::engine::{self, Launch, Myself, Process, Stopper};
use crate::exit::Exit;

/// A running supervisor. Cheap to clone; dropping it stops nothing.
#[derive(Clone)]
pub struct Supervisor {
    queue: Queue,
    pub(super) board: Arc<Board>,
    pub(super) process: Process,
    pub(super) clock: Clock,
    path: Arc<str>,
}

impl Supervisor {
    /// Starts a supervisor that has no parent, and all its children. Returns when the last one is up.
    ///
    /// # Errors
    /// How it ended, if it could not come up: [`Exit::NotStarted`] names the child. Those that were started
    /// before it have been stopped again.
    ///
    /// # Cancel safety
    /// Dropping the future kills what was started.
    pub async fn start(spec: SupervisorSpec, clock: &Clock, history: &History) -> Result<Self, Exit> {
        let path = Arc::from(spec.name.as_str());
        match Self::launch(Current::new(spec), clock.clone(), history.clone(), path, None).await? {
            Launched { supervisor: Some(supervisor), .. } => Ok(supervisor),
            Launched { .. } => Err(Exit::Normal),
        }
    }

    /// Starts a supervisor as a child of another.
    pub(super) async fn launch_below(current: Current, under: &Under) -> Result<Launched, Exit> {
        let path = Arc::from(format!("{}/{}", under.path, under.child));
        Self::launch(current, under.clock.clone(), under.history.clone(), path, Some(under)).await
    }

    async fn launch(
        current: Current,
        clock: Clock,
        history: History,
        path: Arc<str>,
        under: Option<&Under>,
    ) -> Result<Launched, Exit> {
        let (queue, items) = Queue::new();
        let board = Board::new(&current.get(), Recorder::new(&history, &clock, &path));
        let seed = Seed {
            current,
            board: Arc::clone(&board),
            queue: queue.clone(),
            items,
            clock: clock.clone(),
            history,
            path: Arc::clone(&path),
            is_root: under.is_none(),
            cause: under.and_then(|under| under.cause),
        };
        let stop = stopper(&queue);
        if let Some(under) = under {
            under.board.attempts_below(Below { board: Arc::clone(&board), path: Arc::clone(&path) });
        }
        let launch = match under {
            Some(under) => engine::start::<Front>(&under.parent, seed, Some(stop)).await?,
            None => engine::start_root::<Front>(seed, Some(stop)).await?,
        };
        let supervisor = match &launch {
            Launch::Running(process) => Some(Self { queue, board, process: process.clone(), clock, path }),
            Launch::Ignored => None,
        };
        Ok(Launched { launch, supervisor })
    }

    /// One that begins: what it is asked waits in its queue until it is up.
    pub(super) fn beginning(seed: &Seed, myself: &Myself) -> Self {
        Self {
            queue: seed.queue.clone(),
            board: Arc::clone(&seed.board),
            process: myself.process(stopper(&seed.queue)),
            clock: seed.clock.clone(),
            path: Arc::clone(&seed.path),
        }
    }

    /// Its path from the root.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its flags.
    #[must_use]
    pub fn flags(&self) -> Flags {
        self.board.flags()
    }

    /// Whether it is dynamic: its children are instances, served through [`Dynamic`](super::Dynamic).
    #[must_use]
    pub fn is_dynamic(&self) -> bool {
        self.board.is_dynamic()
    }

    /// Adds a child at the end, and starts it.
    ///
    /// # Errors
    /// When the specification is wrong, its id is taken, or the child does not start; nothing is kept then.
    ///
    /// # Cancel safety
    /// What was asked is done, whether or not somebody waits for the answer. So it is with all calls.
    pub async fn start_child(&self, spec: ChildSpec) -> Result<Started, StartChildError> {
        self.start_shared(Arc::new(spec)).await
    }

    /// As [`Supervisor::start_child`], for a specification that others hold too.
    pub(crate) async fn start_shared(&self, spec: Arc<ChildSpec>) -> Result<Started, StartChildError> {
        let call = |reply| Call::StartChild(spec, reply);
        self.call(call).await?
    }

    /// Stops a child by its shutdown policy and returns when it is gone. A temporary child is forgotten, any
    /// other stays, down.
    ///
    /// # Errors
    /// When there is no such child.
    ///
    /// # Cancel safety
    /// As [`Supervisor::start_child`].
    pub async fn terminate_child(&self, id: impl Into<ChildId>) -> Result<(), TerminateChildError> {
        let call = |reply| Call::TerminateChild(id.into(), reply);
        self.call(call).await?
    }

    /// Starts a child that is down, once.
    ///
    /// # Errors
    /// When it is not down, or does not start.
    ///
    /// # Cancel safety
    /// As [`Supervisor::start_child`].
    pub async fn restart_child(&self, id: impl Into<ChildId>) -> Result<Started, RestartChildError> {
        let call = |reply| Call::RestartChild(id.into(), reply);
        self.call(call).await?
    }

    /// Forgets a child that is down.
    ///
    /// # Errors
    /// When it is not down.
    ///
    /// # Cancel safety
    /// As [`Supervisor::start_child`].
    pub async fn delete_child(&self, id: impl Into<ChildId>) -> Result<(), DeleteChildError> {
        let call = |reply| Call::DeleteChild(id.into(), reply);
        self.call(call).await?
    }

    /// The specification of a child.
    ///
    /// # Errors
    /// When there is no such child.
    ///
    /// # Cancel safety
    /// Nothing is changed by it.
    pub async fn child_spec(&self, id: impl Into<ChildId>) -> Result<Arc<ChildSpec>, ChildSpecError> {
        let spec = self.call(|reply| Call::GetChildSpec(id.into(), reply)).await?;
        spec.ok_or(ChildSpecError::NotFound)
    }

    /// All children, newest first, as Erlang lists them.
    ///
    /// # Errors
    /// When the supervisor has ended.
    ///
    /// # Cancel safety
    /// As [`Supervisor::child_spec`].
    pub async fn which_children(&self) -> Result<Vec<ChildStatus>, ChildrenError> {
        Ok(self.call(Call::WhichChildren).await?)
    }

    /// How many children there are.
    ///
    /// # Errors
    /// When the supervisor has ended.
    ///
    /// # Cancel safety
    /// As [`Supervisor::child_spec`].
    pub async fn count_children(&self) -> Result<Counts, ChildrenError> {
        Ok(self.call(Call::CountChildren).await?)
    }

    /// Takes a new specification while it runs (Erlang's code change). No process is started or stopped: new flags
    /// hold from now on; a known child has its new specification and keeps its process; a new child is down until
    /// [`Supervisor::restart_child`] or a restart of its group starts it; a child that is missing runs on under its
    /// old specification, behind all others. The restarts that were counted stay counted. A dynamic supervisor takes
    /// a new limit and a new template: its instances keep their arguments.
    ///
    /// When its own supervisor restarts it, it starts from the new specification. So it must have the same name.
    ///
    /// # Errors
    /// Everything that is wrong with the new specification, in itself or for this supervisor; nothing has changed
    /// then.
    ///
    /// # Cancel safety
    /// As [`Supervisor::start_child`].
    pub async fn upgrade(&self, spec: impl Into<SupervisorSpec>) -> Result<(), UpgradeError> {
        let call = |reply| Call::Upgrade(Box::new(spec.into()), reply);
        self.call(call).await?
    }

    /// Asks it to stop all its children in reverse order and to end with `reason`, and waits until everything is
    /// gone. Returns how it ended.
    ///
    /// # Cancel safety
    /// It stops, whether or not somebody waits.
    pub async fn stop(&self, reason: Exit) -> Exit {
        self.process.ask_stop_with(reason);
        self.ended().await
    }

    /// Kills it and everything below it, also one that has not come up yet. Returns at once.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Waits until it and everything below it are gone; returns how it ended. A process below it that was killed
    /// and does not yield is waited for 5 s. Cancel safe.
    pub async fn ended(&self) -> Exit {
        self.process.ended().await;
        // What does not yield is reported as an orphan; nobody waits for it for ever, and for nobody twice.
        if !self.as_below().has_only_orphans() {
            let _ = self.clock.timeout(KILL_WAIT, self.process.gone()).await;
        }
        self.process.exit().unwrap_or(Exit::Killed)
    }

    /// The child supervisor of this id, if it runs. Waits for nobody.
    #[must_use]
    pub fn child(&self, id: impl Into<ChildId>) -> Option<Self> {
        match &self.board.children().find(&id.into())?.1.state {
            State::Running(running) => running.supervisor.as_deref().cloned(),
            State::Down | State::Restarting => None,
        }
    }

    /// What a dry run begins with: the flags, what is left of the budget, and the children.
    pub(super) fn standing(&self) -> (Flags, Budget, Vec<(Key, Child)>) {
        let budget = self.board.budget().clone();
        let children = self.board.children();
        let children = if children.is_over() {
            Vec::new()
        } else {
            children.iter().map(|(key, child)| (key, child.clone())).collect()
        };
        (self.board.flags(), budget, children)
    }

    /// Where to look for what is left of it, once it has ended.
    pub(super) fn as_below(&self) -> Below {
        Below { board: Arc::clone(&self.board), path: self.shared_path() }
    }

    /// Who writes down what becomes of its children.
    pub(super) fn recorder(&self) -> Recorder {
        self.board.children().recorder().clone()
    }

    pub(super) fn shared_path(&self) -> Arc<str> {
        Arc::clone(&self.path)
    }

    /// The time on its clock.
    pub(super) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// The event with which it gave up or shut itself down.
    pub(super) fn end_event(&self) -> Option<u64> {
        *self.board.end_event()
    }

    /// It is going to be stopped because of this event, unless it has ended by its own decision.
    pub(super) fn stops_because(&self, cause: Option<u64>) {
        let mut end_event = self.board.end_event();
        *end_event = end_event.or(cause);
    }

    /// When it had come up, on its clock.
    pub(super) fn came_up(&self) -> Option<Duration> {
        self.board.came_up()
    }

    /// Asks, and does not wait for the answer; whether anybody was there to ask.
    pub(super) fn ask<T>(&self, call: impl FnOnce(Reply<T>) -> Call) -> (oneshot::Receiver<T>, bool) {
        let (reply, answer) = oneshot::channel();
        let accepted = self.queue.push(Item::Call(call(reply)));
        (answer, accepted)
    }

    /// Asks, and waits for the answer: without limit, as in Erlang.
    pub(super) async fn call<T>(&self, call: impl FnOnce(Reply<T>) -> Call) -> Result<T, Unanswered> {
        let (answer, accepted) = self.ask(call);
        if !accepted {
            return Err(Unanswered::Gone);
        }
        match answer.await {
            Ok(answer) => Ok(answer),
            Err(_) => Err(Unanswered::Ended(self.ended().await)),
        }
    }
}

/// Asking a supervisor to stop is one thing in its queue among others.
fn stopper(queue: &Queue) -> Stopper {
    let queue = queue.clone();
    Arc::new(move |reason| {
        // Nobody serves any more when it has stopped already.
        let _ = queue.push(Item::Stop(reason));
    })
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Supervisor({})", self.path)
    }
}
