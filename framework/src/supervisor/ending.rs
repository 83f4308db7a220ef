//! What a keeper makes of the end of a child: decided by pure functions, carried out and recorded here.

use std::time::Duration;

use super::children::{Key, State};
use super::history::{Decision, Names, What};
use super::keeper::{Flow, Keeper};
use super::queue::Item;
use super::spec::ChildSpec;
use super::verdict::shuts_down;
use super::{ChildId, Started, Verdict, plan, verdict};
use crate::engine::ProcessId;
use crate::exit::Exit;

impl Keeper {
    /// A process ended by itself. One that is nobody's any more was stopped by us, or replaced: not looked at.
    pub(super) async fn ended(&mut self, process: ProcessId, exit: Exit) -> Flow {
        let Some(key) = self.board.children().of_process(process) else { return Flow::Continue(()) };
        if matches!(exit, Exit::Killed) {
            self.standing.confirmed().await;
        }
        let Some(running) = self.board.children().ended(key, Some(exit.clone())) else {
            return Flow::Continue(());
        };
        self.await_gone(key, &running.process).await;
        let cause = running.supervisor.as_ref().and_then(|below| below.end_event());
        let Some(spec) = self.spec(key) else { return Flow::Continue(()) };
        match verdict(spec.restart, &exit) {
            Verdict::Restart => self.restart(key, &spec.id, exit, false, cause).await,
            verdict => self.ended_for_good(key, &spec, exit, verdict, cause),
        }
    }

    fn ended_for_good(
        &mut self,
        key: Key,
        spec: &ChildSpec,
        exit: Exit,
        verdict: Verdict,
        cause: Option<u64>,
    ) -> Flow {
        spec.start.retire();
        if verdict == Verdict::Forget {
            self.forget(key);
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
    pub(super) async fn retry(&mut self, key: Key, cause: u64) -> Flow {
        let waiting = self.board.children().get(key).and_then(|child| {
            let exit = child.last_exit.as_deref().cloned().unwrap_or(Exit::Killed);
            matches!(child.state, State::Restarting).then(|| (child.spec.id.clone(), exit))
        });
        match waiting {
            Some((id, exit)) => self.restart(key, &id, exit, true, Some(cause)).await,
            None => Flow::Continue(()),
        }
    }

    /// Restarts the child with those that the strategy names, if the budget allows.
    async fn restart(
        &mut self,
        key: Key,
        child: &ChildId,
        exit: Exit,
        retry: bool,
        cause: Option<u64>,
    ) -> Flow {
        let began = self.under.clock.now();
        if !self.board.budget().spend(began) {
            self.board.children().ended(key, None);
            return self.end_because(What::GaveUp { child: child.clone(), exit }, cause);
        }
        let occupant = self.spec(key).and_then(|spec| spec.start.occupant());
        let strategy = self.board.flags.strategy;
        let plan = plan(strategy, key, self.board.children().members(strategy, key));
        let (mut stopped, mut forgotten, mut started) = <(Names, Names, Names)>::default();
        for key in plan.stop {
            stopped.push(self.stop(key).await);
        }
        for key in plan.forget {
            let spec = self.spec(key);
            self.forget(key);
            if let Some(spec) = spec {
                spec.start.retire();
                forgotten.push(spec.id.clone());
            }
        }
        let mut failed = None;
        for key in plan.start {
            let Some(spec) = self.spec(key) else { continue };
            match self.start(key).await {
                Ok(Started::Running) => {
                    self.board.children().count_restart(key);
                    started.push(spec.id.clone());
                }
                Ok(Started::Ignored) => {
                    self.board.children().ended(key, None);
                    spec.start.retire();
                }
                Err(exit) => {
                    self.board.children().restarting(key, exit);
                    failed = Some((key, spec.id.clone()));
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
        if let Some(key) = again {
            self.queue.push(Item::Retry(key, event));
        }
        Flow::Continue(())
    }

    /// Ends the supervisor by its own decision: a polite exit for its parent.
    fn end_because(&mut self, what: What, cause: Option<u64>) -> Flow {
        let event = self.record(cause, what);
        *self.board.end_event() = Some(event);
        Flow::Break(Exit::Shutdown)
    }

    fn budget_left(&self) -> u32 {
        self.board.budget().left(self.under.clock.now())
    }

    fn decided(&self, decision: Decision, cause: Option<u64>) -> u64 {
        tracing::warn!(
            supervisor = %self.under.path, child = %decision.child, exit = %decision.exit,
            verdict = ?decision.verdict, budget_left = decision.budget_left, "a child ended"
        );
        self.record(cause, What::Decided(decision))
    }
}
