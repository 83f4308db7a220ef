//! How a keeper starts children: all of them in order when it comes up, later one at a time.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::children::Key;
use super::history::What;
use super::keeper::Keeper;
use super::report::Report;
use super::start::{Launched, Running};
use super::{ChildSpec, Restart, SpecProblems, Started, Supervisor, SupervisorSpec};
use crate::engine::Launch;
use crate::exit::{Exit, catch};

impl Keeper {
    /// Starts all children in order. The first failure stops those that were started, in reverse order, and is
    /// returned; nothing is tried again.
    pub(super) async fn come_up(&mut self, spec: &SupervisorSpec) -> Result<(), Exit> {
        SpecProblems::in_all(spec.check()).map_err(Exit::error)?;
        let mut running = 0;
        for child in spec.children.iter().cloned() {
            let (id, restart) = (child.id.clone(), child.restart);
            let key = self.board.children().push(child);
            match self.start(key).await {
                Ok(Started::Ignored) if restart == Restart::Temporary => self.forget(key),
                Ok(Started::Running) => running += 1,
                Ok(Started::Ignored) => {}
                Err(cause) => {
                    self.report(Report::StartFailed { child: &id, exit: &cause });
                    let exit = Exit::NotStarted { child: id.to_string(), cause: Arc::new(cause) };
                    let event = self.record(self.under.cause, What::NotStarted { exit: exit.clone() });
                    self.under.cause = Some(event);
                    self.stop_all().await;
                    return Err(exit);
                }
            }
        }
        // The moment of its event: in a tree of the past, it is up when it says so.
        let (now, cause) = (self.under.clock.now(), self.under.cause.take());
        self.board.is_up(now);
        self.record_at(now, cause, What::Up { children: running });
        Ok(())
    }

    /// Starts a child at its place, once.
    pub(super) async fn start(&mut self, key: Key) -> Result<Started, Exit> {
        let Some(spec) = self.spec(key) else { return Ok(Started::Ignored) };
        let started = self.start_again(key, spec).await;
        self.under.parent.joins.carry_out();
        started.map(|since| since.map_or(Started::Ignored, |_| Started::Running))
    }

    /// As [`Keeper::start`], but what nobody waits for is left for when there is nothing else to do. Since when it runs;
    /// `None` when it is not needed. A panic in what makes the child is a start that failed, too.
    pub(super) async fn start_again(
        &mut self,
        key: Key,
        spec: Arc<ChildSpec>,
    ) -> Result<Option<Duration>, Exit> {
        self.under.child = spec.id.clone();
        self.board.attempts(key);
        let launched = self.launch(&spec).await;
        let Ok(Launched { launch: Launch::Running(process), supervisor }) = launched else {
            Box::pin(self.await_abandoned(key)).await;
            return launched.map(|_| None);
        };
        self.board.attempted();
        let came_up = supervisor.as_ref().and_then(Supervisor::came_up);
        let since = came_up.unwrap_or_else(|| self.under.clock.now());
        let running = Running { spec, process, supervisor: supervisor.map(Box::new), since };
        self.board.children().started(key, running);
        Ok(Some(since))
    }

    async fn launch(&self, spec: &ChildSpec) -> Result<Launched, Exit> {
        let starting = pin!(async { spec.start.start(&self.under).await });
        let starting = async { catch(starting).await.unwrap_or_else(|panic| Err(Exit::Panic(panic))) };
        match spec.start_timeout {
            None => starting.await,
            Some(limit) => self.under.clock.timeout(limit, starting).await.unwrap_or_else(|elapsed| {
                Err(Exit::error(anyhow::Error::new(elapsed).context("its start took too long")))
            }),
        }
    }

    /// Of a start that came to nothing, what it has begun is gone before the next attempt; and so is who was started
    /// below a supervisor that could not come up, or was given up.
    async fn await_abandoned(&mut self, key: Key) {
        if let Some(left) = self.board.abandoned(key) {
            self.await_left(key, &left).await;
        }
        self.board.attempted();
    }
}
