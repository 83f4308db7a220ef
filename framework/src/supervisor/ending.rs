//! What a keeper makes of the end of a child: decided by pure functions, carried out and recorded here.

use std::sync::Arc;
use std::time::Duration;

use super::children::{Key, State};
use super::history::{Decision, Names, What};
use super::keeper::{Flow, Keeper};
use super::left::Left;
use super::queue::Item;
use super::report::Report;
use super::step::{Step, after_end, after_failure};
use super::{ChildId, ChildSpec, Plan, Restart, Verdict};
use crate::engine::ProcessId;
use crate::exit::Exit;

/// Which attempt at a restart it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The child has just ended.
    First,
    /// An attempt before it failed.
    Retry,
    /// It was put off.
    Resumed,
}

/// What came of the starts of a restart.
#[derive(Default)]
struct BroughtUp {
    started: Names,
    /// Whose start failed, if one did.
    failed: Option<(Key, ChildId)>,
    /// When the last of them was up, if that was the last that was done.
    done: Option<Duration>,
}

impl Keeper {
    /// A process ended by itself. One that is nobody's any more was stopped by us, or replaced: not looked at.
    pub(super) async fn ended(&mut self, process: ProcessId, exit: Exit) -> Flow {
        let Some(key) = self.board.children().of_process(process) else { return Flow::Continue(()) };
        if matches!(exit, Exit::Killed) {
            self.standing.confirmed().await;
        }
        let mut now = self.under.clock.now();
        let Some((running, spec)) = self.board.children().ended(now, key, exit.clone()) else {
            return Flow::Continue(());
        };
        self.count_attempt(key, Some(&running));
        if !running.process.is_gone() {
            self.await_left(key, &Left::of(&running)).await;
            now = self.under.clock.now();
        }
        let cause = running.supervisor.as_ref().and_then(|below| below.end_event());
        spec.replaces(&running.spec);
        if spec.restart == Restart::Permanent || exit.is_abnormal() {
            self.report(Report::ChildTerminated { child: &spec.id, exit: &exit });
        }
        match self.decide(key, Some(&exit), now) {
            Step::Stay(verdict) => {
                self.stays_down(key, &spec, exit, verdict, (now, cause));
                Flow::Continue(())
            }
            Step::ShutDown(verdict) => {
                let event = self.stays_down(key, &spec, exit.clone(), verdict, (now, cause));
                self.end_because(What::AutoShutdown { child: spec.id.clone(), exit }, Some(event))
            }
            Step::Restart(plan) => self.restart(plan, key, &spec, exit, Attempt::First, (now, cause)).await,
            Step::GiveUp => self.gives_up(key, spec.id.clone(), exit, cause),
        }
    }

    /// What is done about a child that is down: one that has just ended with this exit, or one whose restart failed.
    fn decide(&self, key: Key, ended: Option<&Exit>, now: Duration) -> Step<Key> {
        let (mut budget, children) = (self.board.budget(), self.board.children());
        match ended {
            Some(exit) => after_end(&self.board.flags(), &mut budget, now, &*children, key, exit),
            None => after_failure(&self.board.flags(), &mut budget, now, &*children, key),
        }
    }

    /// Notes that a child has ended for good; returns the event.
    fn stays_down(
        &mut self,
        key: Key,
        spec: &ChildSpec,
        exit: Exit,
        verdict: Verdict,
        (now, cause): (Duration, Option<u64>),
    ) -> u64 {
        spec.start.retire();
        if verdict == Verdict::Forget {
            self.forget(key);
        }
        self.decided(
            What::Decided,
            Box::new(Decision {
                child: spec.id.clone(),
                occupant: spec.start.occupant(),
                exit,
                retry: false,
                verdict,
                stopped: Names::default(),
                forgotten: Names::default(),
                started: Names::default(),
                failed: None,
                put_off: None,
                budget_left: self.board.budget().left(now),
                took: Duration::ZERO,
            }),
            (now, cause),
        )
    }

    /// A further attempt, if the child still waits for one.
    pub(super) async fn retry(&mut self, key: Key, cause: u64) -> Flow {
        let waiting = self.board.children().get(key).and_then(|child| {
            let exit = child.last_exit.as_deref().cloned().unwrap_or(Exit::Killed);
            let awaited = matches!(child.state, State::Restarting) && child.put_off.is_none();
            awaited.then(|| (Arc::clone(&child.spec), exit))
        });
        let Some((spec, exit)) = waiting else { return Flow::Continue(()) };
        self.count_attempt(key, None);
        let now = self.under.clock.now();
        match self.decide(key, None, now) {
            Step::Restart(plan) => {
                self.restart(plan, key, &spec, exit, Attempt::Retry, (now, Some(cause))).await
            }
            _ => self.gives_up(key, spec.id.clone(), exit, Some(cause)),
        }
    }

    /// Restarts the child with those that the strategy names: stops them, and starts them, unless that is put off.
    pub(super) async fn restart(
        &mut self,
        plan: Plan<Key>,
        key: Key,
        spec: &ChildSpec,
        exit: Exit,
        attempt: Attempt,
        (began, cause): (Duration, Option<u64>),
    ) -> Flow {
        let occupant = spec.start.occupant();
        let announced = self
            .involves_supervisors(&plan)
            .then(|| self.record(cause, What::RestartBegins { child: spec.id.clone(), exit: exit.clone() }));
        let cause = announced.or(cause);
        self.under.cause = announced;
        let (stopped, forgotten) = self.clear(&plan).await;
        let put_off = self.reason_to_wait(key, &plan.start, attempt);
        let up = match &put_off {
            None => self.bring_up(&plan.start).await,
            Some(_) => BroughtUp::default(),
        };
        self.under.cause = None;
        let BroughtUp { started, failed, done } = up;
        let (again, failed) = failed.unzip();
        let delay = put_off.as_ref().map(|put_off| put_off.delay);
        let done = done.unwrap_or_else(|| self.under.clock.now());
        let decision = Box::new(Decision {
            child: spec.id.clone(),
            occupant,
            exit,
            retry: attempt == Attempt::Retry,
            verdict: Verdict::Restart,
            stopped,
            forgotten,
            started,
            failed,
            put_off,
            budget_left: self.board.budget().left(done),
            took: done.saturating_sub(began),
        });
        let what = if attempt == Attempt::Resumed { What::Resumed } else { What::Decided };
        let event = self.decided(what, decision, (done, cause));
        if let Some(key) = again {
            self.queue.push(Item::Retry(key, event));
        }
        if let Some(delay) = delay {
            self.put_off(key, event, delay);
        }
        Flow::Continue(())
    }

    /// Whether somebody in the plan writes events of their own while it is carried out.
    fn involves_supervisors(&self, plan: &Plan<Key>) -> bool {
        let children = self.board.children();
        let mut group = plan.stop.iter().chain(&plan.start).filter_map(|key| children.get(*key));
        group.any(|child| child.spec.start.below().is_some())
    }

    /// Stops and forgets whom the plan says; who waited for a further attempt is down.
    async fn clear(&mut self, plan: &Plan<Key>) -> (Names, Names) {
        let (mut stopped, mut forgotten) = <(Names, Names)>::default();
        for &key in &plan.stop {
            stopped.push(self.stop(key).await);
        }
        for &key in &plan.forget {
            if let Some(spec) = self.spec(key) {
                self.forget(key);
                spec.start.retire();
                forgotten.push(spec.id.clone());
            }
        }
        for &key in &plan.start {
            self.forget_delay(key);
            self.board.children().down(key);
        }
        (stopped, forgotten)
    }

    /// Starts these in order, up to the first that fails, which is tried again.
    async fn bring_up(&mut self, group: &[Key]) -> BroughtUp {
        let mut up = BroughtUp::default();
        for &key in group {
            let Some(spec) = self.spec(key) else { continue };
            up.done = None;
            match self.start_again(key, Arc::clone(&spec)).await {
                Ok(Some(since)) => {
                    self.board.children().count_restart(key);
                    up.started.push(spec.id.clone());
                    up.done = Some(since);
                }
                Ok(None) if self.board.is_dynamic() => self.dropped(key),
                Ok(None) => {
                    self.board.children().down(key);
                    spec.start.retire();
                }
                Err(exit) => {
                    self.report(Report::StartFailed { child: &spec.id, exit: &exit });
                    self.board.children().restarting(key, exit);
                    up.failed = Some((key, spec.id.clone()));
                    return up;
                }
            }
        }
        up
    }

    /// The child stays down, or is forgotten if it is an instance, and the supervisor ends.
    fn gives_up(&mut self, key: Key, child: ChildId, exit: Exit, cause: Option<u64>) -> Flow {
        self.board.children().down(key);
        if self.board.is_dynamic() {
            self.dropped(key);
        }
        self.end_because(What::GaveUp { child, exit }, cause)
    }

    /// Ends the supervisor by its own decision: a polite exit for its parent.
    fn end_because(&mut self, what: What, cause: Option<u64>) -> Flow {
        if let What::GaveUp { child, exit } = &what {
            let supervisor = &*self.under.path;
            tracing::error!(%supervisor, %child, %exit, "gives up: one more restart would be one too many");
            self.report(Report::GaveUp { child });
        }
        let event = self.record(cause, what);
        *self.board.end_event() = Some(event);
        Flow::Break(Exit::Shutdown)
    }

    fn decided(
        &self,
        what: fn(Box<Decision>) -> What,
        decision: Box<Decision>,
        (at, cause): (Duration, Option<u64>),
    ) -> u64 {
        let Decision { child, exit, verdict, budget_left, .. } = &*decision;
        let supervisor = &*self.under.path;
        if exit.is_abnormal() || *verdict == Verdict::Restart {
            tracing::warn!(%supervisor, %child, %exit, ?verdict, budget_left, "a child ended");
        } else {
            tracing::debug!(%supervisor, %child, %exit, ?verdict, budget_left, "a child ended");
        }
        self.record_at(at, cause, what(decision))
    }
}
