//! How a keeper starts children: all of them in order when it comes up, later one at a time.

use std::sync::Arc;

use super::children::Key;
use super::history::What;
use super::keeper::Keeper;
use super::report::Report;
use super::spec::{Running, SupervisorSpec};
use super::{Restart, Started};
use crate::engine::Launch;
use crate::exit::Exit;

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
            let key = self.board.children().push(child);
            match self.start(key).await {
                Ok(Started::Ignored) if restart == Restart::Temporary => self.forget(key),
                Ok(_) => {}
                Err(cause) => {
                    self.report(Report::StartFailed { child: &id, exit: &cause });
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

    /// Starts a child at its place, once.
    pub(super) async fn start(&mut self, key: Key) -> Result<Started, Exit> {
        let Some(spec) = self.spec(key) else { return Ok(Started::Ignored) };
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
        self.board.children().started(key, running);
        Ok(Started::Running)
    }
}
