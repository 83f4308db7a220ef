//! How a keeper starts children: all of them in order when it comes up, later one at a time.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::children::Key;
use super::history::What;
use super::keeper::Keeper;
use super::report::Report;
use super::start::{Launched, Running, Under};
use super::stopping::KILL_WAIT;
use super::{ChildSpec, ChildType, Restart, SpecProblems, Started, Supervisor, SupervisorSpec};
use crate::clock::Elapsed;
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

    /// Starts a child at its place, once. A panic in what makes the child is a start that failed, too.
    pub(super) async fn start(&mut self, key: Key) -> Result<Started, Exit> {
        let Some(spec) = self.spec(key) else { return Ok(Started::Ignored) };
        self.under.child = spec.id.clone();
        let launched = self.launch(&spec).await?;
        let Launch::Running(process) = launched.launch else { return Ok(Started::Ignored) };
        let came_up = launched.supervisor.as_ref().and_then(Supervisor::came_up);
        let since = came_up.unwrap_or_else(|| self.under.clock.now());
        let running = Running { spec, process, supervisor: launched.supervisor.map(Box::new), since };
        self.board.children().started(key, running);
        Ok(Started::Running)
    }

    async fn launch(&self, spec: &ChildSpec) -> Result<Launched, Exit> {
        match spec.start_timeout {
            None => started(spec, &self.under).await,
            Some(limit) if spec.child_type == ChildType::Supervisor => {
                Box::pin(self.launch_within(spec, limit)).await
            }
            Some(limit) => {
                let starting = started(spec, &self.under);
                self.under
                    .clock
                    .timeout(limit, starting)
                    .await
                    .unwrap_or_else(|elapsed| Err(too_long(elapsed)))
            }
        }
    }

    /// Of a supervisor that is not up in time, what it has started is gone before the next attempt.
    async fn launch_within(&self, spec: &ChildSpec, limit: Duration) -> Result<Launched, Exit> {
        let (parent, begun) = self.under.parent.apart();
        let launched = {
            let under = Under { parent, ..self.under.clone() };
            self.under.clock.timeout(limit, started(spec, &under)).await
        };
        let elapsed = match launched {
            Ok(launched) => return launched,
            Err(elapsed) => elapsed,
        };
        if self.under.clock.timeout(KILL_WAIT, begun.gone()).await.is_err() {
            tracing::error!(supervisor = %self.under.path, child = %spec.id, "its start was given up, but it does not yield");
            self.record(None, What::Orphaned { child: spec.id.clone() });
        }
        Err(too_long(elapsed))
    }
}

async fn started(spec: &ChildSpec, under: &Under) -> Result<Launched, Exit> {
    let starting = pin!(async { spec.start.start(under).await });
    catch(starting).await.unwrap_or_else(|panic| Err(Exit::Panic(panic)))
}

fn too_long(elapsed: Elapsed) -> Exit {
    Exit::error(anyhow::Error::new(elapsed).context("its start took too long"))
}
