//! The process behind a supervisor: serves its queue and carries out what is decided elsewhere.
//!
//! It is one process because starting and stopping children must not overlap; everything it decides is decided by
//! pure functions ([`verdict`](super::verdict), [`plan`](super::plan), [`Budget`](super::Budget)).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::board::Board;
use super::children::{Place, State};
use super::history::{Decision, Names, What};
use super::queue::{Item, Queue};
use super::spec::{ChildSpec, Running, SupervisorSpec, Under};
use super::standing::Standing;
use super::verdict::shuts_down;
use super::{ChildId, Plan, Restart, Shutdown, Started, Strategy, Verdict, plan, verdict};
use crate::engine::{Launch, Process, ProcessId};
use crate::exit::Exit;

/// How long a killed process may take until it is reported as an orphan.
pub(super) const KILL_WAIT: Duration = Duration::from_secs(5);

/// The keeper of one supervisor's children.
pub(super) struct Keeper {
    pub(super) board: Arc<Board>,
    pub(super) under: Under,
    pub(super) items: mpsc::UnboundedReceiver<Item>,
    pub(super) queue: Queue,
    pub(super) standing: Standing,
}

/// A keeper that is dropped in the middle of its work was killed, or panicked: so are the children.
impl Drop for Keeper {
    fn drop(&mut self) {
        for (_, child) in self.board.children().iter() {
            if let State::Running(running) = &child.state {
                running.process.kill();
            }
        }
    }
}

/// Whether to serve on.
pub(super) type Flow = std::ops::ControlFlow<Exit>;

impl Keeper {
    /// Starts all children in order. The first failure stops those that were started, in reverse order, and is
    /// returned; nothing is tried again.
    pub(super) async fn come_up(&mut self, spec: SupervisorSpec) -> Result<(), Exit> {
        let mut problems = spec.check().into_iter();
        if let Some(problem) = problems.next() {
            let text = problems.fold(problem.to_string(), |text, next| format!("{text}; {next}"));
            return Err(Exit::error(anyhow::anyhow!(text)));
        }
        for child in spec.children {
            let (id, restart) = (child.id.clone(), child.restart);
            let place = self.board.children().push(child);
            match self.start(place).await {
                Ok(Started::Ignored) if restart == Restart::Temporary => self.forget(place),
                Ok(_) => {}
                Err(cause) => {
                    let exit = Exit::NotStarted { child: id.to_string(), cause: Arc::new(cause) };
                    self.record(None, What::NotStarted { exit: exit.clone() });
                    self.stop_all().await;
                    return Err(exit);
                }
            }
        }
        let children = self.board.children().len();
        self.record(None, What::Up { children });
        Ok(())
    }

    /// Serves the queue until the supervisor ends; returns how.
    pub(super) async fn serve(mut self) -> Exit {
        while let Some(item) = self.items.recv().await {
            let flow = match item {
                Item::Exit(process, exit) => self.ended(process, exit).await,
                Item::Retry(place, cause) => self.retry(place, cause).await,
                Item::Call(call) => {
                    self.answer(call).await;
                    Flow::Continue(())
                }
                Item::Stop(reason) => Flow::Break(reason),
            };
            if let Flow::Break(reason) = flow {
                self.stop_all().await;
                self.record(None, What::Stopped { reason: reason.clone() });
                return reason;
            }
        }
        Exit::Shutdown
    }

    /// A process ended by itself. One that is nobody's any more was stopped by us, or replaced: not looked at.
    async fn ended(&mut self, process: ProcessId, exit: Exit) -> Flow {
        let Some(place) = self.board.children().of_process(process) else { return Flow::Continue(()) };
        if matches!(exit, Exit::Killed) {
            self.standing.confirmed().await;
        }
        let Some(running) = self.board.children().ended(place, Some(exit.clone())) else {
            return Flow::Continue(());
        };
        self.await_gone(place, &running.process).await;
        let cause = running.supervisor.as_ref().and_then(|below| below.end_event());
        let Some(spec) = self.spec(place) else { return Flow::Continue(()) };
        match verdict(spec.restart, &exit) {
            Verdict::Restart => self.restart(place, &spec.id, exit, false, cause).await,
            verdict => self.ended_for_good(place, &spec, exit, verdict, cause),
        }
    }

    fn ended_for_good(
        &mut self,
        place: Place,
        spec: &ChildSpec,
        exit: Exit,
        verdict: Verdict,
        cause: Option<u64>,
    ) -> Flow {
        spec.start.retire();
        if verdict == Verdict::Forget {
            self.forget(place);
        }
        let event = self.decided(
            Decision {
                child: spec.id.clone(),
                occupant: spec.start.occupant(),
                exit: exit.clone(),
                retry: false,
                verdict,
                stopped: Names::default(),
                forgotten: Names::default(),
                started: Names::default(),
                failed: None,
                budget_left: self.budget_left(),
                took: Duration::ZERO,
            },
            cause,
        );
        let others_up = self.board.children().significant_up();
        if !shuts_down(self.board.flags.auto_shutdown, spec.significant, others_up) {
            return Flow::Continue(());
        }
        self.end_because(What::AutoShutdown { child: spec.id.clone(), exit }, Some(event))
    }

    /// A further attempt, if the child still waits for one.
    async fn retry(&mut self, place: Place, cause: u64) -> Flow {
        let waiting = self.board.children().get(place).and_then(|child| {
            let exit = child.last_exit.as_deref().cloned().unwrap_or(Exit::Killed);
            matches!(child.state, State::Restarting).then(|| (child.spec.id.clone(), exit))
        });
        match waiting {
            Some((id, exit)) => self.restart(place, &id, exit, true, Some(cause)).await,
            None => Flow::Continue(()),
        }
    }

    /// Restarts the child with those that the strategy names, if the budget allows.
    async fn restart(
        &mut self,
        place: Place,
        child: &ChildId,
        exit: Exit,
        retry: bool,
        cause: Option<u64>,
    ) -> Flow {
        let began = self.under.clock.now();
        if !self.board.budget().spend(began) {
            self.board.children().ended(place, None);
            return self.end_because(What::GaveUp { child: child.clone(), exit }, cause);
        }
        let occupant = self.spec(place).and_then(|spec| spec.start.occupant());
        let plan = match self.board.flags.strategy {
            Strategy::OneForOne => Plan::of_one(place),
            strategy => plan(strategy, place, self.board.children().members()),
        };
        let (mut stopped, mut forgotten, mut started) = <(Names, Names, Names)>::default();
        for place in plan.stop {
            stopped.push(self.stop(place).await);
        }
        for place in plan.forget {
            let spec = self.spec(place);
            self.forget(place);
            if let Some(spec) = spec {
                spec.start.retire();
                forgotten.push(spec.id.clone());
            }
        }
        let mut failed = None;
        for place in plan.start {
            let Some(spec) = self.spec(place) else { continue };
            match self.start(place).await {
                Ok(Started::Running) => {
                    self.board.children().count_restart(place);
                    started.push(spec.id.clone());
                }
                Ok(Started::Ignored) => {
                    self.board.children().ended(place, None);
                    spec.start.retire();
                }
                Err(exit) => {
                    self.board.children().restarting(place, exit);
                    failed = Some((place, spec.id.clone()));
                    break;
                }
            }
        }
        let (budget_left, took) = (self.budget_left(), self.under.clock.now() - began);
        let (child, verdict) = (child.clone(), Verdict::Restart);
        let (again, failed) = failed.unzip();
        let decision = Decision {
            child,
            occupant,
            exit,
            retry,
            verdict,
            stopped,
            forgotten,
            started,
            failed,
            budget_left,
            took,
        };
        let event = self.decided(decision, cause);
        if let Some(place) = again {
            self.queue.push(Item::Retry(place, event));
        }
        Flow::Continue(())
    }

    /// Ends the supervisor by its own decision: a polite exit for its parent.
    fn end_because(&mut self, what: What, cause: Option<u64>) -> Flow {
        let event = self.record(cause, what);
        *self.board.end_event() = Some(event);
        Flow::Break(Exit::Shutdown)
    }

    /// Starts a child at its place, once.
    pub(super) async fn start(&mut self, place: Place) -> Result<Started, Exit> {
        let Some(spec) = self.spec(place) else { return Ok(Started::Ignored) };
        let starting = spec.start.start(&self.under);
        let launched = match spec.start_timeout {
            None => starting.await,
            Some(limit) => self.under.clock.timeout(limit, starting).await.unwrap_or_else(|elapsed| {
                Err(Exit::error(anyhow::Error::new(elapsed).context("its start took too long")))
            }),
        }?;
        let Launch::Running(process) = launched.launch else { return Ok(Started::Ignored) };
        let since = self.under.clock.now();
        let running = Running { process, supervisor: launched.supervisor.map(Box::new), since };
        self.board.children().started(place, running);
        Ok(Started::Running)
    }

    /// Stops a child by its shutdown policy and waits for the end of everything below it; returns its id.
    pub(super) async fn stop(&mut self, place: Place) -> ChildId {
        let ended = self.board.children().ended(place, None);
        let Some(spec) = self.spec(place) else { return ChildId::from("") };
        let Some(Running { process, .. }) = ended else { return spec.id.clone() };
        let asked = match spec.shutdown {
            Shutdown::BrutalKill => false,
            Shutdown::Infinity => {
                process.ask_stop();
                process.ended().await;
                self.await_gone(place, &process).await;
                true
            }
            Shutdown::After(limit) => {
                process.ask_stop();
                self.under.clock.timeout(limit, process.gone()).await.is_ok()
            }
        };
        if !asked {
            process.kill();
            self.await_gone(place, &process).await;
        }
        if let Some(exit) = process.exit() {
            self.board.children().note_exit(place, exit);
        }
        spec.id.clone()
    }

    /// Stops all children that run, one after the other, last started first.
    async fn stop_all(&mut self) {
        let places: Vec<Place> = self.board.children().iter().rev().map(|(place, _)| place).collect();
        for place in places {
            self.stop(place).await;
        }
    }

    /// Waits until nothing of a dead process is left, so that nothing of two incarnations overlaps. What does not
    /// go away is reported.
    async fn await_gone(&self, place: Place, process: &Process) {
        if process.is_gone() || self.under.clock.timeout(KILL_WAIT, process.gone()).await.is_ok() {
            return;
        }
        if let Some(spec) = self.spec(place) {
            tracing::error!(supervisor = %self.under.path, child = %spec.id, "killed, but it does not yield");
            self.record(None, What::Orphaned { child: spec.id.clone() });
        }
    }

    pub(super) fn spec(&self, place: Place) -> Option<Arc<ChildSpec>> {
        self.board.children().get(place).map(|child| Arc::clone(&child.spec))
    }

    pub(super) fn forget(&self, place: Place) {
        self.board.children().remove(place);
    }

    fn budget_left(&self) -> u32 {
        self.board.budget().left(self.under.clock.now())
    }

    pub(super) fn record(&self, cause: Option<u64>, what: What) -> u64 {
        self.under.history.record(&self.under.clock, &self.under.path, cause, what)
    }

    fn decided(&self, decision: Decision, cause: Option<u64>) -> u64 {
        tracing::warn!(
            supervisor = %self.under.path, child = %decision.child, exit = %decision.exit,
            verdict = ?decision.verdict, budget_left = decision.budget_left, "a child ended"
        );
        self.record(cause, What::Decided(decision))
    }
}
